"""`rumbo demo`: plays a real plan on a real stack, and shows its history.

The plan is the United States' Federal Data Strategy of 2020, entered afterwards from its public record. The demo shows
its course correction of May: the plan before and after, who proposed it, who decided it, and why.
"""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from cli import exit_codes, output
from cli.command import CliCommand
from cli.errors import CliError
from cli.invocation import Invocation, pass_invocation
from language import _, current_language

if TYPE_CHECKING:
    from cli.answers import Answer
    from cli.client import Client
    from domain.views.models.diff import DiffView
    from domain.views.models.plan import PlanView

PLAN: Final = "federal-data-strategy-2020"
EXAMPLE: Final = Path(__file__).resolve().parents[2] / "examples" / PLAN
STARTED_AT: Final = "2020-01-29T15:03:14-05:00"
"""When the version of the public page that is in the plan file was published."""
BEFORE, AFTER = "2020-05-07", "2020-05-14"
"""A day before the course correction of May, and the day when most of its reason was published."""
CORRECTION: Final = "covid-19"


@click.command(
    "demo",
    cls=CliCommand,
    help=_(
        "Play a real plan on this machine, from an empty folder to its replayed history, and stop.\n\n"
        "It is the Federal Data Strategy of the United States, 2020, with its 123 progress reports and its course "
        "corrections. In a folder of an earlier demo it adds nothing and shows the same."
    ),
)
@click.option(
    "--data",
    type=click.Path(file_okay=False, path_type=Path),
    metavar=_("FOLDER"),
    default=Path(".rumbo") / "demo",
    help=_("The folder for all data; .rumbo/demo by default."),
)
@pass_invocation
def command(invocation: Invocation, data: Path) -> None:
    import asyncio  # noqa: PLC0415  (all of this is slow to load)

    from cli.commands.up import note_event  # noqa: PLC0415
    from embedded.messages import StackFault  # noqa: PLC0415
    from embedded.stack import Stack  # noqa: PLC0415
    from settings import UnusableSetting  # noqa: PLC0415

    if not EXAMPLE.is_dir():
        raise CliError(
            _("The plan of the demonstration is not in {folder}.").format(folder=EXAMPLE),
            exit_codes.NOT_FOUND,
            _("It comes with the source code of Rumbo; run the demo from a copy of the source code."),
        )

    async def run() -> None:
        async with Stack(data, on_event=note_event):
            await asyncio.to_thread(_play_and_show, invocation, data)

    try:
        asyncio.run(run())
    except StackFault as fault:
        raise CliError(fault.sentence(_), exit_codes.FAILED) from None
    except UnusableSetting as error:
        raise CliError(_(error.message).format(**error.params), exit_codes.USAGE) from None
    output.note(_("Stopped. The data stays in {folder}.").format(folder=data))


def _play_and_show(invocation: Invocation, data: Path) -> None:
    # Use the profile that the new stack wrote, not the address and token of the environment.
    invocation.url = invocation.token = invocation.profile_path = None
    client = invocation.client
    play(client)
    for line in story(client, data):
        click.echo(line)


def play(client: "Client") -> None:
    """Start the plan and send its commands in order. Commands that were sent before add nothing."""
    from cli.batches import send_in_batches  # noqa: PLC0415

    started = client.post_file(
        "plans",
        content=(EXAMPLE / "plan.yaml").read_bytes(),
        media_type="application/yaml",
        wait=60,
        effective=STARTED_AT,
    )
    _require_recorded(started)
    with (EXAMPLE / "commands.jsonl").open("rb") as lines:
        count = sum(1 for _line in lines)
        lines.seek(0)
        label = _("Sending the commands of 2020")
        with click.progressbar(length=count, label=label, file=sys.stderr) as bar:
            for outcome in send_in_batches(client, PLAN, lines):
                _require_recorded(outcome)
                bar.update(1)


def story(client: "Client", data: Path) -> Iterator[str]:
    """The lines of the demo: the plan before and after its course correction of May, the reasons, and the lessons."""
    from telling import corrections, history, plan  # noqa: PLC0415
    from telling.values import localized, wrapped, zone_of  # noqa: PLC0415

    answer = client.plan(PLAN)
    now, zone = answer.view, zone_of(answer.view)
    diff = client.diff(PLAN, BEFORE, AFTER).view
    yield ""
    yield _("{title}: the course correction of May 2020").format(title=localized(now.title)).upper()
    yield ""
    yield from _sides(diff)
    yield ""
    yield _("WHO PROPOSED IT, WHO DECIDED IT, AND WHY")
    correction = client.correction(PLAN, CORRECTION).view
    yield from corrections.head(correction, now, zone)
    yield from wrapped(corrections.decided(correction, now, zone), 4)
    for entry in client.entries(PLAN, kind="correction_explained"):
        yield from history.entry(entry.view, now, zone)
    yield ""
    yield _("LESSONS FOR THE NEXT PLAN")
    for lesson in now.lessons:
        if "successor" in lesson.meant_for:
            yield from plan.lesson(lesson)
    yield ""
    yield _replayed(client, answer)
    yield ""
    yield _("PROOF, CHECKED WITHOUT TRUSTING THE SERVER")
    bundle = data / f"{PLAN}.bundle"
    yield f"  rumbo history export {PLAN} --format bundle --output {bundle}"
    yield f"  rumbo verify {bundle}"
    for line in _proven(client, bundle):
        yield from wrapped(line, 4)
    yield ""
    yield _("WHERE TO LOOK NEXT")
    yield f"  rumbo up --data {data}"
    yield _("and in another window, or on Temporal's web pages, whose address it shows:")
    yield f"  rumbo plan show {PLAN} --as-of 2020-05-01"
    yield f"  rumbo history replay {PLAN}"
    yield f"  rumbo history diff {PLAN} {BEFORE} {AFTER}"
    yield f"  rumbo history show {PLAN} -o jsonl"


def _sides(diff: "DiffView") -> Iterator[str]:
    """Each changed field, before and after."""
    from telling.changes import field, value  # noqa: PLC0415
    from telling.values import wrapped  # noqa: PLC0415

    for one in diff.changes:
        yield from wrapped(field(one.field), first=f"{one.item}  ")
        yield from wrapped(value(one.was), 6, first=_("before, on {day}: ").format(day=BEFORE))
        yield from wrapped(value(one.shall_be), 6, first=_("after, on {day}: ").format(day=AFTER))


def _replayed(client: "Client", now: "Answer[PlanView]") -> str:
    """Replay the history from its first entry. Raises `CliError` if the result differs from the present plan."""
    from telling.plan import progress  # noqa: PLC0415

    replayed = client.plan(PLAN, at_version=now.view.version)
    if replayed.json != now.json:
        raise CliError(_("The replayed history does not lead to the present plan."), exit_codes.BREAK_FOUND)
    return _("Replayed {count} entries: they lead to the present plan, {progress}.").format(
        count=now.view.version, progress=progress(now.view)
    )


def _proven(client: "Client", file: Path) -> list[str]:
    """The verifier's report on the plan's bundle, which is kept in ``file``. Raises `CliError` if it found a break."""
    from audit.folding import fold  # noqa: PLC0415
    from audit.verify import HOLDS, Expectations, verify  # noqa: PLC0415

    with output.atomic_file(file) as opened:
        client.download(opened, "plans", PLAN, "export", format="bundle")
    report = verify(str(file), Expectations(), fold)
    lines = list(report.lines("es" if current_language() == "es" else "en"))
    if report.verdict != HOLDS:
        raise CliError("\n".join(lines), exit_codes.BREAK_FOUND)
    return lines


def _require_recorded(outcome: dict[str, Any]) -> None:
    """Raises `CliError` unless a command was recorded, now or before."""
    if outcome["outcome"] not in ("recorded", "duplicate") or outcome.get("code"):
        raise CliError(
            _("{id} was not recorded: {message}").format(
                id=outcome.get("command_id"), message=outcome.get("message") or outcome["outcome"]
            ),
            exit_codes.FAILED,
            _("The demo needs a folder of its own: rumbo demo --data FOLDER"),
        )

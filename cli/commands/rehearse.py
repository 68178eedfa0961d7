"""`rumbo rehearse`: plays a plan's whole life in seconds, on temporary servers and a temporary ledger."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import click

from cli import exit_codes, output
from cli.command import CliCommand
from cli.errors import CliError
from cli.invocation import Invocation, pass_invocation
from language import _, current_language

HABITS: Final = ("on-time", "late", "silent")
COMMANDS: Final = "commands.jsonl"
"""The file beside a script with the commands that the script sends by id."""


@click.command(
    "rehearse",
    cls=CliCommand,
    help=_(
        "Play the whole life of a plan in seconds, before it starts: what each body would have to do and when, and "
        "what would lapse. YAML or JSON; - reads standard input.\n\n"
        "It runs the real loop under a simulated clock, with a temporary ledger. Without a script every body answers "
        "on time: it reports, reflects, and endorses what is proposed; it proposes and decides nothing.\n\n"
        "  rumbo rehearse plan.yaml --who silent --who audit=on-time\n\n"
        'A line of a script is a command with its time, {"at": "2027-02-09T10:30:00-06:00", "command": …}, or '
        '{"at": …, "send": ID} for a command in the file commands.jsonl beside it.'
    ),
)
@click.argument("file", type=click.File("rb"), metavar=_("FILE"))
@click.option(
    "--script",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    metavar=_("FILE"),
    help=_("Commands and their times, one JSON object per line. All bodies are then silent, except as --who says."),
)
@click.option(
    "--who",
    "who",
    multiple=True,
    metavar="on-time|late|silent|BODY=…",
    help=_("How every body answers, or one of them; repeat it for several."),
)
@click.option("--from", "begins", metavar=_("DATE|TIME"), help=_("When the plan starts; now by default."))
@click.option(
    "--cycles",
    type=click.IntRange(1, 1000),
    metavar="N",
    help=_("How many cycles; by default, up to the plan's last deadline, and at most 40."),
)
@pass_invocation
def command(
    invocation: Invocation, file: Any, script: Path | None, who: tuple[str, ...], begins: str | None, cycles: int | None
) -> None:
    from domain.views.models.history import EntryView  # noqa: PLC0415
    from domain.views.models.plan import PlanView  # noqa: PLC0415
    from telling import rehearsal  # noqa: PLC0415

    job = {
        "plan_file": _text(file.name, file.read()),
        "is_json": file.name.endswith(".json"),
        "language": current_language(),
        "cycles": cycles,
        **_habits(who, "silent" if script else "on-time"),
        **_scripted(script, begins),
    }
    if invocation.is_text:
        plan: PlanView | None = None
        for step in _played(job):
            plan = PlanView.read(step["plan"]) if "plan" in step else plan
            entry = EntryView.read(step["entry"]) if "entry" in step else None
            for line in rehearsal.lines(step, entry, plan):
                click.echo(line)
        return
    output.rows(invocation, "timeline", _played(job), lambda _timeline: ())


def _played(job: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """The steps of the rehearsal, as they happen. Raises `CliError` if the plan cannot be rehearsed."""
    from embedded.messages import StackFault  # noqa: PLC0415
    from embedded.rehearsal import rehearse  # noqa: PLC0415
    from telling.rehearsal import problem  # noqa: PLC0415

    try:
        for step in rehearse(job):
            if step["kind"] == "problem":
                message, hint = problem(step)
                raise CliError(message, exit_codes.USAGE, hint, step.get("faults") or ())
            yield step
    except StackFault as fault:
        raise CliError(fault.sentence(_), exit_codes.FAILED) from None


def _habits(who: tuple[str, ...], default: str) -> dict[str, Any]:
    habits = dict(one.rpartition("=")[::2] for one in who)
    for habit in habits.values():
        if habit not in HABITS:
            raise CliError(
                _("--who takes {known}, alone or after BODY=; it does not take «{given}».").format(
                    known=", ".join(HABITS), given=habit
                ),
                exit_codes.USAGE,
            )
    return {"habit": habits.pop("", default), "habits": habits}


def _scripted(script: Path | None, begins: str | None) -> dict[str, Any]:
    """The script's steps, and when the plan starts: as ``--from`` says, or as the script's start line."""
    if script is None:
        return {"begins": begins}
    beside = script.with_name(COMMANDS)
    known = {one.get("id"): one for _line, one in _lines(beside)} if beside.exists() else {}
    steps = []
    for number, one in _lines(script):
        at, by = one.pop("at", None), one.pop("by", None)
        if "start" in one:
            begins = begins or at
            continue
        command = known.get(one["send"]) if "send" in one else one
        if not isinstance(at, str) or command is None or by not in (None, "operator"):
            raise CliError(
                _("Line {line} of {file} has no time, or sends a command that is not in {commands}.").format(
                    line=number, file=script, commands=COMMANDS
                ),
                exit_codes.USAGE,
            )
        steps.append({"at": at, "command": command, "line": number, "by": by})
    return {"begins": begins, "script": steps}


def _lines(file: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    for number, line in enumerate(_text(str(file), file.read_bytes()).splitlines(), 1):
        if not line.strip():
            continue
        try:
            value = json.loads(line)
        except ValueError:
            value = None
        if not isinstance(value, dict):
            raise CliError(
                _("Line {line} of {file} is not a JSON object.").format(line=number, file=file), exit_codes.USAGE
            )
        yield number, value


def _text(name: str, read: bytes) -> str:
    try:
        return read.decode()
    except UnicodeDecodeError:
        raise CliError(_("{file} is not UTF-8 text.").format(file=name), exit_codes.USAGE) from None

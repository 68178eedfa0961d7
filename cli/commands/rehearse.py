"""`rumbo rehearse`: a plan's whole life in seconds, on servers and a ledger of its own that are thrown away."""

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
"""Where, beside a script, the commands lie that it sends by their ids."""


@click.command(
    "rehearse",
    cls=CliCommand,
    help=_(
        "Play the whole life of a plan in seconds, before it starts: what would be asked of whom and when, and what "
        "would lapse. YAML or JSON; - reads standard input.\n\n"
        "It is the real loop, under a clock that skips, before a ledger of its own that is thrown away. Unless there "
        "is a script everybody answers on time: they report, reflect, and endorse what is proposed; they propose and "
        "decide nothing.\n\n"
        "  rumbo rehearse plan.yaml --who silent --who audit=on-time\n\n"
        'A line of a script is a command with its moment, {"at": "2027-02-09T10:30:00-06:00", "command": …}, or '
        '{"at": …, "send": ID} for one that lies in commands.jsonl beside it.'
    ),
)
@click.argument("file", type=click.File("rb"), metavar=_("FILE"))
@click.option(
    "--script",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    metavar=_("FILE"),
    help=_("What is said when, a JSON object a line. Nobody else then says anything, unless --who says so."),
)
@click.option(
    "--who",
    "who",
    multiple=True,
    metavar="on-time|late|silent|BODY=…",
    help=_("How everybody answers, or one body; may be given again."),
)
@click.option("--from", "begins", metavar=_("DATE|TIME"), help=_("When the plan starts; now unless said."))
@click.option(
    "--cycles",
    type=click.IntRange(1, 1000),
    metavar="N",
    help=_("How many cycles; as many as the plan's deadlines take unless said, and at most 40."),
)
@pass_invocation
def command(
    invocation: Invocation, file: Any, script: Path | None, who: tuple[str, ...], begins: str | None, cycles: int | None
) -> None:
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
        plan: dict[str, Any] = {}
        for told in _played(job):
            plan = told.get("plan") or plan
            for line in rehearsal.lines(told, plan):
                click.echo(line)
        return
    output.rows(invocation, "timeline", _played(job), lambda _timeline: ())


def _played(job: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """What is told of it, as it comes; raises `CliError` where it cannot be played."""
    from embedded.messages import StackFault  # noqa: PLC0415
    from embedded.rehearsal import rehearse  # noqa: PLC0415
    from telling.rehearsal import problem  # noqa: PLC0415

    try:
        for told in rehearse(job):
            if told["kind"] == "problem":
                message, hint = problem(told)
                raise CliError(message, exit_codes.USAGE, hint, told.get("faults") or ())
            yield told
    except StackFault as fault:
        raise CliError(fault.sentence(_), exit_codes.FAILED) from None


def _habits(who: tuple[str, ...], usual: str) -> dict[str, Any]:
    habits = dict(one.rpartition("=")[::2] for one in who)
    for habit in habits.values():
        if habit not in HABITS:
            raise CliError(
                _("--who takes one of {known}, for all or for BODY=; «{given}» is none of them.").format(
                    known=", ".join(HABITS), given=habit
                ),
                exit_codes.USAGE,
            )
    return {"habit": habits.pop("", usual), "habits": habits}


def _scripted(script: Path | None, begins: str | None) -> dict[str, Any]:
    """The script's steps, and when the plan starts: when it is said to, or with the script."""
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
        said = known.get(one["send"]) if "send" in one else one
        if not isinstance(at, str) or said is None or by not in (None, "operator"):
            raise CliError(
                _("Line {line} of {file} lacks its moment, or sends what is not in {commands}.").format(
                    line=number, file=script, commands=COMMANDS
                ),
                exit_codes.USAGE,
            )
        steps.append({"at": at, "command": said, "line": number, "by": by})
    return {"begins": begins, "script": steps}


def _lines(file: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    for number, line in enumerate(_text(str(file), file.read_bytes()).splitlines(), 1):
        if not line.strip():
            continue
        try:
            said = json.loads(line)
        except ValueError:
            said = None
        if not isinstance(said, dict):
            raise CliError(
                _("Line {line} of {file} is no JSON object.").format(line=number, file=file), exit_codes.USAGE
            )
        yield number, said


def _text(name: str, read: bytes) -> str:
    try:
        return read.decode()
    except UnicodeDecodeError:
        raise CliError(_("{file} is not text in UTF-8.").format(file=name), exit_codes.USAGE) from None

"""A meeting given on the command line: who attended, its minutes, and the SHA-256 digest of the minutes.

In commands and options, a meeting is called "session".
"""

import hashlib
from pathlib import Path
from typing import Any

import click

from cli import exit_codes, output
from cli.errors import CliError
from language import _


def meeting_options() -> list[click.Option]:
    """A meeting as a file or as options; `take_meeting` reads them. An option takes precedence over the file."""
    file = click.Path(exists=True, dir_okay=False, path_type=Path)
    return [
        click.Option(
            ["--session", "session_file"],
            type=file,
            metavar=_("FILE"),
            help=_("The meeting, as YAML or JSON: date, minutes, sha256, present, absent, positions."),
        ),
        click.Option(["--session-date"], metavar=_("DATE"), help=_("The day of the meeting.")),
        click.Option(
            ["--minutes", "minutes_file"],
            type=file,
            metavar=_("FILE"),
            help=_("Its minutes on this machine. Their SHA-256 digest is recorded; the document is not sent."),
        ),
        click.Option(
            ["--present"], multiple=True, metavar=_("BODY"), help=_("A body that attended; repeat it for several.")
        ),
        click.Option(
            ["--absent"], multiple=True, metavar=_("BODY"), help=_("A body that was absent; repeat it for several.")
        ),
    ]


def take_meeting(values: dict[str, Any]) -> dict[str, Any] | None:
    """Take the options of a meeting out of ``values``: the field ``invocation``, or `None` if no meeting was given.

    Raises `CliError` if the minutes are not the document whose digest the file states.
    """
    file, minutes = values.pop("session_file"), values.pop("minutes_file")
    meeting = _read(file) if file else {}
    meeting |= output.non_empty(
        {
            "date": values.pop("session_date"),
            "present": list(values.pop("present")),
            "absent": list(values.pop("absent")),
        }
    )
    if positions := values.pop("positions", ()):
        meeting["positions"] = {**meeting.get("positions", {}), **dict(positions)}
    if minutes is not None:
        meeting = {"minutes": minutes.name} | meeting | {"sha256": _digest(minutes, meeting.get("sha256"))}
    return meeting or None


def _digest(minutes: Path, stated: Any) -> str:
    with minutes.open("rb") as opened:
        digest = hashlib.file_digest(opened, "sha256").hexdigest()
    if stated is not None and str(stated).lower() != digest:
        raise CliError(
            _(
                "{file} is not the document that the session names: its digest is {digest}, the session has {stated}."
            ).format(file=minutes.name, digest=digest, stated=stated),
            exit_codes.USAGE,
            _("Check which of the two is right. Nothing was sent."),
        )
    return digest


def _read(file: Path) -> dict[str, Any]:
    """A meeting from a file in which every scalar is text, as in a plan file."""
    import yaml  # noqa: PLC0415  (slow to load, and needed by few commands)

    try:
        meeting = yaml.load(file.read_text(encoding="utf-8"), yaml.BaseLoader)  # noqa: S506  (it makes only text)
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        reason = " ".join(str(error).split())
        raise CliError(
            _("{file} cannot be read as YAML or JSON: {reason}").format(file=file.name, reason=reason), exit_codes.USAGE
        ) from None
    if not isinstance(meeting, dict):
        raise CliError(_("{file} must hold one session.").format(file=file.name), exit_codes.USAGE)
    return meeting

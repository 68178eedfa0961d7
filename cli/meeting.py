"""A meeting as it is entered: who was there, what the minutes say, and the digest of the minutes themselves."""

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from cli import exit_codes, output
from cli.errors import CliError
from language import _

Function = Callable[..., Any]


def meeting_options(function: Function) -> Function:
    """Who met and when, as a file or as options; the options go before the file."""
    options = (
        click.option(
            "--session",
            "session_file",
            type=click.Path(exists=True, dir_okay=False, path_type=Path),
            metavar=_("FILE"),
            help=_("The meeting that speaks, as YAML or JSON: date, minutes, sha256, present, absent, positions."),
        ),
        click.option("--session-date", metavar=_("DATE"), help=_("The day on which it met.")),
        click.option(
            "--minutes",
            "minutes_file",
            type=click.Path(exists=True, dir_okay=False, path_type=Path),
            metavar=_("FILE"),
            help=_("Its minutes on this machine; their SHA-256 digest is recorded, the document stays where it is."),
        ),
        click.option(
            "--present", multiple=True, metavar=_("BODY"), help=_("A body that was there; may be given again.")
        ),
        click.option(
            "--absent", multiple=True, metavar=_("BODY"), help=_("A body that was missing; may be given again.")
        ),
    )
    for option in reversed(options):
        function = option(function)
    return function


def take_meeting(
    session_file: Path | None,
    session_date: str | None,
    minutes_file: Path | None,
    present: tuple[str, ...],
    absent: tuple[str, ...],
    positions: tuple[tuple[str, str], ...] = (),
) -> dict[str, Any] | None:
    """The meeting that was given; ``None`` where none was. Minutes that are not those it names are refused here."""
    said = _read(session_file) if session_file else {}
    said |= output.non_empty({"date": session_date, "present": list(present), "absent": list(absent)})
    if positions:
        said["positions"] = {**said.get("positions", {}), **dict(positions)}
    if minutes_file is not None:
        said = {"minutes": minutes_file.name} | said | {"sha256": _digest(minutes_file, said.get("sha256"))}
    return said or None


def _digest(minutes: Path, stated: Any) -> str:
    with minutes.open("rb") as opened:
        digest = hashlib.file_digest(opened, "sha256").hexdigest()
    if stated is not None and str(stated).lower() != digest:
        raise CliError(
            _(
                "{file} is not the document that the session names: its digest is {digest}, the session has {stated}."
            ).format(file=minutes.name, digest=digest, stated=stated),
            exit_codes.USAGE,
            _("Look which of the two is meant. Nothing was sent."),
        )
    return digest


def _read(file: Path) -> dict[str, Any]:
    """A meeting from a file in which every scalar is text, as in a plan file."""
    import yaml  # noqa: PLC0415  (slow to load, and wanted by few commands)

    try:
        said = yaml.load(file.read_text(encoding="utf-8"), yaml.BaseLoader)  # noqa: S506  (it makes nothing but text)
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        reason = " ".join(str(error).split())
        raise CliError(
            _("{file} cannot be read as YAML or JSON: {reason}").format(file=file.name, reason=reason), exit_codes.USAGE
        ) from None
    if not isinstance(said, dict):
        raise CliError(_("{file} must hold one session.").format(file=file.name), exit_codes.USAGE)
    return said

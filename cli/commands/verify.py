"""`rumbo verify`: a bundle or a receipt, checked on this machine alone; no server, no database, no trust in us."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from cli import exit_codes, output
from cli.command import CliCommand
from cli.invocation import Invocation, pass_invocation
from language import _, current_language


@click.command(
    "verify",
    cls=CliCommand,
    help=_(
        "Check a bundle or a receipt, offline: signatures, the whole tree, every entry, and the state they lead to.\n\n"
        "  rumbo verify plan.bundle --key KEY --checkpoint old.checkpoint\n\n"
        "Bring the log's key and an old checkpoint, or the line from your minutes, from somewhere that whoever gave "
        "you the file does not control: what you do not bring is named as not checked.\n\n"
        "Exit code 0: all that was checked holds. 6: a break was found. 1: it cannot be told."
    ),
)
@click.argument("file", metavar=_("FILE"), type=click.Path(path_type=Path))
@click.option(
    "--key", "keys", multiple=True, metavar=_("KEY"), help=_("The log's verification key, or a file of keys.")
)
@click.option(
    "--checkpoint",
    "olds",
    multiple=True,
    metavar=_("OLD"),
    help=_("Your own: the file of an old checkpoint, or the line from minutes; may be given again."),
)
@click.option(
    "--witness",
    "witnesses",
    multiple=True,
    metavar=_("KEY"),
    help=_("The key of a witness you trust, or a file of them; may be given again."),
)
@click.option(
    "--quorum", type=click.IntRange(1), metavar="N", help=_("So many of the witnesses are enough; all unless said.")
)
@pass_invocation
def command(
    invocation: Invocation,
    file: Path,
    keys: tuple[str, ...],
    olds: tuple[str, ...],
    witnesses: tuple[str, ...],
    quorum: int | None,
) -> int:
    # Slow to load, and of everything on the server's side the one thing that is known here.
    from audit import verify  # noqa: PLC0415
    from audit.folding import fold  # noqa: PLC0415

    try:
        report = verify.verify(str(file), verify.parse_expectations(keys, olds, witnesses, quorum), fold)
    except verify.Unclear as unclear:
        report = verify.VerifyReport([(unclear.code, unclear.params)], verify.UNCLEAR)
    lines = list(report.lines("es" if current_language().startswith("es") else "en"))
    verdict = {verify.HOLDS: "holds", verify.BROKEN: "broken", verify.UNCLEAR: "unclear"}[report.verdict]
    found = {
        "verdict": verdict,
        "findings": [
            {"code": code, "params": params, "message": line}
            for (code, params), line in zip(report.findings, lines, strict=False)
        ],
    }

    def text(_found: Mapping[str, Any]) -> list[str]:
        return lines

    output.result(invocation, found, text)
    return {"holds": exit_codes.OK, "broken": exit_codes.BREAK_FOUND, "unclear": exit_codes.FAILED}[verdict]

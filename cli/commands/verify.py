"""`rumbo verify`: checks a bundle or a receipt on this machine, without server, database or trust in the operator."""

from pathlib import Path

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
        "Get the log's key and an old checkpoint, or the line from your minutes, from a source that the sender of the "
        "file does not control. The report names what was not checked for want of them.\n\n"
        "Exit code 0: all that was checked holds. 6: a break was found. 1: the result is unclear."
    ),
)
@click.argument("file", metavar=_("FILE"), type=click.Path(path_type=Path))
@click.option(
    "--key", "keys", multiple=True, metavar=_("KEY"), help=_("The log's verification key, or a file of keys.")
)
@click.option(
    "--checkpoint",
    "checkpoints",
    multiple=True,
    metavar=_("OLD"),
    help=_("A checkpoint that you kept: a file, or the line from your minutes; repeat it for several."),
)
@click.option(
    "--witness",
    "witnesses",
    multiple=True,
    metavar=_("KEY"),
    help=_("The key of a witness that you trust, or a file of keys; repeat it for several."),
)
@click.option(
    "--quorum",
    type=click.IntRange(1),
    metavar="N",
    help=_("How many of the witnesses have to cosign; by default, all."),
)
@pass_invocation
def command(
    invocation: Invocation,
    file: Path,
    keys: tuple[str, ...],
    checkpoints: tuple[str, ...],
    witnesses: tuple[str, ...],
    quorum: int | None,
) -> int:
    # Slow to load. The command line imports nothing else of the server's side except `audit.witness`.
    from audit.folding import fold  # noqa: PLC0415
    from audit.verify import BROKEN, HOLDS, UNCLEAR, Unclear, VerifyReport, parse_expectations, verify  # noqa: PLC0415

    try:
        report = verify(str(file), parse_expectations(keys, checkpoints, witnesses, quorum), fold)
    except Unclear as unclear:
        report = VerifyReport([(unclear.code, unclear.params)], UNCLEAR)
    lines = list(report.lines("es" if current_language() == "es" else "en"))
    verdict = {HOLDS: "holds", BROKEN: "broken", UNCLEAR: "unclear"}[report.verdict]
    found = {
        "verdict": verdict,
        "findings": [
            {"code": code, "params": params, "message": line}
            for (code, params), line in zip(report.findings, lines, strict=False)
        ],
    }

    output.result(invocation, found, lambda _found: lines)
    return {"holds": exit_codes.OK, "broken": exit_codes.BREAK_FOUND, "unclear": exit_codes.FAILED}[verdict]

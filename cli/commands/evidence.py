"""`rumbo evidence`: attach what proves it."""

import hashlib
from pathlib import Path
from typing import Any

import click

from cli import output, sending
from cli.command import NounGroup
from cli.invocation import Invocation, pass_invocation
from cli.verb import SendCommand
from language import _

command = NounGroup("evidence")


@command.command(
    "attach",
    cls=SendCommand,
    help=_(
        "Attach a piece of evidence to a milestone or commitment.\n\n"
        "With --file the document stays where it is; its name and SHA-256 digest are recorded, so that no other can "
        "take its place."
    ),
)
@click.argument("plan", metavar="PLAN")
@click.argument("item", metavar=_("ITEM"))
@click.option(
    "--file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    metavar=_("FILE"),
    help=_("A document on this machine."),
)
@click.option("--link", metavar="URL", help=_("Where it can be read."))
@click.option("--document", metavar=_("TEXT"), help=_("What the document is called; the file's name unless said."))
@click.option("--sha256", metavar="HEX", help=_("Its digest, where the document is not on this machine."))
@click.option("--text", metavar=_("TEXT"), help=_("What it shows."))
@pass_invocation
def attach(
    invocation: Invocation,
    plan: str,
    item: str,
    file: Path | None,
    link: str | None,
    document: str | None,
    sha256: str | None,
    text: str | None,
) -> int:
    shown = take_evidence(file, link, document) | output.non_empty({"text": text})
    # The file's own digest goes before one that was typed.
    return sending.send(
        invocation, plan, "attach_evidence", {"item": item, "evidence": output.non_empty({"sha256": sha256}) | shown}
    )


def take_evidence(file: Path | None, link: str | None, document: str | None) -> dict[str, Any]:
    """A piece of evidence: a document here, whose digest is taken, one that can be read elsewhere, or its name."""
    shown = output.non_empty({"url": link, "document": document})
    if file is None:
        return shown
    with file.open("rb") as opened:
        digest = hashlib.file_digest(opened, "sha256").hexdigest()
    return {"document": file.name, "sha256": digest} | shown

"""`rumbo evidence`: attach what proves it."""

import hashlib
from pathlib import Path
from typing import Any

import click

from cli import output, sending
from cli.session import Session, pass_session
from cli.shape import Group, Sending
from language import _

command = Group("evidence")


@command.command(
    "attach",
    cls=Sending,
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
@pass_session
def attach(
    session: Session,
    plan: str,
    item: str,
    file: Path | None,
    link: str | None,
    document: str | None,
    sha256: str | None,
    text: str | None,
) -> int:
    shown = shown_by(file, link, document) | output.filled({"text": text})
    # The file's own digest goes before one that was typed.
    return sending.send(
        session, plan, "attach_evidence", {"item": item, "evidence": output.filled({"sha256": sha256}) | shown}
    )


def shown_by(file: Path | None, link: str | None, document: str | None) -> dict[str, Any]:
    """A piece of evidence: a document here, whose digest is taken, one that can be read elsewhere, or its name."""
    shown = output.filled({"url": link, "document": document})
    if file is None:
        return shown
    with file.open("rb") as opened:
        digest = hashlib.file_digest(opened, "sha256").hexdigest()
    return {"document": file.name, "sha256": digest} | shown

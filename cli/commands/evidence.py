"""`rumbo evidence`: attach evidence to the items of a plan."""

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from cli import output
from cli.command import NounGroup
from cli.verb import argument, option, send_verb, text_option
from language import _


def take_evidence(values: dict[str, Any]) -> dict[str, Any]:
    """Take ``file``, ``link`` and ``document`` out of ``values``: a piece of evidence, empty if none was given.

    The file's name and digest are recorded; ``document`` takes precedence over the name.
    """
    file: Path | None = values.pop("file")
    evidence = output.non_empty({"url": values.pop("link"), "document": values.pop("document")})
    if file is None:
        return evidence
    with file.open("rb") as opened:
        digest = hashlib.file_digest(opened, "sha256").hexdigest()
    return {"document": file.name, "sha256": digest} | evidence


def _fields(values: dict[str, Any]) -> Mapping[str, Any]:
    """The command's fields; the digest of ``--file`` takes precedence over one that was typed."""
    item = values.pop("item")
    evidence = take_evidence(values)
    return {"item": item, "evidence": output.non_empty(values) | evidence}


command = NounGroup(
    "evidence",
    commands=[
        send_verb(
            "attach",
            "attach_evidence",
            _(
                "Attach a piece of evidence to a milestone or commitment.\n\n"
                "With --file the document is not sent; its name and SHA-256 digest are recorded, so that a different "
                "document cannot pass for it."
            ),
            argument("item", metavar=_("ITEM")),
            option(
                "--file",
                type=click.Path(exists=True, dir_okay=False, path_type=Path),
                metavar=_("FILE"),
                help=_("A document on this machine."),
            ),
            option("--link", metavar="URL", help=_("Where it can be read.")),
            option("--document", metavar=_("TEXT"), help=_("The document's title; by default, the file's name.")),
            option("--sha256", metavar="HEX", help=_("Its digest, if the document is not on this machine.")),
            text_option(_("What it shows.")),
            fields=_fields,
        )
    ],
)

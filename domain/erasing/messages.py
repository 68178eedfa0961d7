"""Erasing: the sealed texts of an entry are destroyed; the entry stays."""

from typing import Annotated, Literal

from pydantic import Field

from domain.kernel.command import Command
from domain.kernel.event import Event
from domain.kernel.refused import refusals
from domain.kernel.statement import Authority
from domain.kernel.text import Text


class Redact(Command):
    """Erase the sealed texts of an entry. The reason is public and stays."""

    command: Literal["redact"] = "redact"
    CLASS = "administering"
    CHECKS_ITSELF = True
    entry: Annotated[int, Field(ge=1)]
    """The entry's number. Everything else that its command sealed is erased too."""
    reason: Text
    authority: Authority


class Erased(Event):
    """The sealed texts of an entry cannot be read any more. Entry, hashes and plan do not change."""

    kind: Literal["erased"] = "erased"
    ABOUT_THE_RECORD = True
    entry: Annotated[int, Field(ge=1)]
    """The entry's number. Everything else that its command sealed was erased too."""
    reason: Text
    authority: Authority


refusals(
    {
        "already_erased": "The sealed content of entry {entry} was erased before. Nothing is left to erase.",
        "unknown_entry": "There is no entry {entry}; the last one is entry {last}. `rumbo history show` lists the entries.",
    }
)

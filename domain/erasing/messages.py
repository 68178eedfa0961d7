"""Erasing: the sealed texts of an entry are destroyed; the entry stays."""

from typing import Annotated, Literal

from pydantic import Field

from domain.kernel.command import Command
from domain.kernel.event import Event
from domain.kernel.refused import refusals
from domain.kernel.statement import Authority
from domain.kernel.text import Text


class Redact(Command):
    """Erase what was sealed in an entry. Its reason is public and stays."""

    command: Literal["redact"] = "redact"
    CLASS = "administering"
    CHECKS_ITSELF = True
    entry: Annotated[int, Field(ge=1)]
    """The entry's number; whatever else the command behind it sealed goes too."""
    reason: Text
    authority: Authority


class Erased(Event):
    """What was sealed in an entry can be opened by nobody any more. Entry, hash and plan stay as they were."""

    kind: Literal["erased"] = "erased"
    ABOUT_THE_RECORD = True
    entry: Annotated[int, Field(ge=1)]
    """Its number; whatever else the command behind it sealed was erased too."""
    reason: Text
    authority: Authority


refusals(
    {
        "already_erased": "The sealed content of entry {entry} was erased before. Nothing is left to erase.",
        "unknown_entry": "There is no entry {entry}; the last one is entry {last}. `rumbo history show` lists the entries.",
    }
)

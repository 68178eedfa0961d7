"""Contests: a body objects to an entry that another person entered for it."""

from datetime import datetime
from typing import Literal

from domain.kernel.command import Command, EntryName
from domain.kernel.event import Event
from domain.kernel.record import record
from domain.kernel.refused import refusals
from domain.kernel.text import SealableText
from domain.kernel.visibility import SameAsEntry


@record(frozen=True, slots=True)
class Contest:
    """A body's objection: an entry does not speak for it."""

    body: str
    by: int
    """The number of the entry that records the contest."""
    recorded_at: datetime
    successor: str | None = None
    """The successor that contests in place of the body, if the body was succeeded."""


class ContestEntry(Command):
    """Object to an entry made for the sender's body. The entry stays and counts no more."""

    command: Literal["contest_entry"] = "contest_entry"
    VISIBILITY = SameAsEntry()
    entry: EntryName
    reason: SealableText
    WORDS = ("reason",)


class EntryContested(Event):
    """A body objected to an entry that another person entered for it."""

    kind: Literal["entry_contested"] = "entry_contested"
    entry: int
    reason: SealableText
    spoken_for: str | None = None
    """The body that it was entered for, if its successor contests it."""


refusals(
    {
        "nothing_said": "There is no such entry, or it contains no statement of a body. `rumbo history show` lists the entries.",
        "not_entered_for_you": "Entry {entry} was not made in the name of {body}. Only the body in whose name it was made, or its successor, may contest it.",
        "own_entry": "{body} sent entry {entry} itself, so it cannot contest it. Send the present facts; for a typing error, record an erratum.",
        "already_contested": "{body} contested entry {entry} before; the entry no longer counts for it.",
    }
)

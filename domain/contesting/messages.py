"""Contests: a body objects to an entry that somebody else entered for it."""

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
    """A body's word that an entry does not speak for it."""

    body: str
    by: int
    """The entry that says so."""
    recorded_at: datetime
    successor: str | None = None
    """Who says so in its place, where it has been succeeded since."""


class ContestEntry(Command):
    """Object to what was entered for one's body. The entry stays, and stops counting."""

    command: Literal["contest_entry"] = "contest_entry"
    VISIBILITY = SameAsEntry()
    entry: EntryName
    reason: SealableText
    WORDS = ("reason",)


class EntryContested(Event):
    """A body says that an entry which somebody else entered for it does not speak for it."""

    kind: Literal["entry_contested"] = "entry_contested"
    entry: int
    reason: SealableText
    spoken_for: str | None = None
    """The body that it was entered for, where the one that contests is its successor."""


refusals(
    {
        "nothing_said": "There is no such entry, or nobody said anything in it. `rumbo history show` has the numbers.",
        "not_entered_for_you": "Entry {entry} was not entered for {body}. Only the body that it was entered for may contest it, or its successor.",
        "own_entry": "{body} sent entry {entry} itself, so it cannot contest it. Send what holds now; an erratum mends what was typed wrongly.",
        "already_contested": "{body} has contested entry {entry}; it no longer counts for it.",
    }
)

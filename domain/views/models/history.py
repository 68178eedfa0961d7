"""Entries of a plan's history: everything the record says about them, and what they say unless that is withheld."""

from typing import Annotated

from pydantic import Field, JsonValue, SerializeAsAny

from domain.kernel.event import Phase, Visibility
from domain.views.models.annotations import ContestView, MendingView
from domain.views.models.diff import ChangedView
from domain.views.models.parts import SourceView
from domain.views.models.view import Moment, View, WithheldView

EventData = dict[str, JsonValue]
"""An event as it is stored; its fields are those of its kind."""


class EntryView(View):
    """An entry of a plan's history."""

    version: Annotated[int, Field(examples=[214])]
    """The entry's number within the plan, from 1."""
    kind: Annotated[str, Field(examples=["progress_reported"])]
    """The kind of its event."""
    effective_at: Moment
    recorded_at: Moment
    actor: str
    """The opaque id of the person or program that acted; ``clock`` for the clock."""
    role: str
    """The actor's role."""
    on_behalf_of: str | None
    """The body spoken for."""
    source: SourceView | None
    """The document that says so."""
    cycle: int
    phase: Phase | None
    cause: str | None
    """The id of the command that led to it; null for the clock, and where it is withheld."""
    visibility: Visibility
    hash: str
    """The leaf hash, in hex."""
    data: Annotated[SerializeAsAny[WithheldView | EventData], Field(union_mode="left_to_right")]
    """The event as it was recorded. Of what it rests on, the names that the reader may not know are counted."""
    contested: tuple[ContestView, ...]
    """Who contested it since: for them it counts no more."""
    mended: tuple[MendingView, ...]
    """The errata in effect on it."""


class HistoryView(View):
    """A page of a plan's history."""

    entries: tuple[EntryView, ...]
    next: int | None
    """Given as ``after``, the history goes on; null at its end."""


class EntryNameView(View):
    """An entry by its number."""

    version: int
    kind: str


class StepView(EntryView):
    """An entry of a history told again, with what it made of the plan and what led to it."""

    entered_afterwards: bool
    """Whether it was entered afterwards, from a source."""
    changed: ChangedView | None
    """What it made of the plan; null for nothing."""
    because: tuple[EntryNameView, ...]
    """The entries that led to it."""
    because_withheld: int
    """How many more there are that the reader may not know of."""


class TraceView(View):
    """The entries of a command, lesson or course correction, those that led to them, and those that came of them."""

    name: str
    because: tuple[EntryView, ...]
    """The entries that led to it."""
    entries: tuple[EntryView, ...]
    came_of_it: tuple[EntryView, ...]
    withheld: int
    """How many more the reader may not see."""

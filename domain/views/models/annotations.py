"""What later entries say about an entry: that it does not speak for a body, or that it was typed wrongly."""

from typing import Literal

from pydantic import JsonValue

from domain.views.models.parts import SourceView
from domain.views.models.view import Moment, View


class ContestView(View):
    """A body's word that an entry does not speak for it. For that body the entry counts no more."""

    body: str
    by: int
    """The number of the entry that says so."""
    recorded_at: Moment
    successor: str | None
    """The body that says so in its place, where it has been succeeded since."""


class ContestedEntryView(ContestView):
    """A contested entry, with one body that contested it."""

    entry: int
    """The number of the contested entry."""
    kind: str
    """The kind of its event."""
    subject: str
    """The id of what it is about."""


class MendingView(View):
    """What an erratum says an entry should have said."""

    erratum: str
    """The erratum's id."""
    by: int
    """The number of the entry that recorded the erratum."""
    recorded_at: Moment
    item: str | None
    """The part of the plan that the entry set; null for a field of a statement."""
    field: str
    says: JsonValue
    """The field's value as it was recorded."""
    should_say: JsonValue
    """The value that was meant."""


class MendedEntryView(MendingView):
    """A mended entry, with the erratum in effect on it."""

    entry: int
    """The number of the mended entry."""


class ErratumView(MendedEntryView):
    """An erratum and what became of it."""

    status: Literal["waiting", "in_effect", "contested"]
    waits: bool
    """Whether it touches a promise, and so waits for another body to confirm it."""
    written_by: str | None
    """The body that wrote it; null where the operator did."""
    confirmed_by: str | None
    contested_by: str | None
    source: SourceView | None
    """The document that said so before."""


class AnnotatedView(View):
    """What is contested and mended about a subject."""

    contested: tuple[ContestedEntryView, ...]
    """The entries about it that a body contested."""
    mended: tuple[MendedEntryView, ...]
    """The errata in effect on entries about it, or on what the plan says of it."""

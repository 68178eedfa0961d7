"""What changed between two states of a plan, and why."""

from typing import Annotated

from pydantic import Field, JsonValue

from domain.views.models.annotations import ContestedEntryView, ErratumView
from domain.views.models.correction import CorrectionView
from domain.views.models.parts import (
    AssumptionPart,
    AwaitedPart,
    ChangeKind,
    CommitmentPart,
    IndicatorPart,
    MilestonePart,
    NamingPart,
    PolicyPart,
    ProblemPart,
)
from domain.views.models.view import StatedTextOrAbsent, View


class PointView(View):
    """One of the two compared states."""

    version: int
    """The number of the last entry that it is made of; 0 before the start."""
    revision: int
    """How often the plan's shape was set by then."""


class ReasonView(View):
    """The last course correction that made a change; all null where none did."""

    correction: str | None
    """The course correction's id."""
    trigger: str | None
    rationale: StatedTextOrAbsent | None
    """The change's own reason, one published later, or the proposal's."""
    proposed_by: str | None
    decided_by: str | None


class FieldChangeView(ReasonView):
    """A field of an item that has another value."""

    item: str
    field: str
    name: ChangeKind
    was: Annotated[JsonValue, Field(alias="from")]
    """The value before; null where it had none."""
    shall_be: Annotated[JsonValue, Field(alias="to")]
    """The value after; null where it has none."""
    erratum: str | None
    """The erratum that made the change, where it was one and not the plan's course that changed."""


class AddedView(ReasonView):
    """An item that is new."""

    item: str
    part: Annotated[
        MilestonePart
        | CommitmentPart
        | IndicatorPart
        | AssumptionPart
        | AwaitedPart
        | ProblemPart
        | PolicyPart
        | NamingPart,
        Field(alias="is", union_mode="left_to_right"),
    ]
    """The item as the plan file would have it, without the parts inside it."""


class DroppedView(ReasonView):
    """An item that was dropped."""

    item: str


class StatusChangeView(View):
    """An item of which another status was reported."""

    item: str
    was: Annotated[str, Field(alias="from")]
    now: Annotated[str, Field(alias="to")]


class JoinedView(View):
    """A body that came."""

    joined: str


class LeftView(View):
    """A body that left."""

    left: str
    successor: str | None
    """The body that took over from it."""


class ChangedView(View):
    """What an entry, or all between two points, made of the plan."""

    changes: tuple[FieldChangeView, ...]
    added: tuple[AddedView, ...]
    dropped: tuple[DroppedView, ...]
    statuses: tuple[StatusChangeView, ...]
    partners: tuple[JoinedView | LeftView, ...]
    contested: tuple[ContestedEntryView, ...]
    """The entries that were contested meanwhile."""
    errata: tuple[ErratumView, ...]
    """The errata that came, or of which something else became, meanwhile."""


class DiffView(ChangedView):
    """What changed between two points, with who asked for it and why."""

    before: Annotated[PointView, Field(alias="from")]
    after: Annotated[PointView, Field(alias="to")]
    corrections: tuple[CorrectionView, ...]
    """The course corrections that took effect meanwhile."""

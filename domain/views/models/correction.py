"""Course corrections: what was proposed and why, who took which position, who decided, and what came of it."""

from datetime import date as Day
from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from domain.kernel.event import Visibility
from domain.views.models.annotations import AnnotatedView
from domain.views.models.parts import ChangeKind, ChangePart
from domain.views.models.view import (
    AbsentView,
    SealableString,
    StatedText,
    StatedTextOrAbsent,
    View,
    WithheldView,
)


class ChangeView(ChangePart):
    """A change with its name and the id of what it touches."""

    name: ChangeKind
    subject: str
    """The id of what it adds, drops or changes."""


class GroundsView(View):
    """What something rests on: lessons, findings, assessments and other entries, by name."""

    rests_on: tuple[str, ...]
    """Those that the reader may know of."""
    rests_on_restricted: int
    """How many more there are."""
    rests_on_contested: tuple[str, ...]
    """Those among ``rests_on`` that a body contested since."""


class PositionView(View):
    """A body's position on one draft."""

    position: Literal["endorse", "oppose", "abstain"]
    at: datetime
    reason: StatedText | None
    visibility: Visibility


class ReturnedView(View):
    """By whom and why a draft was given back to its author."""

    body: str | None
    at: datetime
    reason: StatedText
    visibility: Visibility


class ExplanationView(View):
    """A reason that was published after the decision."""

    rationale: StatedText
    covers: tuple[str, ...]
    """The items whose changes it explains; all of them where empty."""
    visibility: Visibility


class AuthorityView(View):
    """The document by which a decision was taken."""

    document: SealableString
    number: SealableString | None = None
    date: Day | None = None


class SessionView(View):
    """A meeting that decided."""

    date: Day
    minutes: SealableString
    """The document that says so."""
    sha256: str | None = None
    """The digest of the minutes, in hex."""
    present: tuple[str, ...]
    """The bodies that were present."""
    absent: tuple[str, ...]


class DraftFields(View):
    """What every draft says that the reader may see."""

    draft: int
    """The draft's number, from 1."""
    trigger: str
    """What gave cause for it, one of the plan's triggers."""
    rationale: StatedTextOrAbsent
    takes_effect: Annotated[str, Field(examples=["now", "next_cycle", "2027-06-30"])]
    changes: tuple[ChangeView, ...]
    positions: dict[str, PositionView]
    """By body, the positions on this draft that the reader may see."""
    positions_withheld: int
    """How many more there are."""
    returned: ReturnedView | WithheldView | None
    """Why this draft was given back to its author."""


class EarlierDraftView(DraftFields):
    """A draft that another has followed. Its positions do not carry over."""

    drafted_at: datetime


class WithheldDraftView(WithheldView):
    """An earlier draft that the reader may not see."""

    draft: int
    """The draft's number, from 1."""


class CorrectionView(DraftFields, GroundsView, AnnotatedView):
    """A course correction and its fate."""

    id: str
    status: Literal["open", "returned", "adopted", "in_effect", "stale", "declined", "withdrawn", "lapsed", "contested"]
    proposed_by: str | None
    """The body that asked for it; null where the source does not say."""
    in_hands_of: str | None
    """The body that answers for it now: the one that proposed it, or its last successor."""
    proposed_at: datetime
    explained: tuple[ExplanationView, ...]
    """The reasons that were published after the decision."""
    explained_withheld: int
    """How many more there are."""
    earlier_drafts: tuple[EarlierDraftView | WithheldDraftView, ...]
    """Oldest first."""
    decision: Literal["adopted", "declined"] | None
    response: Annotated[StatedTextOrAbsent | WithheldView, Field(union_mode="left_to_right")] | None
    """The reasoned response."""
    authority: AuthorityView | AbsentView | WithheldView | None
    """By what the decision was taken."""
    decided_by: str | None
    session: SessionView | WithheldView | None
    """The meeting that decided; null where it was none."""
    decided_at: datetime | None
    effective_at: datetime | None
    """When its changes took effect."""
    stale: tuple[str, ...]
    """The subjects of the changes that no longer fitted the plan when it took effect."""
    carried: int
    """How many cycles it was carried over without an answer."""
    owed_by: tuple[str, ...]
    """The bodies whose answer is missing, or was when it lapsed."""


class CorrectionsView(View):
    """The course corrections of a plan."""

    corrections: tuple[CorrectionView, ...]
    """In the order in which they were proposed."""

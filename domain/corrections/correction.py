"""The state of a course correction, derived from its entries."""

from collections.abc import Mapping
from dataclasses import field
from datetime import datetime
from typing import Literal

from domain.corrections.messages import Decision, Proposal
from domain.kernel.event import Visibility
from domain.kernel.record import record
from domain.kernel.text import SealableText


@record(frozen=True, slots=True)
class BodyPosition:
    """A body's position on the present draft."""

    position: Literal["endorse", "oppose", "abstain"]
    at: datetime
    reason: SealableText | None
    visibility: Visibility


@record(frozen=True, slots=True)
class ReturnedDraft:
    """The return of a draft to its author: by which body, and why."""

    body: str | None
    at: datetime
    reason: SealableText
    visibility: Visibility


@record(frozen=True, slots=True)
class EarlierDraft:
    """A draft that was redrafted, with its positions, which did not carry over."""

    draft: int
    drafted_at: datetime
    proposal: Proposal
    visibility: Visibility
    positions: Mapping[str, BodyPosition]
    returned: ReturnedDraft | None


@record(frozen=True, slots=True)
class LateExplanation:
    """A reason that was published after its course correction."""

    rationale: SealableText
    covers: tuple[str, ...]
    visibility: Visibility


@record(frozen=True, slots=True)
class Correction:
    """The state of a course correction: its present draft, the positions on it, its decision and its effect."""

    id: str
    body: str | None
    """The body that proposed it; ``None`` if the source does not say."""
    proposed_at: datetime
    drafted_at: datetime
    proposal: Proposal
    visibility: Visibility
    """The visibility of the present draft."""
    draft: int = 1
    status: Literal[
        "open", "returned", "adopted", "in_effect", "stale", "declined", "withdrawn", "lapsed", "contested"
    ] = "open"
    positions: Mapping[str, BodyPosition] = field(default_factory=dict)
    returned: ReturnedDraft | None = None
    """The return of the present draft to its author."""
    earlier: tuple[EarlierDraft, ...] = ()
    """The drafts before the present one, oldest first."""
    decision: Decision | None = None
    decision_visibility: Visibility = "public"
    decided_by: str | None = None
    decided_at: datetime | None = None
    effective_at: datetime | None = None
    stale: tuple[str, ...] = ()
    carried: int = 0
    owed_by: tuple[str, ...] = ()
    explained: tuple[LateExplanation, ...] = ()

    @property
    def is_open(self) -> bool:
        return self.status in ("open", "returned")

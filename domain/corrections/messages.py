"""Course corrections: proposals in drafts, positions by body, decisions, and their effect on the plan."""

from collections.abc import Mapping
from dataclasses import field
from datetime import datetime
from typing import Annotated, Any, ClassVar, Literal

from pydantic import BeforeValidator, Field, model_validator
from pydantic_core import PydanticCustomError

from domain.kernel.command import Command
from domain.kernel.event import Event, Visibility, about
from domain.kernel.meeting import DecidingMeeting
from domain.kernel.record import record
from domain.kernel.refused import refusals
from domain.kernel.statement import Authority, Statement, one_of
from domain.kernel.text import Absent, CommandId, Id, SealableText, SealableTextOrAbsent
from domain.kernel.visibility import ByPolicy, LikeFact
from domain.plan_file.calendar import Day
from domain.plan_file.definition import Assumption, Awaited, Cause, Commitment, Indicator, Milestone


class Addition(Statement):
    """Something new: a commitment, a milestone of one, an indicator, an assumption, an awaited event or a cause."""

    commitment: Id | Commitment | None = None
    milestone: Milestone | None = None
    indicator: Indicator | None = None
    assumption: Assumption | None = None
    awaited: Awaited | None = None
    cause: Cause | None = None

    @model_validator(mode="after")
    def _one_thing(self) -> "Addition":
        if self.milestone is not None:
            if not isinstance(self.commitment, str):
                raise PydanticCustomError("milestone_of", "commitment needed")
            one_of(self, "milestone", "indicator", "assumption", "awaited", "cause")
        elif isinstance(self.commitment, str):
            raise PydanticCustomError("one_of", "{names}", {"names": "milestone"})
        else:
            one_of(self, "commitment", "indicator", "assumption", "awaited", "cause")
        return self

    @property
    def part(self) -> Commitment | Milestone | Indicator | Assumption | Awaited | Cause:
        for part in (self.milestone, self.indicator, self.assumption, self.awaited, self.cause, self.commitment):
            if part is not None and not isinstance(part, str):
                return part
        raise AssertionError("an addition adds one thing")


class Change(Statement):
    """One change: add something, drop something, or set a field from what it is to what it shall be."""

    add: Addition | None = None
    drop: Id | None = None
    item: Id | None = None
    """A commitment, milestone, indicator, assumption; or ``problem``, ``policy``, ``plan``."""
    field: str | None = None
    was: Annotated[Any, Field(alias="from")] = None
    shall_be: Annotated[Any, Field(alias="to")] = None
    rationale: SealableTextOrAbsent | None = None
    """Where this change has a reason of its own."""

    @model_validator(mode="after")
    def _one_kind(self) -> "Change":
        one_of(self, "add", "drop", "item")
        if (self.item is None) != (self.field is None):
            raise PydanticCustomError("one_of", "{names}", {"names": "field"})
        if self.item is not None and self.was == self.shall_be:
            raise PydanticCustomError("changes_nothing", "changes nothing")
        return self

    @property
    def subject(self) -> str:
        """The id it is about: what is set, dropped or added."""
        return self.item or self.drop or (self.add.part.id if self.add else "")


def _moment(value: Any) -> Any:
    return "now" if value is None else value


class Proposal(Statement):
    """A course correction as proposed: why, resting on what, and which changes from when."""

    trigger: Id
    rests_on: tuple[CommandId, ...] = ()
    rationale: SealableTextOrAbsent
    changes: Annotated[tuple[Change, ...], Field(min_length=1, max_length=200)]
    takes_effect: Annotated[Literal["now", "next_cycle"] | Day, BeforeValidator(_moment)] = "now"


class Position(Statement):
    """What a body thinks of one draft of a course correction. It does not carry over to the next draft."""

    correction: CommandId
    draft: Annotated[int, Field(ge=1)] = 1
    reason: SealableText | None = None


class Decision(Statement):
    correction: CommandId
    draft: Annotated[int, Field(ge=1)] = 1
    decision: Literal["adopted", "declined"]
    response: SealableTextOrAbsent
    """The reasoned response."""
    authority: Authority | Absent
    session: DecidingMeeting | None = None
    """The meeting that decided; its positions are those of the bodies present on this draft."""


class Explanation(Statement):
    """The reason for a course correction whose reason was published later than the decision."""

    correction: CommandId
    rationale: SealableText
    covers: tuple[Id, ...] = ()
    """The items whose changes it explains; all of them where empty."""


@record(frozen=True, slots=True)
class BodyPosition:
    """A body's position on the present draft."""

    position: Literal["endorse", "oppose", "abstain"]
    at: datetime
    reason: SealableText | None
    visibility: Visibility


@record(frozen=True, slots=True)
class ReturnedDraft:
    """A draft that was returned to its author, by whom and why."""

    body: str | None
    at: datetime
    reason: SealableText
    visibility: Visibility


@record(frozen=True, slots=True)
class EarlierDraft:
    """A draft that another has followed, with the positions that were taken on it: they did not carry over."""

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
    """A course correction and its fate."""

    id: str
    body: str | None
    """Who asked for it; ``None`` where the source does not say."""
    proposed_at: datetime
    drafted_at: datetime
    proposal: Proposal
    visibility: Visibility
    """That of the present draft."""
    draft: int = 1
    status: Literal[
        "open", "returned", "adopted", "in_effect", "stale", "declined", "withdrawn", "lapsed", "contested"
    ] = "open"
    positions: Mapping[str, BodyPosition] = field(default_factory=dict)
    returned: ReturnedDraft | None = None
    """Why the present draft was given back to its author."""
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


class ProposeCorrection(Command, Proposal):
    """Propose a course correction. Its id becomes the course correction's.

    What it changes stays in clear even where it is restricted, because that becomes the plan; the reasons are sealed.
    """

    command: Literal["propose_correction"] = "propose_correction"
    CLASS = "correcting"
    VISIBILITY = ByPolicy("corrections")
    WORDS = ("rationale", "changes.*.rationale")


class RedraftCorrection(Command, Proposal):
    """The author's next draft; positions on the last one do not carry over."""

    command: Literal["redraft_correction"] = "redraft_correction"
    CLASS = "correcting"
    VISIBILITY = LikeFact("corrections", "correction", "corrections", never_more_open=False)
    correction: CommandId
    WORDS = ("rationale", "changes.*.rationale")


class EndorseCorrection(Command, Position):
    command: Literal["endorse_correction"] = "endorse_correction"
    CLASS = "correcting"
    POSITION: ClassVar[Literal["endorse", "oppose", "abstain"]] = "endorse"
    VISIBILITY = LikeFact("corrections", "correction", "corrections")
    WORDS = ("reason",)


class OpposeCorrection(Command, Position):
    command: Literal["oppose_correction"] = "oppose_correction"
    CLASS = "correcting"
    POSITION: ClassVar[Literal["endorse", "oppose", "abstain"]] = "oppose"
    VISIBILITY = LikeFact("corrections", "correction", "corrections")
    reason: SealableText
    WORDS = ("reason",)


class AbstainCorrection(Command, Position):
    command: Literal["abstain_correction"] = "abstain_correction"
    CLASS = "correcting"
    POSITION: ClassVar[Literal["endorse", "oppose", "abstain"]] = "abstain"
    VISIBILITY = LikeFact("corrections", "correction", "corrections")
    WORDS = ("reason",)


class ReturnCorrection(Command):
    """Give a draft back to its author for another."""

    command: Literal["return_correction"] = "return_correction"
    CLASS = "correcting"
    VISIBILITY = LikeFact("corrections", "correction", "corrections")
    correction: CommandId
    draft: Annotated[int, Field(ge=1)] = 1
    reason: SealableText
    WORDS = ("reason",)


class WithdrawCorrection(Command):
    command: Literal["withdraw_correction"] = "withdraw_correction"
    CLASS = "correcting"
    VISIBILITY = LikeFact("corrections", "correction", "corrections")
    correction: CommandId
    reason: SealableText | None = None
    WORDS = ("reason",)


class DecideCorrection(Command, Decision):
    command: Literal["decide_correction"] = "decide_correction"
    CLASS = "correcting"
    VISIBILITY = LikeFact("corrections", "correction", "corrections")
    WORDS = (
        "response",
        "authority.document",
        "authority.number",
        "session.minutes",
        "session.positions.*.reason",
    )


class ExplainCorrection(Command, Explanation):
    command: Literal["explain_correction"] = "explain_correction"
    CLASS = "correcting"
    VISIBILITY = LikeFact("corrections", "correction", "corrections")
    WORDS = ("rationale",)


class CorrectionProposed(Event, Proposal):
    kind: Literal["correction_proposed"] = "correction_proposed"
    SUBJECT = about("correction", "correction")
    IS_STATEMENT = True
    STAYS_IF_CONTESTED = True
    correction: CommandId


class CorrectionRedrafted(Event, Proposal):
    kind: Literal["correction_redrafted"] = "correction_redrafted"
    SUBJECT = about("correction", "correction")
    IS_STATEMENT = True
    correction: CommandId
    draft: int


class PositionTaken(Event, Position):
    kind: Literal["position_taken"] = "position_taken"
    SUBJECT = about("correction", "correction")
    IS_STATEMENT = True
    position: Literal["endorse", "oppose", "abstain"]


class CorrectionReturned(Event):
    kind: Literal["correction_returned"] = "correction_returned"
    SUBJECT = about("correction", "correction")
    IS_STATEMENT = True
    correction: CommandId
    draft: int
    reason: SealableText


class CorrectionWithdrawn(Event):
    kind: Literal["correction_withdrawn"] = "correction_withdrawn"
    SUBJECT = about("correction", "correction")
    IS_STATEMENT = True
    correction: CommandId
    reason: SealableText | None = None


class CorrectionDecided(Event, Decision):
    kind: Literal["correction_decided"] = "correction_decided"
    IS_ANSWER = True
    SUBJECT = about("correction", "correction")
    IS_STATEMENT = True
    STAYS_IF_CONTESTED = True
    endorse: tuple[str, ...] = ()
    """The bodies as they were counted, the deciding one among them."""
    oppose: tuple[str, ...] = ()
    abstain: tuple[str, ...] = ()
    SHAPES_THE_PLAN = True


class CorrectionTookEffect(Event):
    """The plan has a new version. A change whose *from* no longer held is stale and was left out."""

    kind: Literal["correction_took_effect"] = "correction_took_effect"
    SUBJECT = about("correction", "correction")
    correction: CommandId
    applied: tuple[Change, ...] = ()
    stale: tuple[Change, ...] = ()
    SHAPES_THE_PLAN = True


class CorrectionExplained(Event, Explanation):
    kind: Literal["correction_explained"] = "correction_explained"
    SUBJECT = about("correction", "correction")
    IS_STATEMENT = True


class CorrectionCarriedOver(Event):
    kind: Literal["correction_carried_over"] = "correction_carried_over"
    SUBJECT = about("correction", "correction")
    correction: CommandId
    owed_by: tuple[str, ...]
    """The bodies that owe an answer."""
    times: int


class CorrectionLapsed(Event):
    """Nobody answered for too long. That is not the same as declined."""

    kind: Literal["correction_lapsed"] = "correction_lapsed"
    SUBJECT = about("correction", "correction")
    correction: CommandId
    unanswered_by: tuple[str, ...]


refusals(
    {
        "correction_exists": "A course correction {correction} exists already. Choose another id.",
        "unknown_correction": "There is no such course correction. `rumbo correction list` lists them.",
        "not_open": "The course correction {correction} is no longer open: {status}.",
        "not_the_author": "Only its author, {author}, may do that to {correction}.",
        "other_draft": "The current draft of {correction} is {draft}, and your command is about another. Read the current draft, and send the command again.",
        "may_not_decide": "{body} may not take a position on course corrections of this plan. These bodies may: {bodies}.",
        "proposer_may_not_decide": "{body} proposed {correction}, so another body has to decide on it.",
        "no_quorum": "{taken} of {bodies} bodies have taken a position on {correction}; the quorum is {quorum}. Positions missing: {missing}.",
        "not_adopted_by_count": "By the rule of this plan ({rule}), {correction} is not adopted: {endorse} in favour, {oppose} against.",
        "adopted_by_count": "By the rule of this plan ({rule}), {correction} is adopted, so it cannot be declined: {endorse} in favour, {oppose} against.",
        "authority_needed": "Give the authority of the decision: a document, with its number and date.",
        "rests_on_nothing": "Give the ids of what it rests on: a lesson, a report, an observation.",
        "unknown_trigger": "This plan has no such trigger. Its triggers are: {known}.",
        "outside_amendment_window": "This plan takes course corrections only from {first} to {until}.",
        "takes_effect_too_early": "The day on which it takes effect has passed. Choose now, the next cycle, or a later day.",
        "from_no_longer_holds": "{item} no longer has the value that the proposal starts from. Read the plan as it is now, and propose again.",
        "unknown_field": "{item} has no such field. Its fields are: {known}.",
        "nothing_holds_any_more": "No change of {correction} fits the plan as it is now. Propose it again.",
        "already_explained": "The reason for {correction} was given in its proposal. A reason can be added later only if none was published.",
    }
)

"""Course corrections: proposals in drafts, positions by body, decisions, and their effect on the plan."""

from typing import Annotated, Any, ClassVar, Literal

from pydantic import BeforeValidator, Field, model_validator
from pydantic_core import PydanticCustomError

from domain.kernel.command import Command
from domain.kernel.event import Event, about
from domain.kernel.meeting import DecidingMeeting
from domain.kernel.refused import refusals
from domain.kernel.statement import Authority, Statement, one_of
from domain.kernel.text import Absent, CommandId, Id, SealableText, SealableTextOrAbsent
from domain.kernel.visibility import ByPolicy, LikeFact
from domain.plan_file.calendar import Day
from domain.plan_file.definition import Assumption, Awaited, Cause, Commitment, Indicator, Milestone


class Addition(Statement):
    """A new commitment, milestone of a commitment, indicator, assumption, awaited event or cause."""

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
    """One change: add an item, drop an item, or set a field from its present value to a new one."""

    add: Addition | None = None
    drop: Id | None = None
    item: Id | None = None
    """A commitment, milestone, indicator, assumption; or ``problem``, ``policy``, ``plan``."""
    field: str | None = None
    was: Annotated[Any, Field(alias="from")] = None
    shall_be: Annotated[Any, Field(alias="to")] = None
    rationale: SealableTextOrAbsent | None = None
    """The reason for this change, if it has its own."""

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
        """The id of the item that is set, dropped or added."""
        return self.item or self.drop or (self.add.part.id if self.add else "")


def _moment(value: Any) -> Any:
    return "now" if value is None else value


class Proposal(Statement):
    """A proposed course correction: its trigger, grounds, rationale, changes, and when they take effect."""

    trigger: Id
    rests_on: tuple[CommandId, ...] = ()
    rationale: SealableTextOrAbsent
    changes: Annotated[tuple[Change, ...], Field(min_length=1, max_length=200)]
    takes_effect: Annotated[Literal["now", "next_cycle"] | Day, BeforeValidator(_moment)] = "now"


class Position(Statement):
    """A body's position on one draft of a course correction. It does not carry over to the next draft."""

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
    """The items whose changes it explains; empty: all."""


class ProposeCorrection(Command, Proposal):
    """Propose a course correction. Its id becomes the course correction's.

    Its changes stay in clear text even if it is restricted, because they become the plan; its reasons are sealed.
    """

    command: Literal["propose_correction"] = "propose_correction"
    CLASS = "correcting"
    VISIBILITY = ByPolicy("corrections")
    WORDS = ("rationale", "changes.*.rationale")


class RedraftCorrection(Command, Proposal):
    """Propose the author's next draft. Positions on the last one do not carry over."""

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
    """Return a draft to its author, who may write another one."""

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
    """The bodies counted in favour, including the deciding one."""
    oppose: tuple[str, ...] = ()
    abstain: tuple[str, ...] = ()
    SHAPES_THE_PLAN = True


class CorrectionTookEffect(Event):
    """The plan has a new version. Stale changes, whose *from* was no longer the present value, were left out."""

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
    """A course correction lapsed because it was not answered for too long. It was not declined."""

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

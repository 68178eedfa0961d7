"""What people say in a plan. A command asks for it to be recorded, an event says that it was: in the same words."""

from typing import Annotated, Any, Literal, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from domain.calendar import Day
from domain.definition import Assumption, Awaited, Cause, Commitment, Indicator, Milestone
from domain.text import Absent, CommandId, Count, Id, Number, Said, SaidOrAbsent, Sealed, Text

S = TypeVar("S", bound=BaseModel)

Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class Statement(BaseModel):
    model_config = ConfigDict(defer_build=True, frozen=True, extra="forbid", populate_by_name=True)


def said_of(kind: type[BaseModel], command: BaseModel) -> dict[str, Any]:
    """What a command says, without who asks and when: the fields of one kind of statement."""
    return {name: getattr(command, name) for name in kind.model_fields}


def stated(kind: type[S], said: BaseModel) -> S:
    """The statement in a command or an event, whose fields were held valid when that was read; not held again.

    The fields are the event's own, which never change either. What the event says beside them is no field of the
    statement, so it is neither compared nor written.
    """
    made = kind.__new__(kind)
    put = object.__setattr__
    put(made, "__dict__", said.__dict__)
    put(made, "__pydantic_fields_set__", said.__pydantic_fields_set__)
    put(made, "__pydantic_extra__", None)
    put(made, "__pydantic_private__", None)
    return made


def one_of(model: BaseModel, *names: str) -> None:
    """Hold that exactly one of some keys is given."""
    said = model.__dict__
    if [said[name] for name in names].count(None) != len(names) - 1:
        raise PydanticCustomError("one_of", "{names}", {"names": ", ".join(names)})


# --- progress -------------------------------------------------------------------------------------------------------


class Evidence(Statement):
    """The actual document that proves something, with its digest so that another cannot take its place."""

    url: str | Sealed | None = None
    document: str | Sealed | None = None
    sha256: Sha256 | None = None
    text: Said | None = None

    @model_validator(mode="after")
    def _is_something(self) -> "Evidence":
        if not (self.url or self.document):
            raise PydanticCustomError("one_of", "{names}", {"names": "url, document"})
        return self


class Report(Statement):
    """How far a thing is: a status in the plan's own scale, or *nothing to report* with a reason."""

    milestone: Id | None = None
    commitment: Id | None = None
    indicator: Id | None = None
    status: str | Absent | None = None
    nothing_to_report: Literal[True] | None = None
    as_at: Day | None = None
    """The day it speaks of; the report is shown as told when it was told."""
    count: Count | None = None
    of: Count | None = None
    what: Said | None = None
    text: Said | None = None
    challenge: Said | None = None
    next_step: Said | None = None
    evidence: tuple[Evidence, ...] = ()
    members: Count | None = None
    """Of a group: how many of its members say so. They are counted, never named."""
    listed: bool = False
    """The source only lists the item and says nothing of it; views fold such reports."""
    differs: Annotated[Sealed | dict[str, str], Field(union_mode="left_to_right")] | None = None
    """Where the source contradicts the plan: what differs, and how."""

    @model_validator(mode="after")
    def _says_something(self) -> "Report":
        one_of(self, "milestone", "commitment", "indicator")
        one_of(self, "status", "nothing_to_report")
        if self.nothing_to_report and not self.challenge:
            raise PydanticCustomError("reason_needed", "reason needed")
        return self

    @property
    def item(self) -> str:
        return self.milestone or self.commitment or self.indicator or ""


class Exhibit(Statement):
    """A piece of evidence for an item."""

    item: Id
    evidence: Evidence


class Measurement(Statement):
    indicator: Id
    value: Number | Absent
    as_at: Day | None = None
    text: Said | None = None


class Occurrence(Statement):
    """Something outside the plan happened; deadlines that count from it begin to run."""

    awaited: Id
    text: Said | None = None


# --- meetings -------------------------------------------------------------------------------------------------------


class Session(Statement):
    """A meeting that speaks for the bodies present in it: its own date, its minutes and their digest."""

    date: Day
    minutes: str | Sealed
    """The document that says so; the source of what is entered from it."""
    sha256: Sha256 | None = None
    present: Annotated[tuple[Id, ...], Field(min_length=1)]
    absent: tuple[Id, ...] = ()


class Stand(Statement):
    """A body's position as the minutes have it."""

    position: Literal["endorse", "oppose", "abstain"]
    reason: Said | None = None


def _stand(value: Any) -> Any:
    return {"position": value} if isinstance(value, str) else value


class DecidingSession(Session):
    """A meeting that decides. Who took a position was present, and need not be named twice."""

    positions: dict[Id, Annotated[Stand, BeforeValidator(_stand)]] = Field(default_factory=dict)

    @model_validator(mode="before")
    @classmethod
    def _present(cls, value: Any) -> Any:
        if isinstance(value, dict) and isinstance(value.get("positions"), dict) and not value.get("present"):
            return value | {"present": list(value["positions"])}
        return value


# --- learning -------------------------------------------------------------------------------------------------------


class Lesson(Statement):
    """What was learned, what it rests on, and whom it is for."""

    id: Id
    text: Said
    therefore: Said | None = None
    """What is to be done about it, where the lesson itself says so."""
    rests_on: tuple[CommandId, ...] = ()
    meant_for: Annotated[tuple[Literal["this_plan", "successor"], ...], Field(alias="for", min_length=1)] = (
        "this_plan",
    )


class Reflection(Statement):
    """A body's answers to the plan's questions for one cycle."""

    cycle: Annotated[int, Field(ge=1)] | None = None
    """The cycle it looks back on; the present one where absent."""
    answers: Annotated[dict[Id, Said], Field(min_length=1)]
    members: Count | None = None
    """Of a group: how many of its members answered so."""
    session: Session | None = None
    """The meeting that answered; it stands for all bodies present."""


class AssumptionTest(Statement):
    assumption: Id
    outcome: Literal["holding", "weakening", "failed"]
    text: Said | None = None
    rests_on: tuple[CommandId, ...] = ()


Level = Literal["high", "medium", "low", "none", "unknown"]


class PowerObservation(Statement):
    """Who holds power and how it shifts: the authority, acceptance and ability of problem-driven iterative adaptation.

    Restricted always; everything but whose power it is can be erased.
    """

    stakeholder: Id
    authority: Level | Sealed | None = None
    acceptance: Level | Sealed | None = None
    ability: Level | Sealed | None = None
    text: Said | None = None

    @model_validator(mode="after")
    def _says_something(self) -> "PowerObservation":
        if not (self.authority or self.acceptance or self.ability or self.text):
            raise PydanticCustomError("one_of", "{names}", {"names": "authority, acceptance, ability, text"})
        return self


# --- what others judge ----------------------------------------------------------------------------------------------


class Assessment(Statement):
    """How another body judges an item, or the whole plan, on a scale of its own."""

    item: Id | None = None
    """The whole plan where absent."""
    assessor: Text | None = None
    """Who judged, where that is no partner; the operator enters it from the document."""
    scale: Said | None = None
    """What the assessor's scale is called."""
    verdict: Said
    """A word of that scale."""
    as_at: Day | None = None
    text: Said | None = None


class Finding(Statement):
    """What an audit body found, and demands an answer to."""

    item: Id | None = None
    text: Said
    answer_by: Day | None = None


class FollowUp(Statement):
    """What became of a finding: its own statuses, which are none of the plan's."""

    finding: CommandId
    status: Literal["answered", "under_review", "partly_settled", "settled", "not_settled", "withdrawn"]
    text: Said | None = None


# --- errata ---------------------------------------------------------------------------------------------------------


class Mending(Statement):
    """What one entry says in one field, and what it should have said."""

    item: Id | None = None
    """The part of the plan, where the entry set one: a milestone, an indicator, ``problem``; else left out."""
    field: Annotated[str, Field(max_length=200)]
    says: Any
    should_say: Any

    @model_validator(mode="after")
    def _mends_something(self) -> "Mending":
        if self.says == self.should_say:
            raise PydanticCustomError("changes_nothing", "changes nothing")
        if self.says is None or self.should_say is None:
            raise PydanticCustomError("value_needed", "a value is needed")
        return self


# --- course corrections ---------------------------------------------------------------------------------------------


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
    rationale: SaidOrAbsent | None = None
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
    rationale: SaidOrAbsent
    changes: Annotated[tuple[Change, ...], Field(min_length=1, max_length=200)]
    takes_effect: Annotated[Literal["now", "next_cycle"] | Day, BeforeValidator(_moment)] = "now"


class Authority(Statement):
    """By what a decision is taken: a document with its number and date."""

    document: str | Sealed
    number: str | Sealed | None = None
    date: Day | None = None


class Position(Statement):
    """What a body thinks of one draft of a course correction. It does not carry over to the next draft."""

    correction: CommandId
    draft: Annotated[int, Field(ge=1)] = 1
    reason: Said | None = None


class Decision(Statement):
    correction: CommandId
    draft: Annotated[int, Field(ge=1)] = 1
    decision: Literal["adopted", "declined"]
    response: SaidOrAbsent
    """The reasoned response."""
    authority: Authority | Absent
    session: DecidingSession | None = None
    """The meeting that decided; its positions are those of the bodies present on this draft."""


class Explanation(Statement):
    """The reason for a course correction whose reason was published later than the decision."""

    correction: CommandId
    rationale: Said
    covers: tuple[Id, ...] = ()
    """The items whose changes it explains; all of them where empty."""

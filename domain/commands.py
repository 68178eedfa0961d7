"""What people ask of a plan. The spoken names are the names of the signals, and are never renamed.

Time, ids, people and chance arrive with the command: ``Asked`` says who asked and when it was accepted.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, ClassVar, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from domain.calendar import Day, Moment
from domain.definition import Definition, YesOrNo
from domain.door import Hours
from domain.entry import Phase, Source, Visibility
from domain.faults import Path
from domain.statements import (
    Assessment,
    AssumptionTest,
    Authority,
    Decision,
    Exhibit,
    Explanation,
    Finding,
    FollowUp,
    Lesson,
    Measurement,
    Mending,
    Occurrence,
    Position,
    PowerObservation,
    Proposal,
    Reflection,
    Report,
    Session,
)
from domain.text import Absent, CommandId, Count, Id, Said, Sealed, Text


class Command(BaseModel):
    """A request. The same id sent twice is done once."""

    model_config = ConfigDict(defer_build=True, frozen=True, extra="forbid", populate_by_name=True)

    id: CommandId
    on_behalf_of: Id | None = None
    """The body spoken for."""
    source: Source | None = None
    effective: Day | Moment | None = None
    """When it took effect, if that was before it was sent; a date means that day's end."""
    visibility: Visibility | None = None

    WORDS: ClassVar[tuple[str, ...]] = ()
    """Where it holds words of its sender's: what is sealed when it is restricted. ``*`` is every item of a list."""

    def words(self) -> Iterator[Path]:
        """The places of the words it does hold; nothing else of a restricted command can be sealed or erased."""
        if self.WORDS:
            for place in dict.fromkeys((*self.WORDS, "source.document", "source.url")):
                yield from _filled(self, place.split("."), ())


def _filled(value: Any, way: list[str], path: Path) -> Iterator[Path]:
    match value:
        case None | Absent() | Sealed():
            return
        case _ if not way:
            yield path
        case tuple():
            for index, item in enumerate(value):
                yield from _filled(item, way[1:], (*path, index))
        case dict():
            for key, item in value.items():
                yield from _filled(item, way[1:], (*path, key))
        case _:
            yield from _filled(getattr(value, way[0]), way[1:], (*path, way[0]))


class StartPlan(Command):
    command: Literal["start_plan"] = "start_plan"
    definition: Definition


class ReportProgress(Command, Report):
    command: Literal["report_progress"] = "report_progress"
    WORDS = (
        "what",
        "text",
        "challenge",
        "next_step",
        "differs",
        "evidence.*.document",
        "evidence.*.url",
        "evidence.*.text",
    )


class AttachEvidence(Command, Exhibit):
    command: Literal["attach_evidence"] = "attach_evidence"
    WORDS = ("evidence.document", "evidence.url", "evidence.text")


class MeasureIndicator(Command, Measurement):
    command: Literal["measure_indicator"] = "measure_indicator"
    WORDS = ("text",)


class RecordOccurrence(Command, Occurrence):
    command: Literal["record_occurrence"] = "record_occurrence"
    WORDS = ("text",)


class SubmitReflection(Command, Reflection):
    command: Literal["submit_reflection"] = "submit_reflection"
    lessons: tuple[Lesson, ...] = ()
    WORDS = ("answers.*", "lessons.*.text", "lessons.*.therefore", "session.minutes")


class RecordLesson(Command):
    command: Literal["record_lesson"] = "record_lesson"
    lesson: Lesson
    WORDS = ("lesson.text", "lesson.therefore")


class TestAssumption(Command, AssumptionTest):
    __test__ = False
    command: Literal["test_assumption"] = "test_assumption"
    WORDS = ("text",)


class ObservePower(Command, PowerObservation):
    command: Literal["observe_power"] = "observe_power"
    WORDS = ("authority", "acceptance", "ability", "text")


def _number(value: Any) -> Any:
    return int(value) if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 16 else value


EntryName = Annotated[Annotated[int, Field(ge=1)] | CommandId, BeforeValidator(_number)]
"""An entry by its number, or by the id of the command that led to it."""


class ContestEntry(Command):
    """Object to what was entered for one's body. The entry stays, and stops counting."""

    command: Literal["contest_entry"] = "contest_entry"
    entry: EntryName
    reason: Said
    WORDS = ("reason",)


class RecordErratum(Command, Mending):
    """Fix what was typed wrongly in an entry. Its id becomes the erratum's; its source is what already said so."""

    command: Literal["record_erratum"] = "record_erratum"
    entry: EntryName
    WORDS = ("source.document", "source.url")


class ConfirmErratum(Command):
    """Confirm an erratum on a promise, which another body wrote."""

    command: Literal["confirm_erratum"] = "confirm_erratum"
    erratum: CommandId


class ContestErratum(Command):
    """Object to an erratum. What it wanted has to come as a course correction."""

    command: Literal["contest_erratum"] = "contest_erratum"
    erratum: CommandId
    reason: Said
    WORDS = ("reason",)


class ProposeCorrection(Command, Proposal):
    """Propose a course correction. Its id becomes the course correction's.

    What it changes stays in clear even where it is restricted, because that becomes the plan; the reasons are sealed.
    """

    command: Literal["propose_correction"] = "propose_correction"
    WORDS = ("rationale", "changes.*.rationale")


class RedraftCorrection(Command, Proposal):
    """The author's next draft; positions on the last one do not carry over."""

    command: Literal["redraft_correction"] = "redraft_correction"
    correction: CommandId
    WORDS = ("rationale", "changes.*.rationale")


class EndorseCorrection(Command, Position):
    command: Literal["endorse_correction"] = "endorse_correction"
    WORDS = ("reason",)


class OpposeCorrection(Command, Position):
    command: Literal["oppose_correction"] = "oppose_correction"
    reason: Said
    WORDS = ("reason",)


class AbstainCorrection(Command, Position):
    command: Literal["abstain_correction"] = "abstain_correction"
    WORDS = ("reason",)


class ReturnCorrection(Command):
    """Give a draft back to its author for another."""

    command: Literal["return_correction"] = "return_correction"
    correction: CommandId
    draft: Annotated[int, Field(ge=1)] = 1
    reason: Said
    WORDS = ("reason",)


class WithdrawCorrection(Command):
    command: Literal["withdraw_correction"] = "withdraw_correction"
    correction: CommandId
    reason: Said | None = None
    WORDS = ("reason",)


class DecideCorrection(Command, Decision):
    command: Literal["decide_correction"] = "decide_correction"
    WORDS = (
        "response",
        "authority.document",
        "authority.number",
        "session.minutes",
        "session.positions.*.reason",
    )


class ExplainCorrection(Command, Explanation):
    command: Literal["explain_correction"] = "explain_correction"
    WORDS = ("rationale",)


class Convene(Command):
    """Open the next phase; or, after adaptation, the next cycle."""

    command: Literal["convene"] = "convene"
    phase: Phase
    until: Day | Moment | None = None
    """The last day on which answers count as in time."""
    text: Said | None = None


class ReopenPhase(Command):
    """Open again the phase that was closed last."""

    command: Literal["reopen_phase"] = "reopen_phase"
    reason: Said
    until: Day | Moment | None = None


class PausePlan(Command):
    command: Literal["pause_plan"] = "pause_plan"
    reason: Said


class ResumePlan(Command):
    command: Literal["resume_plan"] = "resume_plan"
    text: Said | None = None


class ClosePlan(Command):
    command: Literal["close_plan"] = "close_plan"
    reason: Said


class RecordAssessment(Command, Assessment):
    command: Literal["record_assessment"] = "record_assessment"
    WORDS = ("scale", "verdict", "text")


class RaiseFinding(Command, Finding):
    """Raise a finding. Its id becomes the finding's."""

    command: Literal["raise_finding"] = "raise_finding"
    WORDS = ("text",)


class FollowFinding(Command, FollowUp):
    command: Literal["follow_finding"] = "follow_finding"
    WORDS = ("text",)


class JoinPartner(Command):
    """A body begins to take part in the plan."""

    command: Literal["join_partner"] = "join_partner"
    body: Id
    name: Text
    audits: YesOrNo = False
    """Whether it may raise findings."""
    group: Count | Literal["unknown"] | None = None
    """Where it is a group: how many members it has. They are counted, never named."""


class LeavePartner(Command):
    """A body takes part no more, and has no successor."""

    command: Literal["leave_partner"] = "leave_partner"
    body: Id
    reason: Said


class SucceedPartner(Command):
    """Another body takes the place of one: its leads, its vote, its open proposals."""

    command: Literal["succeed_partner"] = "succeed_partner"
    body: Id
    successor: Id
    name: Text
    reason: Said | None = None


class Redact(Command):
    """Erase what was sealed in an entry. Its reason is public and stays."""

    command: Literal["redact"] = "redact"
    entry: Annotated[int, Field(ge=1)]
    """The entry's number; whatever else the command behind it sealed goes too."""
    reason: Text
    authority: Authority


AnyCommand = Annotated[
    StartPlan
    | ReportProgress
    | AttachEvidence
    | MeasureIndicator
    | RecordOccurrence
    | SubmitReflection
    | RecordLesson
    | TestAssumption
    | ObservePower
    | ContestEntry
    | RecordErratum
    | ConfirmErratum
    | ContestErratum
    | ProposeCorrection
    | RedraftCorrection
    | EndorseCorrection
    | OpposeCorrection
    | AbstainCorrection
    | ReturnCorrection
    | WithdrawCorrection
    | DecideCorrection
    | ExplainCorrection
    | Convene
    | ReopenPhase
    | PausePlan
    | ResumePlan
    | ClosePlan
    | RecordAssessment
    | RaiseFinding
    | FollowFinding
    | JoinPartner
    | LeavePartner
    | SucceedPartner
    | Redact,
    Field(discriminator="command"),
]


def session_of(command: Command) -> Session | None:
    """The meeting that speaks in a command, for all bodies present in it."""
    match command:
        case SubmitReflection(session=session) | DecideCorrection(session=session):
            return session
        case _:
            return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A command with who asked and when: all that a decision may look at besides the plan."""

    command: AnyCommand
    plan: str
    actor: str
    role: str
    on_behalf_of: str | None
    accepted_at: datetime
    """When it was accepted at the door. In time or late is judged by this, never by when somebody came to it."""
    open_hours: Hours | None = None
    """When the door was open; ``None`` where nobody keeps one."""

"""Progress: reports, evidence, measurements, and occurrences outside the plan."""

from datetime import date
from typing import Annotated, Literal

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from domain.kernel.command import Command
from domain.kernel.entry import Stamp
from domain.kernel.event import Event, Visibility, about
from domain.kernel.record import record
from domain.kernel.refused import refusals
from domain.kernel.statement import Sha256, Statement, one_of
from domain.kernel.text import Absent, Count, Id, Number, SealableText, Sealed
from domain.kernel.visibility import ByPolicy
from domain.plan_file.calendar import Day
from domain.plan_file.definition import Meaning


class Evidence(Statement):
    """A document that proves a statement, with its digest so that it cannot be replaced by another."""

    url: str | Sealed | None = None
    document: str | Sealed | None = None
    sha256: Sha256 | None = None
    text: SealableText | None = None

    @model_validator(mode="after")
    def _is_something(self) -> "Evidence":
        if not (self.url or self.document):
            raise PydanticCustomError("one_of", "{names}", {"names": "url, document"})
        return self


class Report(Statement):
    """The progress of an item: a status in the plan's own scale, or *nothing to report* with a reason."""

    milestone: Id | None = None
    commitment: Id | None = None
    indicator: Id | None = None
    status: str | Absent | None = None
    nothing_to_report: Literal[True] | None = None
    as_at: Day | None = None
    """The day that the report is about, if not the day of its effective time."""
    count: Count | None = None
    of: Count | None = None
    what: SealableText | None = None
    text: SealableText | None = None
    challenge: SealableText | None = None
    next_step: SealableText | None = None
    evidence: tuple[Evidence, ...] = ()
    members: Count | None = None
    """Of a group: how many of its members report this. They are counted, never named."""
    listed: bool = False
    """Whether the source lists the item without any statement about it. Views collapse such reports."""
    differs: Annotated[Sealed | dict[str, str], Field(union_mode="left_to_right")] | None = None
    """What the source says differently from the plan."""

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


class AttachedEvidence(Statement):
    """Evidence for an item."""

    item: Id
    evidence: Evidence


class Measurement(Statement):
    indicator: Id
    value: Number | Absent
    as_at: Day | None = None
    text: SealableText | None = None


class Occurrence(Statement):
    """An awaited event outside the plan happened. Deadlines that count from it begin to run."""

    awaited: Id
    text: SealableText | None = None


@record(frozen=True, slots=True)
class ReportedStatus:
    """The last report on an item that states a status."""

    at: Stamp
    status: str
    means: Meaning
    report: Report
    body: str | None
    source_day: date
    """The day that it is about: ``as_at``, or the day of its effective time."""
    visibility: Visibility = "public"


class ReportProgress(Command, Report):
    command: Literal["report_progress"] = "report_progress"
    VISIBILITY = ByPolicy("reports")
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


class AttachEvidence(Command, AttachedEvidence):
    command: Literal["attach_evidence"] = "attach_evidence"
    VISIBILITY = ByPolicy("evidence")
    MAY_BE_EARLIER = True
    WORDS = ("evidence.document", "evidence.url", "evidence.text")


class MeasureIndicator(Command, Measurement):
    command: Literal["measure_indicator"] = "measure_indicator"
    VISIBILITY = ByPolicy("reports")
    MAY_BE_EARLIER = True
    WORDS = ("text",)


class RecordOccurrence(Command, Occurrence):
    command: Literal["record_occurrence"] = "record_occurrence"
    VISIBILITY = ByPolicy("reports")
    MAY_BE_EARLIER = True
    WORDS = ("text",)


class ProgressReported(Event, Report):
    kind: Literal["progress_reported"] = "progress_reported"
    IS_ANSWER = True
    SUBJECT = about("item", "milestone", "commitment", "indicator")
    LISTED_BY_CYCLE = True
    IS_STATEMENT = True
    IS_GROUND = True
    CORRECTABLE = ("status", "as_at", "count", "of", "what", "text", "challenge", "next_step")


class EvidenceAttached(Event, AttachedEvidence):
    kind: Literal["evidence_attached"] = "evidence_attached"
    SUBJECT = about("item", "item")
    IS_STATEMENT = True
    IS_GROUND = True
    CORRECTABLE = ("evidence",)


class IndicatorMeasured(Event, Measurement):
    kind: Literal["indicator_measured"] = "indicator_measured"
    SUBJECT = about("item", "indicator")
    IS_STATEMENT = True
    IS_GROUND = True
    CORRECTABLE = ("value", "as_at", "text")


class OccurrenceRecorded(Event, Occurrence):
    kind: Literal["occurrence_recorded"] = "occurrence_recorded"
    SUBJECT = about("item", "awaited")
    IS_STATEMENT = True
    IS_GROUND = True
    CORRECTABLE = ("text",)


refusals(
    {
        "evidence_needed": "In this plan an item is not done without evidence. Attach evidence to {item}, or send it with the report.",
        "unknown_awaited": "The plan awaits no such event. The awaited events are: {known}.",
        "not_the_teller": "{body} may not declare {awaited}. These bodies may: {tellers}.",
        "already_declared": "{awaited} was declared before. `rumbo plan show` gives the day to those who may see it.",
        "as_at_in_the_future": "The day that the report is about has not come yet.",
    }
)

"""What happened. These kinds are the stored format: never rename one, never reuse one; lift old shapes in ``upcast``.

In the past tense, frozen, and without anything that can be derived.
"""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from domain.calendar import Day
from domain.definition import Definition, Partner
from domain.entry import Event, Phase
from domain.statements import (
    Assessment,
    AssumptionTest,
    Authority,
    Change,
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
    Sha256,
)
from domain.text import CommandId, Count, Said, Text

ClosedBy = Literal["clock", "convened", "answered", "closing"]
AskedFor = Literal["report", "reflection", "position"]


class PlanStarted(Event):
    kind: Literal["plan_started"] = "plan_started"
    definition: Definition
    live_from: datetime | None = None
    """The first moment that is not *entered afterwards*; ``None``: the whole history is."""
    SHAPES_THE_PLAN = True


# --- the loop -------------------------------------------------------------------------------------------------------


class PhaseOpened(Event):
    kind: Literal["phase_opened"] = "phase_opened"
    cycle: int
    phase: Phase
    closes_at: datetime | None = None
    """The first moment that is late; ``None`` until somebody convenes the next phase."""
    cycle_ends_at: datetime | None = None
    counted_from: Day | None = None
    """The day from which the cycles' ends are counted: what began on the 31st ends with every month."""
    text: Said | None = None
    SHAPES_THE_PLAN = True


class Counted(BaseModel):
    """How many of how many members of a group answered; never who."""

    model_config = ConfigDict(defer_build=True, frozen=True, extra="forbid")

    body: str
    answered: Count
    of: Count | Literal["unknown"]


class PhaseClosed(Event):
    kind: Literal["phase_closed"] = "phase_closed"
    cycle: int
    phase: Phase
    by: ClosedBy
    groups: tuple[Counted, ...] = ()
    """Of a reflection: how many of each group answered."""
    SHAPES_THE_PLAN = True


class PhaseReopened(Event):
    kind: Literal["phase_reopened"] = "phase_reopened"
    cycle: int
    phase: Phase
    reason: Said
    closes_at: datetime | None = None
    SHAPES_THE_PLAN = True


class SilenceRecorded(Event):
    """A body was asked and did not answer by the last day. About bodies, never about persons."""

    kind: Literal["silence_recorded"] = "silence_recorded"
    body: str
    asked_for: AskedFor
    about: tuple[str, ...] = ()
    """The items to report on, or the course correction that waited for a position."""
    cycle: int
    phase: Phase
    period: int | None = None
    """Of the reports' own rhythm, where they have one."""
    since: datetime
    until: datetime
    open_days: Count
    """On how many of the window's working days the door was open."""
    working_days: Count


class WindowNotHeld(Event):
    """A window ended unanswered, and nobody can be said to have kept silent: one could not have answered."""

    kind: Literal["window_not_held"] = "window_not_held"
    cycle: int
    phase: Phase
    period: int | None = None
    because: Literal["door_closed", "paused"]
    since: datetime
    until: datetime
    open_days: Count
    working_days: Count
    opens_at: datetime | None = None
    """From when its window is open again; ``None`` where somebody had convened the next phase or closed the plan."""
    closes_at: datetime | None = None
    cycle_ends_at: datetime | None = None
    SHAPES_THE_PLAN = True


class ReportsAsked(Event):
    """A period of the reports' own rhythm has ended: whoever leads something unfinished is asked to report on it."""

    kind: Literal["reports_asked"] = "reports_asked"
    period: int
    since: datetime
    """When the period began. A report since then is an answer."""
    closes_at: datetime
    SHAPES_THE_PLAN = True


class ReportsClosed(Event):
    kind: Literal["reports_closed"] = "reports_closed"
    period: int
    SHAPES_THE_PLAN = True


class PlanPaused(Event):
    kind: Literal["plan_paused"] = "plan_paused"
    reason: Said
    SHAPES_THE_PLAN = True


class PlanResumed(Event):
    """The plan goes on; what was to end is to end as much later as the pause was long."""

    kind: Literal["plan_resumed"] = "plan_resumed"
    text: Said | None = None
    closes_at: datetime | None = None
    cycle_ends_at: datetime | None = None
    reports_close_at: datetime | None = None
    SHAPES_THE_PLAN = True


class PlanClosed(Event):
    kind: Literal["plan_closed"] = "plan_closed"
    reason: Said
    awaited: tuple[str, ...] = ()
    """Events that nobody had declared."""
    open_items: tuple[str, ...] = ()
    """Milestones neither done nor stopped nor dropped."""
    unanswered: tuple[str, ...] = ()
    """Course corrections without a decision."""
    adopted: tuple[str, ...] = ()
    """Course corrections that were adopted and had not taken effect: they never will."""
    silent: tuple[str, ...] = ()
    """The bodies that never answered what they had been silent on."""
    findings: tuple[str, ...] = ()
    """Findings that were neither settled nor withdrawn."""
    lessons_for_successor: tuple[str, ...] = ()
    SHAPES_THE_PLAN = True


# --- what people say ------------------------------------------------------------------------------------------------


class ProgressReported(Event, Report):
    kind: Literal["progress_reported"] = "progress_reported"


class EvidenceAttached(Event, Exhibit):
    kind: Literal["evidence_attached"] = "evidence_attached"


class IndicatorMeasured(Event, Measurement):
    kind: Literal["indicator_measured"] = "indicator_measured"


class OccurrenceRecorded(Event, Occurrence):
    kind: Literal["occurrence_recorded"] = "occurrence_recorded"


class ReflectionSubmitted(Event, Reflection):
    kind: Literal["reflection_submitted"] = "reflection_submitted"
    cycle: int
    late: bool = False
    """The round it answers had closed."""


class LessonRecorded(Event, Lesson):
    kind: Literal["lesson_recorded"] = "lesson_recorded"


class AssumptionTested(Event, AssumptionTest):
    kind: Literal["assumption_tested"] = "assumption_tested"


class PowerObserved(Event, PowerObservation):
    kind: Literal["power_observed"] = "power_observed"


class EntryContested(Event):
    """A body says that an entry which somebody else entered for it does not speak for it."""

    kind: Literal["entry_contested"] = "entry_contested"
    entry: int
    reason: Said
    spoken_for: str | None = None
    """The body that it was entered for, where the one that contests is its successor."""


class AssessmentRecorded(Event, Assessment):
    kind: Literal["assessment_recorded"] = "assessment_recorded"


class FindingRaised(Event, Finding):
    kind: Literal["finding_raised"] = "finding_raised"
    finding: CommandId


class FindingFollowed(Event, FollowUp):
    kind: Literal["finding_followed"] = "finding_followed"


class ErratumRecorded(Event, Mending):
    """An entry says what was never meant. It mends the entry, and takes its time; a promise waits for a second body."""

    kind: Literal["erratum_recorded"] = "erratum_recorded"
    erratum: CommandId
    entry: int
    waits: bool = False


class ErratumConfirmed(Event):
    kind: Literal["erratum_confirmed"] = "erratum_confirmed"
    erratum: CommandId


class ErratumContested(Event):
    """A body objects to an erratum, which then has no effect."""

    kind: Literal["erratum_contested"] = "erratum_contested"
    erratum: CommandId
    reason: Said


# --- course corrections ---------------------------------------------------------------------------------------------


class CorrectionProposed(Event, Proposal):
    kind: Literal["correction_proposed"] = "correction_proposed"
    correction: CommandId


class CorrectionRedrafted(Event, Proposal):
    kind: Literal["correction_redrafted"] = "correction_redrafted"
    correction: CommandId
    draft: int


class PositionTaken(Event, Position):
    kind: Literal["position_taken"] = "position_taken"
    position: Literal["endorse", "oppose", "abstain"]


class CorrectionReturned(Event):
    kind: Literal["correction_returned"] = "correction_returned"
    correction: CommandId
    draft: int
    reason: Said


class CorrectionWithdrawn(Event):
    kind: Literal["correction_withdrawn"] = "correction_withdrawn"
    correction: CommandId
    reason: Said | None = None


class CorrectionDecided(Event, Decision):
    kind: Literal["correction_decided"] = "correction_decided"
    endorse: tuple[str, ...] = ()
    """The bodies as they were counted, the deciding one among them."""
    oppose: tuple[str, ...] = ()
    abstain: tuple[str, ...] = ()
    SHAPES_THE_PLAN = True


class CorrectionTookEffect(Event):
    """The plan has a new version. A change whose *from* no longer held is stale and was left out."""

    kind: Literal["correction_took_effect"] = "correction_took_effect"
    correction: CommandId
    applied: tuple[Change, ...] = ()
    stale: tuple[Change, ...] = ()
    SHAPES_THE_PLAN = True


class CorrectionExplained(Event, Explanation):
    kind: Literal["correction_explained"] = "correction_explained"


class CorrectionCarriedOver(Event):
    kind: Literal["correction_carried_over"] = "correction_carried_over"
    correction: CommandId
    owed_by: tuple[str, ...]
    """The bodies that owe an answer."""
    times: int


class CorrectionLapsed(Event):
    """Nobody answered for too long. That is not the same as declined."""

    kind: Literal["correction_lapsed"] = "correction_lapsed"
    correction: CommandId
    unanswered_by: tuple[str, ...]


# --- who takes part -------------------------------------------------------------------------------------------------


class PartnerJoined(Event):
    kind: Literal["partner_joined"] = "partner_joined"
    partner: Partner
    SHAPES_THE_PLAN = True


class PartnerLeft(Event):
    """A body takes part no more. What it led is led by nobody until a course correction says by whom."""

    kind: Literal["partner_left"] = "partner_left"
    body: str
    reason: Said
    without_lead: tuple[str, ...] = ()
    """The commitments and milestones that it led."""
    quorum: Annotated[int, Field(ge=1)] | None = None
    """The quorum from here on, where those who are left could not have met the old one."""
    adopts: Annotated[int, Field(ge=1)] | None = None
    """The endorsements that adopt from here on, where those who are left could not have given as many."""
    SHAPES_THE_PLAN = True


class PartnerSucceeded(Event):
    """A new body stands where another stood, and holds all that it held."""

    kind: Literal["partner_succeeded"] = "partner_succeeded"
    body: str
    successor: Partner
    reason: Said | None = None
    SHAPES_THE_PLAN = True


# --- what was erased -------------------------------------------------------------------------------------------------


class Erased(Event):
    """What was sealed in an entry can be opened by nobody any more. Entry, hash and plan stay as they were."""

    kind: Literal["erased"] = "erased"
    entry: Annotated[int, Field(ge=1)]
    """Its number; whatever else the command behind it sealed was erased too."""
    reason: Text
    authority: Authority


# --- what was refused -----------------------------------------------------------------------------------------------


class CommandRefused(Event):
    """A command changed nothing but this record. What it said is not kept."""

    kind: Literal["command_refused"] = "command_refused"
    command: str
    code: str
    params: dict[str, str] = Field(default_factory=dict)


class RefusedArrival(Event):
    name: str
    size: Count
    sha256: Sha256


class ArrivalsRefused(Event):
    """Signals that named no journalled command: how many, and the outlines of the first few."""

    kind: Literal["arrivals_refused"] = "arrivals_refused"
    count: Count
    first: tuple[RefusedArrival, ...] = ()


AnyEvent = Annotated[
    PlanStarted
    | PhaseOpened
    | PhaseClosed
    | PhaseReopened
    | SilenceRecorded
    | WindowNotHeld
    | ReportsAsked
    | ReportsClosed
    | PlanPaused
    | PlanResumed
    | PlanClosed
    | ProgressReported
    | EvidenceAttached
    | IndicatorMeasured
    | OccurrenceRecorded
    | ReflectionSubmitted
    | LessonRecorded
    | AssumptionTested
    | PowerObserved
    | EntryContested
    | AssessmentRecorded
    | FindingRaised
    | FindingFollowed
    | ErratumRecorded
    | ErratumConfirmed
    | ErratumContested
    | CorrectionProposed
    | CorrectionRedrafted
    | PositionTaken
    | CorrectionReturned
    | CorrectionWithdrawn
    | CorrectionDecided
    | CorrectionTookEffect
    | CorrectionExplained
    | CorrectionCarriedOver
    | CorrectionLapsed
    | PartnerJoined
    | PartnerLeft
    | PartnerSucceeded
    | CommandRefused
    | ArrivalsRefused
    | Erased,
    Field(discriminator="kind"),
]

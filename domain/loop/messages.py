"""The loop: starting, phases, rounds, silences, pauses and the close of a plan."""

from collections.abc import Mapping
from dataclasses import field
from datetime import datetime, timedelta
from typing import Literal

from pydantic import BaseModel, ConfigDict

from domain.kernel.command import Command
from domain.kernel.entry import Stamp
from domain.kernel.event import Event, Phase, about
from domain.kernel.record import record
from domain.kernel.refused import refusals
from domain.kernel.text import Count, SealableText
from domain.plan_file.calendar import Day, Moment
from domain.plan_file.definition import Definition


@record(frozen=True, slots=True)
class Round:
    """What a phase of a cycle, or a period of the reporting rhythm, asks of which bodies, and until when."""

    cycle: int
    phase: Phase
    opened_at: datetime
    closes_at: datetime | None = None
    asked: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """The bodies asked to report when it opened, each with the items."""
    since: datetime | None = None
    """From when its window counts, if the phase was reopened or the window was not held and reopened."""
    pauses: tuple[tuple[datetime, datetime], ...] = ()
    """The pauses of the plan during it."""
    over: bool = False
    """Whether its last day has ended."""
    period: int | None = None
    """Of the reporting rhythm: the number of its period. Cycle and phase are then those in which it opened."""
    reports_on: datetime | None = None
    """When that period began. A report since then is an answer."""

    @property
    def counts_from(self) -> datetime:
        """When its window began."""
        return self.since or self.opened_at

    @property
    def paused(self) -> timedelta:
        """How long the plan was paused during it."""
        return sum((ended - begun for begun, ended in self.pauses), timedelta())


@record(frozen=True, slots=True)
class Silence:
    body: str
    asked_for: Literal["report", "reflection", "position"]
    about: tuple[str, ...]
    cycle: int
    phase: Phase
    period: int | None
    until: datetime
    open_days: int
    working_days: int
    answers: tuple[Stamp, ...] = ()
    """The entries that answered it late, in the order of recording."""

    @property
    def answered_late(self) -> datetime | None:
        """Effective time of the first late answer."""
        return self.answers[0][0] if self.answers else None


class StartPlan(Command):
    command: Literal["start_plan"] = "start_plan"
    CLASS = "steering"
    CHECKS_ITSELF = True
    definition: Definition


class Convene(Command):
    """Open the next phase or, after adaptation, the next cycle."""

    command: Literal["convene"] = "convene"
    CLASS = "steering"
    phase: Phase
    until: Day | Moment | None = None
    """The last day on which answers count as in time."""
    text: SealableText | None = None


class ReopenPhase(Command):
    """Reopen the phase that was closed last."""

    command: Literal["reopen_phase"] = "reopen_phase"
    CLASS = "steering"
    reason: SealableText
    until: Day | Moment | None = None


class PausePlan(Command):
    command: Literal["pause_plan"] = "pause_plan"
    CLASS = "steering"
    reason: SealableText


class ResumePlan(Command):
    command: Literal["resume_plan"] = "resume_plan"
    CLASS = "steering"
    text: SealableText | None = None


class ClosePlan(Command):
    command: Literal["close_plan"] = "close_plan"
    CLASS = "steering"
    reason: SealableText


ClosedBy = Literal["clock", "convened", "answered", "closing"]


AskedFor = Literal["report", "reflection", "position"]


class PlanStarted(Event):
    kind: Literal["plan_started"] = "plan_started"
    SUBJECT = about("plan", otherwise="plan")
    definition: Definition
    live_from: datetime | None = None
    """The first moment that is not *entered afterwards*; ``None``: the whole history is."""
    SHAPES_THE_PLAN = True


class PhaseOpened(Event):
    kind: Literal["phase_opened"] = "phase_opened"
    cycle: int
    phase: Phase
    closes_at: datetime | None = None
    """The first moment that is late; ``None`` until the operator convenes the next phase."""
    cycle_ends_at: datetime | None = None
    counted_from: Day | None = None
    """The day from which the ends of cycles are counted: a cycle begun on the 31st ends with every month."""
    text: SealableText | None = None
    SHAPES_THE_PLAN = True


class GroupCount(BaseModel):
    """How many members of a group answered, of how many; never who."""

    model_config = ConfigDict(defer_build=True, frozen=True, extra="forbid")

    body: str
    answered: Count
    of: Count | Literal["unknown"]


class PhaseClosed(Event):
    kind: Literal["phase_closed"] = "phase_closed"
    cycle: int
    phase: Phase
    by: ClosedBy
    groups: tuple[GroupCount, ...] = ()
    """Of a reflection: for each group, how many members answered."""
    SHAPES_THE_PLAN = True


class PhaseReopened(Event):
    kind: Literal["phase_reopened"] = "phase_reopened"
    cycle: int
    phase: Phase
    reason: SealableText
    closes_at: datetime | None = None
    SHAPES_THE_PLAN = True


class SilenceRecorded(Event):
    """A body was asked and did not answer in time. Never about a person."""

    kind: Literal["silence_recorded"] = "silence_recorded"
    body: str
    asked_for: AskedFor
    about: tuple[str, ...] = ()
    """The items to report on, or the course correction that waited for a position."""
    cycle: int
    phase: Phase
    period: int | None = None
    """The period of the reporting rhythm, if reports have their own."""
    since: datetime
    until: datetime
    open_days: Count
    """On how many of the window's working days the system could take answers."""
    working_days: Count


class WindowNotHeld(Event):
    """A window ended unanswered because of a pause or of too little availability, so no silence is recorded."""

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
    """When its window reopens; ``None`` if a person had convened the next phase or closed the plan."""
    closes_at: datetime | None = None
    cycle_ends_at: datetime | None = None
    SHAPES_THE_PLAN = True


class ReportsAsked(Event):
    """A period of the reporting rhythm has ended: bodies that lead unfinished items are asked to report."""

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
    reason: SealableText
    SHAPES_THE_PLAN = True


class PlanResumed(Event):
    """The plan goes on. Every end moves on by the length of the pause."""

    kind: Literal["plan_resumed"] = "plan_resumed"
    text: SealableText | None = None
    closes_at: datetime | None = None
    cycle_ends_at: datetime | None = None
    reports_close_at: datetime | None = None
    SHAPES_THE_PLAN = True


class PlanClosed(Event):
    kind: Literal["plan_closed"] = "plan_closed"
    reason: SealableText
    awaited: tuple[str, ...] = ()
    """Awaited events that were not declared."""
    open_items: tuple[str, ...] = ()
    """Milestones neither done nor stopped nor dropped."""
    unanswered: tuple[str, ...] = ()
    """Course corrections without a decision."""
    adopted: tuple[str, ...] = ()
    """Course corrections that were adopted and will never take effect."""
    silent: tuple[str, ...] = ()
    """The bodies with a silence that has no late answer."""
    findings: tuple[str, ...] = ()
    """Findings that were neither settled nor withdrawn."""
    lessons_for_successor: tuple[str, ...] = ()
    SHAPES_THE_PLAN = True


refusals(
    {
        "already_started": "A plan {plan} was started before, and the name of a plan is used only once. Choose another name.",
        "plan_paused": "The plan is paused. Resume it first.",
        "not_paused": "The plan is not paused, so it cannot be resumed.",
        "not_next_phase": "The plan is in {phase} of cycle {cycle}; the next phase is {next}.",
        "nothing_to_reopen": "No phase of this cycle has just been closed, so none can be reopened.",
        "until_needed": "This plan follows its calendar, so a reopened phase needs a last day: add `until`.",
        "other_plan": "The plan file names another plan than {plan}. Send it under the name in the file.",
    }
)

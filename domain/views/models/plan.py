"""A plan as it stands, or stood."""

from datetime import date, datetime
from typing import Annotated, Literal

from pydantic import Field

from domain.kernel.event import Phase, Visibility
from domain.views.models.annotations import AnnotatedView, ContestedEntryView, ErratumView, MendedEntryView
from domain.views.models.correction import CorrectionView, GroundsView
from domain.views.models.parts import (
    ApprovedPart,
    AssumptionPart,
    AwaitedPart,
    CommitmentFields,
    DeadlinePart,
    IndicatorPart,
    Meaning,
    MilestoneFields,
    PartnerPart,
    PolicyPart,
    ProblemPart,
    ScaleWordPart,
    SourceView,
    WordsPart,
)
from domain.views.models.view import AbsentView, NumberText, PlanText, SealedView, StatedText, View, WithheldView

PlanStatus = Literal["unknown", "open", "paused", "closed"]
"""``unknown`` until a plan has been started."""

Level = Literal["high", "medium", "low", "none", "unknown"]


class PartnerView(PartnerPart):
    """A body that takes part in the plan."""

    since: datetime | None
    """Since when it takes part; null for since the start."""


class FormerPartnerView(PartnerPart):
    """A body that takes part no more."""

    left_at: datetime
    successor: str | None
    """The body that took over from it."""


class AssessmentView(View):
    """How another body judges an item, or the whole plan, on a scale of its own."""

    body: str | None
    """The body that judged; null where ``assessor`` names who did."""
    at: datetime
    """When the assessment took effect."""
    after_closing: bool
    """Whether that was after the plan was closed."""
    item: str | None = None
    """What is judged; the whole plan where missing."""
    assessor: PlanText | None = None
    """Who judged, where that is no partner."""
    scale: StatedText | None = None
    """What the assessor's scale is called."""
    verdict: StatedText
    """A word of that scale."""
    as_at: date | None = None
    """The day it speaks of."""
    text: StatedText | None = None


class StandingView(View):
    """What was reported of an item last. Where nothing was, or it is withheld, only the first four fields are there."""

    status: str
    """A word of the plan's own scale; ``not_reported`` where none was ever stated, ``withheld`` from this reader."""
    means: Meaning | None
    """What that word stands for."""
    reported_by: str | None
    """The body that reported it."""
    as_at: date | None
    """The day that the report speaks of."""
    told_at: datetime | None = None
    """When the report took effect."""
    after_closing: bool | None = None
    """Whether that was after the plan was closed."""
    count: int | None = None
    """How many of ``what`` are done."""
    of: int | None = None
    """Out of how many."""
    what: StatedText | None = None
    text: StatedText | None = None


class MilestoneView(AnnotatedView, StandingView, MilestoneFields):
    """A milestone with its deadline and what was reported of it."""

    deadline: DeadlinePart | None
    """The deadline as the plan has it."""
    due: date | None
    """The day on which it falls; null while it waits for something, where it recurs, and where there is none."""
    next: date | None
    """The next day of a recurring deadline."""
    waiting: bool
    """Whether the deadline counts from something that has not happened yet."""
    overdue: bool
    """Whether its day has ended and it is neither done nor stopped nor dropped."""
    lead: str | None
    """The body that leads it: its own lead, or else the commitment's."""
    evidence: int
    """How many pieces of evidence there are for it."""
    assessed: tuple[AssessmentView, ...]
    """What others judge of it."""
    introduced: datetime | None
    """Since when it exists."""
    dropped: datetime | None
    """Since when it is dropped."""


class CommitmentView(AnnotatedView, StandingView, CommitmentFields):
    """A commitment with its milestones and what was reported of it."""

    assessed: tuple[AssessmentView, ...]
    """What others judge of it."""
    dropped: datetime | None
    """Since when it is dropped."""
    milestones: tuple[MilestoneView, ...]


class MeasurementView(View):
    """A measured value of an indicator."""

    indicator: str
    value: NumberText | AbsentView
    as_at: date | None = None
    """The day it speaks of."""
    text: StatedText | None = None


class IndicatorView(AnnotatedView, IndicatorPart):
    """An indicator and its last measurement."""

    measured: MeasurementView | None
    """Null where there is none that the reader may see."""


class AssumptionTestView(GroundsView):
    """Whether an assumption was found to hold."""

    assumption: str
    outcome: Literal["holding", "weakening", "failed"]
    text: StatedText | None = None


class AssumptionView(AnnotatedView, AssumptionPart):
    """An assumption and its last test."""

    test: AssumptionTestView | None
    """Null where there is none that the reader may see."""


class AwaitedView(AnnotatedView, AwaitedPart):
    """An awaited event."""

    happened: date | WithheldView | None
    """The day on which it happened; null before."""


class FollowUpView(View):
    """A step in the follow-up of a finding."""

    status: str
    """``answered``, ``under_review``, ``partly_settled``, ``settled``, ``not_settled`` or ``withdrawn``."""
    body: str | None
    at: datetime
    text: StatedText | None
    visibility: Visibility


class FindingView(View):
    """What an audit body found, with its own follow-up, which is no status of the plan."""

    id: str
    item: str | None = None
    """What it is about; the whole plan where missing."""
    text: StatedText
    answer_by: date | None = None
    raised_by: str | None
    """The body that raised it; null where the operator entered it."""
    raised_at: datetime
    status: str
    """That of the last follow-up; ``open`` before the first."""
    follow_ups: tuple[FollowUpView, ...]


class LessonView(AnnotatedView, GroundsView):
    """What was learned, what it rests on, and for whom."""

    id: str
    text: StatedText
    therefore: StatedText | None = None
    """What is to be done about it, where the lesson itself says so."""
    meant_for: Annotated[tuple[Literal["this_plan", "successor"], ...], Field(alias="for")]


class LessonsView(View):
    """The lessons of a plan that the reader may see."""

    lessons: tuple[LessonView, ...]


class PowerView(View):
    """Who holds power over the plan and how it shifts; restricted always."""

    stakeholder: str
    authority: Level | SealedView | None = None
    acceptance: Level | SealedView | None = None
    ability: Level | SealedView | None = None
    text: StatedText | None = None


class SilenceView(View):
    """A body was asked and did not answer while it could have."""

    body: str
    asked_for: Literal["report", "reflection", "position"]
    about: tuple[str, ...]
    """The ids of what it was asked about."""
    cycle: int
    phase: Phase
    period: int | None
    """The period of the reports' own rhythm; null where the cycle asked."""
    until: datetime
    """When the window closed."""
    open_days: int
    """How many days of the window the system could take answers."""
    working_days: int
    """How many of them were working days."""
    answered_late: datetime | None
    """When the body answered after all."""
    answered_by: int | None
    """The number of the entry that did."""


class ReportsAskedView(View):
    """The window of the reports' own rhythm that is open now."""

    period: int | None
    """Which period of the rhythm is asked about."""
    since: datetime | None
    """When that period began."""
    closes_at: datetime | None
    """When the window closes."""


class PlanHeadView(View):
    """What of the plan itself stands on every page about it."""

    id: str
    title: PlanText
    status: PlanStatus
    version: int
    """The number of the plan's last entry."""
    timezone: str
    """An IANA time zone; the plan's days begin and end there."""
    cycle: int
    """The present cycle, from 1; 0 before the first."""
    phase: Phase | None
    phase_closes_at: datetime | None
    """When the present phase closes; null where no moment is set, and while the plan is paused or closed."""
    phase_over: bool
    """Whether the phase's last day has ended and the next phase has not been convened."""
    reports_asked: ReportsAskedView | None
    """The window of the reports' own rhythm that is open now."""
    reports_period: int | None
    """The period of that rhythm that a report of now is for; null where there is no such rhythm."""


class PlanView(PlanHeadView):
    """A plan as it stands, or stood."""

    revision: int
    """How often the plan's shape was set: *plan version 4*."""
    illustrative: bool
    """Whether it is an example: every view says so."""
    live_from: datetime | None
    """From when the record was kept as things happened; null where the whole history was entered afterwards."""
    entered_afterwards: bool
    """Whether the whole history was entered afterwards, from sources."""
    words: WordsPart
    scale: dict[str, ScaleWordPart]
    """The plan's own status words."""
    questions: dict[str, PlanText]
    """What a reflection asks, by id."""
    triggers: dict[str, PlanText]
    """What may give cause for a course correction, by id."""
    source: SourceView | None
    """Where a plan that was entered afterwards was published."""
    approved: ApprovedPart | None
    problem: ProblemPart
    mended: tuple[MendedEntryView, ...]
    """The errata in effect on the plan's own words and on its problem."""
    partners: tuple[PartnerView, ...]
    former_partners: tuple[FormerPartnerView, ...]
    commitments: tuple[CommitmentView, ...]
    indicators: tuple[IndicatorView, ...]
    assumptions: tuple[AssumptionView, ...]
    awaited: tuple[AwaitedView, ...]
    corrections: tuple[CorrectionView, ...]
    """In the order in which they were proposed."""
    assessments: tuple[AssessmentView, ...]
    """All of them: of the items and of the whole plan."""
    findings: tuple[FindingView, ...]
    lessons: tuple[LessonView, ...]
    power: tuple[PowerView, ...]
    """The last observation of each stakeholder; empty for readers who may not see what is restricted."""
    silences: tuple[SilenceView, ...]
    policy: PolicyPart
    contested: tuple[ContestedEntryView, ...]
    """Every contested entry that the reader may see."""
    errata: tuple[ErratumView, ...]
    """Every erratum that the reader may see."""
    refused: int
    """How many commands the plan has refused."""

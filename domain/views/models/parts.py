"""The parts of a plan as its plan file writes them. A key that was left out is missing, unless it has a default."""

from datetime import date as Day
from typing import Annotated, Literal

from pydantic import Field, JsonValue

from domain.kernel.event import Visibility
from domain.views.models.view import (
    AbsentView,
    DayText,
    NumberText,
    PlanText,
    PlanTextOrAbsent,
    SealableString,
    SpanText,
    StatedTextOrAbsent,
    View,
)

Meaning = Literal["not_started", "under_way", "waiting", "done", "stopped"]
"""What a plan's own status words stand for."""

ChangeKind = Literal["add", "drop", "reschedule", "retarget", "reassign", "refine", "reframe", "change_the_policy"]
"""The name of a change. It follows from what the change touches and is never chosen."""


class SourceView(View):
    """The document that says so."""

    document: SealableString
    """What the document is called."""
    date: DayText | None = None
    """The source's own date, as it writes it."""
    url: SealableString | None = None
    """Where the document was published."""
    sha256: str | None = None
    """The document's digest, in hex."""


class CausePart(View):
    """A cause of the plan's problem."""

    id: str
    text: PlanText


class ProblemPart(View):
    """What the plan is for."""

    statement: PlanTextOrAbsent
    """What is wrong."""
    who_suffers: PlanText | None = None
    """Who bears it."""
    causes: tuple[CausePart, ...]
    """Why it is so, as far as the plan says."""
    solved_when: PlanText | None = None
    """By what one would notice that it is solved."""


class PartnerPart(View):
    """A body or office that takes part in the plan; never a person."""

    id: str
    name: PlanText
    decides: bool
    """Whether it may take a position on a course correction."""
    audits: bool
    """Whether it may raise findings."""
    group: Literal["unknown"] | int | None = None
    """How many members a group has; missing for a body that is none."""


class RecurringDeadlinePart(View):
    """A deadline that comes again and again."""

    every: SpanText
    """How often."""
    day: int | None = None
    """The day of the month."""
    start: Annotated[Day | None, Field(alias="from")] = None
    """The day from which it is counted; the plan's start where missing."""
    until: Day | None = None
    """After this day it comes no more."""


class RelativeDeadlinePart(View):
    """A deadline so many days after a milestone is done or an awaited event is declared."""

    after: str
    """The milestone or awaited event."""
    days: int | None = None
    """Calendar days; or else ``working_days`` is given."""
    working_days: int | None = None
    """Working days of the plan's calendar."""


DeadlinePart = Annotated[
    str | RecurringDeadlinePart | RelativeDeadlinePart | AbsentView, Field(examples=["2027-06-30", "2027-06"])
]
"""A day, a month, a recurrence, some days after something happened, or the reason why there is none."""


class CountsPart(View):
    """What a milestone counts."""

    of: PlanText


class MilestoneFields(View):
    """What a milestone has in the plan file and in a view of the plan."""

    id: str
    deliverable: PlanText
    """What will be there when it is done."""
    stated: PlanText | None = None
    """The plan's own words for the deadline."""
    proof: PlanText | None = None
    """The means of verification."""
    measure: PlanTextOrAbsent | None = None
    """How one tells how far it is."""
    counts: CountsPart | None = None
    """What is counted on the way to it."""
    supporting: Annotated[tuple[str, ...], Field(alias="with")]
    """The bodies that help."""
    note: PlanText | None = None


class MilestonePart(MilestoneFields):
    """One verifiable deliverable."""

    due: DeadlinePart | None = None
    """Its deadline."""
    lead: str | None = None
    """The body that leads it, where that is not the commitment's."""


class CommitmentFields(View):
    """What a commitment has in the plan file and in a view of the plan, but for its milestones."""

    id: str
    title: PlanText
    lead: str | None = None
    """The body that leads it."""
    supporting: Annotated[tuple[str, ...], Field(alias="with")]
    """The bodies that help."""
    addresses: tuple[str, ...]
    """The causes of the problem that it addresses."""
    because: PlanText | None = None
    """Why keeping it would help with the problem."""
    note: PlanText | None = None


class CommitmentPart(CommitmentFields):
    """A promise made of milestones."""

    milestones: tuple[MilestonePart, ...] = ()
    """Missing where only the commitment's own fields are meant."""


class PointPart(View):
    """A value of an indicator, and of which day."""

    value: NumberText
    date: DayText | None = None


class IndicatorPart(View):
    """Something that is measured to tell how far the plan, or one commitment, has come."""

    id: str
    of: str | None = None
    """The commitment it tells of; of the whole plan where missing."""
    name: PlanText
    unit: PlanText | None = None
    baseline: PointPart | AbsentView | None = None
    """The value before the plan."""
    target: PointPart | AbsentView | None = None
    """The value that the plan promises."""


class AssumptionPart(View):
    """What must hold for the plan to work."""

    id: str
    text: PlanText
    watch: str | None = None
    """The indicator by which one would notice that it does not hold."""
    weak_below: NumberText | None = None
    """It weakens where the indicator falls below this value."""
    weak_above: NumberText | None = None
    """It weakens where the indicator rises above this value."""


class AwaitedPart(View):
    """Something outside the plan that a body will declare."""

    id: str
    what: PlanText
    told_by: tuple[str, ...]
    """The bodies that may declare it."""


class ScaleWordPart(View):
    """One status word of the plan's own scale."""

    means: Meaning
    label: PlanText | None = None


class WordsPart(View):
    """What this plan calls things, where it has words of its own."""

    commitment: PlanText | None = None
    milestone: PlanText | None = None
    cycle: PlanText | None = None


class ApprovedPart(View):
    """By whom and when the plan was approved."""

    date: Day
    minutes: PlanText | None = None
    by: tuple[str, ...]
    """The bodies that approved it."""


class ClockedCyclePart(View):
    """A cycle driven by the clock."""

    every: SpanText
    reflection: SpanText
    """How long its reflection lasts, at its end."""
    adaptation: SpanText
    """How long its adaptation lasts, at its end."""
    early: bool
    """Whether a phase ends as soon as everyone asked has answered."""


class ReportRhythmPart(View):
    """How often reports are asked for apart from the cycle."""

    every: SpanText
    within: SpanText
    """How long a report may take."""


class DecisionsPart(View):
    """How a course correction is decided."""

    bodies: tuple[str, ...]
    """Who may take a position; where empty the partners that decide, and all of them where none does."""
    quorum: int | None = None
    """How many bodies must have taken a position; more than half where missing."""
    adopts: Literal["majority", "consensus"] | int
    """What adopts it: a majority, consensus, or so many endorsements."""
    unanswered_after_cycles: int
    """After so many cycles without an answer it lapses."""


class VisibilitiesPart(View):
    """Who may see what, unless a command says less."""

    reports: Visibility
    corrections: Visibility
    reflections: Visibility
    evidence: Visibility


class AmendmentWindowPart(View):
    """The days in which the plan may be amended."""

    first: Annotated[Day, Field(alias="from")]
    until: Day


class PolicyPart(View):
    """The rules that a plan lives by."""

    cycle: Literal["convened", "answered"] | ClockedCyclePart
    """Phases change when the operator convenes, when everyone asked has answered, or by the clock."""
    reports: ReportRhythmPart | None = None
    """The reports' own rhythm; missing where they are asked for once a cycle."""
    closed_days: tuple[str, ...]
    """Days, or ranges of days (``2027-03-22/2027-04-02``), that are no working days."""
    decisions: DecisionsPart
    done_needs: Literal["evidence", "nothing"]
    """What a report must have to state that a milestone is done."""
    visibility: VisibilitiesPart
    amendment_window: AmendmentWindowPart | None = None


class NamingPart(View):
    """The plan's own words."""

    title: PlanText
    words: WordsPart
    questions: dict[str, PlanText]


class AdditionPart(View):
    """Something new in the plan: one thing, and of a milestone its commitment."""

    commitment: str | CommitmentPart | None = None
    """A new commitment; or the id of the one that gets a new milestone."""
    milestone: MilestonePart | None = None
    indicator: IndicatorPart | None = None
    assumption: AssumptionPart | None = None
    awaited: AwaitedPart | None = None
    cause: CausePart | None = None


class ChangePart(View):
    """One change of the plan: ``add`` something, ``drop`` something, or set a field of an item."""

    add: AdditionPart | None = None
    drop: str | None = None
    """The id of the item that is dropped."""
    item: str | None = None
    """The id of the item of which a field is set; or ``problem``, ``policy``, ``plan``."""
    field: str | None = None
    """The field that is set, with dots for a field within it."""
    was: Annotated[JsonValue, Field(alias="from")] = None
    """The field's value before; missing where it had none."""
    shall_be: Annotated[JsonValue, Field(alias="to")] = None
    """The field's value after; missing where it is taken away."""
    rationale: StatedTextOrAbsent | None = None
    """Why, where this change has a reason of its own."""

    @property
    def kind(self) -> ChangeKind:
        """The name of the change."""
        if self.add:
            return "add"
        return "drop" if self.drop else field_change_kind(self.item, self.field)


def field_change_kind(item: str | None, field: str | None) -> ChangeKind:
    """The name of a change that sets a field of an item."""
    match item, field:
        case "problem", _:
            return "reframe"
        case "policy", _:
            return "change_the_policy"
        case _, "due" | "stated":
            return "reschedule"
        case _, "target":
            return "retarget"
        case _, "lead" | "with":
            return "reassign"
        case _:
            return "refine"

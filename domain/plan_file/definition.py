"""The plan file: what a plan promises, and the rules it lives by.

Read from YAML in which every scalar is text; only ``plan``, ``title``, ``problem.statement``, one body and one
commitment are required. ``domain.check`` finds what no single key can show. A running plan's definition is changed by
course corrections alone.
"""

from collections.abc import Iterator
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field
from pydantic_core import PydanticCustomError

from domain.kernel.event import Source, Visibility
from domain.kernel.text import Absent, Count, Id, Number, PlanId, Text
from domain.plan_file.calendar import Calendar, Day, Days, Span, calendar
from domain.plan_file.deadlines import Deadline

Meaning = Literal["not_started", "under_way", "waiting", "done", "stopped"]
"""What a plan's own status words stand for."""


class _Part(BaseModel):
    model_config = ConfigDict(defer_build=True, frozen=True, extra="forbid", populate_by_name=True)


def _yes_or_no(value: Any) -> Any:
    match value:
        case bool():
            return value
        case "yes" | "true" | "sí" | "si":
            return True
        case "no" | "false":
            return False
        case _:
            raise PydanticCustomError("yes_or_no", "{given}", {"given": str(value)[:40]})


YesOrNo = Annotated[bool, BeforeValidator(_yes_or_no)]


def _statement(value: Any) -> Any:
    return Absent.model_validate(value) if isinstance(value, dict) and set(value) == {"absent"} else value


TextOrAbsent = Annotated[Absent | Text, BeforeValidator(_statement)]


class Cause(_Part):
    id: Id
    text: Text


class Problem(_Part):
    """What the plan is for. Its framing may change; each framing is kept by the record."""

    statement: TextOrAbsent
    who_suffers: Text | None = None
    causes: tuple[Cause, ...] = ()
    solved_when: Text | None = None


class Partner(_Part):
    """A body or office, never a person. A group has a size, and is counted, not named."""

    id: Id
    name: Text
    decides: YesOrNo = False
    audits: YesOrNo = False
    """Whether it may raise findings."""
    group: Count | Literal["unknown"] | None = None


class Stakeholder(_Part):
    """Someone with power over the plan who is no partner of it. What is observed of them is restricted."""

    id: Id
    name: Text


class Awaited(_Part):
    """Something outside the plan that somebody will declare; deadlines may count from it."""

    id: Id
    what: Text
    told_by: Annotated[tuple[Id, ...], BeforeValidator(lambda value: (value,) if isinstance(value, str) else value)]


class Point(_Part):
    value: Number
    date: Day | None = None


class Indicator(_Part):
    id: Id
    of: Id | None = None
    """The commitment it tells of; of the whole plan where absent."""
    name: Text
    unit: Text | None = None
    baseline: Point | Absent | None = None
    target: Point | Absent | None = None


class Assumption(_Part):
    """What must hold for the plan to work, and how one would notice that it does not."""

    id: Id
    text: Text
    watch: Annotated[Id, Field(description="an indicator")] | None = None
    weak_below: Number | None = None
    weak_above: Number | None = None


class Counts(_Part):
    """Something the milestone counts: ``{of: municipalities}``. A count is not a measurement of an indicator."""

    of: Text


class Milestone(_Part):
    """One verifiable deliverable."""

    id: Id
    deliverable: Text
    due: Deadline | None = None
    stated: Text | None = None
    """The plan's own words for the deadline."""
    proof: Text | None = None
    """The means of verification."""
    measure: TextOrAbsent | None = None
    counts: Counts | None = None
    lead: Id | None = None
    """Where it differs from the commitment's."""
    supporting: Annotated[tuple[Id, ...], Field(alias="with")] = ()
    note: Text | None = None


class Commitment(_Part):
    """A promise made of milestones."""

    id: Id
    title: Text
    lead: Id | None = None
    supporting: Annotated[tuple[Id, ...], Field(alias="with")] = ()
    addresses: tuple[Id, ...] = ()
    because: Text | None = None
    """Why keeping it would help with the problem."""
    note: Text | None = None
    milestones: tuple[Milestone, ...] = ()


class ScaleWord(_Part):
    means: Meaning
    label: Text | None = None


class Cycle(_Part):
    """A cycle driven by the clock. Reflection and adaptation are its last days, so a quarterly plan stays quarterly."""

    every: Span
    reflection: Span
    adaptation: Span
    early: YesOrNo = False
    """Whether a phase ends as soon as everyone asked has answered."""


class Rhythm(_Part):
    """How often reports are asked for, apart from the cycle, and how long one may take."""

    every: Span
    within: Span


class Decisions(_Part):
    """How a course correction is decided. Counted by body."""

    bodies: tuple[Id, ...] = ()
    """Who may take a position; the partners that decide where empty, and all of them where none does."""
    quorum: Annotated[int, Field(ge=1)] | None = None
    """How many bodies must have taken a position; more than half where absent."""
    adopts: Literal["majority", "consensus"] | Annotated[int, Field(ge=1)] = "majority"
    unanswered_after_cycles: Annotated[int, Field(ge=1)] = 2


class Defaults(_Part):
    """Who may see what, unless a command says less. Power observations are restricted always."""

    reports: Visibility = "public"
    corrections: Visibility = "public"
    reflections: Visibility = "partners"
    evidence: Visibility = "partners"


class AmendmentWindow(_Part):
    first: Annotated[Day, Field(alias="from")]
    until: Day


class Policy(_Part):
    """The rules a plan lives by; versioned with it."""

    cycle: Literal["convened", "answered"] | Cycle = "convened"
    """Phases change when the operator convenes, when everyone asked has answered, or by the clock."""
    reports: Rhythm | None = None
    closed_days: tuple[Days, ...] = ()
    decisions: Decisions = Decisions()
    done_needs: Literal["evidence", "nothing"] = "nothing"
    visibility: Defaults = Defaults()
    amendment_window: AmendmentWindow | None = None


class Words(_Part):
    """What this plan calls things."""

    commitment: Text | None = None
    milestone: Text | None = None
    cycle: Text | None = None


class Approved(_Part):
    date: Day
    minutes: Text | None = None
    by: tuple[Id, ...] = ()


def _known_zone(name: str) -> str:
    try:
        calendar(name)
    except (KeyError, ValueError, OSError):
        raise PydanticCustomError("unknown_time_zone", "{given}", {"given": name[:60]}) from None
    return name


def _scale_word(value: Any) -> Any:
    return {"means": value} if isinstance(value, str) else value


ORDINARY_SCALE: dict[str, ScaleWord] = {
    "not_started": ScaleWord(means="not_started", label={"en": "not started", "es": "sin iniciar"}),
    "under_way": ScaleWord(means="under_way", label={"en": "under way", "es": "en curso"}),
    "waiting": ScaleWord(means="waiting", label={"en": "waiting", "es": "en espera"}),
    "done": ScaleWord(means="done", label={"en": "done", "es": "cumplido"}),
    "stopped": ScaleWord(means="stopped", label={"en": "stopped", "es": "detenido"}),
}

ORDINARY_QUESTIONS: dict[str, Text] = {
    "did": {"en": "What did we do?", "es": "¿Qué hicimos?"},
    "learned": {"en": "What did we learn?", "es": "¿Qué aprendimos?"},
    "struggling": {"en": "What are we struggling with?", "es": "¿Qué nos cuesta?"},
    "power": {
        "en": "Who decides, who blocks, and how is that shifting?",
        "es": "¿Quién decide, quién frena y cómo cambia eso?",
    },
    "next": {"en": "What comes next?", "es": "¿Qué sigue?"},
}

ORDINARY_TRIGGERS: dict[str, Text] = {
    "new_information": {"en": "new information", "es": "información nueva"},
    "external_event": {"en": "external event", "es": "hecho externo"},
    "roadblock": {"en": "roadblock", "es": "obstáculo"},
    "achievement": {"en": "achievement", "es": "logro"},
    "assumption_breach": {"en": "assumption that no longer holds", "es": "supuesto que ya no se sostiene"},
    "assessment": {"en": "assessment", "es": "evaluación"},
    "audit_finding": {"en": "audit finding", "es": "observación de auditoría"},
}


class Naming(_Part):
    """The plan's own words: what course corrections of the item ``plan`` may change."""

    title: Text
    words: Words = Words()
    scale: dict[str, Annotated[ScaleWord, BeforeValidator(_scale_word)]] = Field(default=ORDINARY_SCALE, min_length=1)
    questions: dict[Id, Text] = Field(default=ORDINARY_QUESTIONS, min_length=1)
    triggers: dict[Id, Text] = Field(default_factory=dict)
    """The plan's own, beside the seven."""


class Definition(Naming):
    """A whole plan file."""

    plan: PlanId
    illustrative: YesOrNo = False
    """Whether it is an example: every view says so."""
    timezone: Annotated[str, AfterValidator(_known_zone)] = "UTC"
    live_from: Day | Literal["never"] | None = None
    """From this day the record is kept as things happen; the day of the start where absent. What took effect earlier is
    *entered afterwards*; with ``never`` the whole history is."""
    source: Source | None = None
    """Where a plan that is entered afterwards was published."""
    approved: Approved | None = None
    problem: Problem
    partners: Annotated[tuple[Partner, ...], Field(min_length=1)]
    stakeholders: tuple[Stakeholder, ...] = ()
    awaited: tuple[Awaited, ...] = ()
    indicators: tuple[Indicator, ...] = ()
    assumptions: tuple[Assumption, ...] = ()
    commitments: Annotated[tuple[Commitment, ...], Field(min_length=1)]
    policy: Policy = Policy()

    def naming(self) -> Naming:
        """The plan's own words, apart from all else."""
        return Naming(**{name: getattr(self, name) for name in Naming.model_fields})

    def calendar(self) -> Calendar:
        return calendar(self.timezone, self.policy.closed_days)

    def milestones(self) -> Iterator[tuple[Commitment, Milestone]]:
        for commitment in self.commitments:
            for milestone in commitment.milestones:
                yield commitment, milestone

    def all_triggers(self) -> dict[str, Text]:
        return {**ORDINARY_TRIGGERS, **self.triggers}

    def deciding_bodies(self) -> tuple[str, ...]:
        """The bodies that may take a position on a course correction."""
        named = self.policy.decisions.bodies or tuple(partner.id for partner in self.partners if partner.decides)
        return named or tuple(partner.id for partner in self.partners if partner.group is None)

    def quorum(self) -> int:
        return self.policy.decisions.quorum or len(self.deciding_bodies()) // 2 + 1

    def item_ids(self) -> list[str]:
        """The ids of everything that a report, a measurement or an occurrence may speak of."""
        ids = [commitment.id for commitment in self.commitments]
        ids += [milestone.id for _, milestone in self.milestones()]
        ids += [indicator.id for indicator in self.indicators]
        ids += [assumption.id for assumption in self.assumptions]
        ids += [awaited.id for awaited in self.awaited]
        return ids

    def lead_of(self, commitment: Commitment, milestone: Milestone | None = None) -> str | None:
        return (milestone.lead if milestone else None) or commitment.lead

"""The plan file: the commitments of a plan and its rules.

Read from YAML in which every scalar is text. Only ``plan``, ``title``, ``problem.statement``, one partner and one
commitment are required. ``domain.plan_file.check`` checks across keys. Only course corrections, errata and changes of
partners change the definition of a running plan.
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
"""The meanings of a plan's own status words."""


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
    """The problem that the plan addresses. It may be reframed; the history keeps every version."""

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
    """A body or office with power over the plan that is no partner. Observations of its power are restricted."""

    id: Id
    name: Text


class Awaited(_Part):
    """An event outside the plan. The bodies in ``told_by`` may declare it; deadlines may count from it."""

    id: Id
    what: Text
    told_by: Annotated[tuple[Id, ...], BeforeValidator(lambda value: (value,) if isinstance(value, str) else value)]


class Point(_Part):
    value: Number
    date: Day | None = None


class Indicator(_Part):
    id: Id
    of: Id | None = None
    """The commitment that it measures; ``None``: the whole plan."""
    name: Text
    unit: Text | None = None
    baseline: Point | Absent | None = None
    target: Point | Absent | None = None


class Assumption(_Part):
    """A condition for the plan to work, and the indicator values that show that it does not hold."""

    id: Id
    text: Text
    watch: Annotated[Id, Field(description="an indicator")] | None = None
    weak_below: Number | None = None
    weak_above: Number | None = None


class Counts(_Part):
    """The units that a milestone counts: ``{of: municipalities}``. A count is not a measurement of an indicator."""

    of: Text


class Milestone(_Part):
    """One verifiable deliverable."""

    id: Id
    deliverable: Text
    due: Deadline | None = None
    stated: Text | None = None
    """The wording of the deadline in the plan's source."""
    proof: Text | None = None
    """The means of verification."""
    measure: TextOrAbsent | None = None
    counts: Counts | None = None
    lead: Id | None = None
    """The lead, if not that of the commitment."""
    supporting: Annotated[tuple[Id, ...], Field(alias="with")] = ()
    note: Text | None = None


class Commitment(_Part):
    """A commitment, made of milestones."""

    id: Id
    title: Text
    lead: Id | None = None
    supporting: Annotated[tuple[Id, ...], Field(alias="with")] = ()
    addresses: tuple[Id, ...] = ()
    because: Text | None = None
    """Why keeping it would help to solve the problem."""
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
    """Whether a phase ends as soon as all bodies asked have answered."""


class Rhythm(_Part):
    """The reporting rhythm, independent of the cycle: how often reports are asked for, and the time to answer."""

    every: Span
    within: Span


class Decisions(_Part):
    """How course corrections are decided. Each body counts once."""

    bodies: tuple[Id, ...] = ()
    """The bodies that may decide. If empty, the partners with ``decides``; if none has it, all that are no group."""
    quorum: Annotated[int, Field(ge=1)] | None = None
    """How many bodies must have taken a position; ``None``: more than half."""
    adopts: Literal["majority", "consensus"] | Annotated[int, Field(ge=1)] = "majority"
    unanswered_after_cycles: Annotated[int, Field(ge=1)] = 2


class Defaults(_Part):
    """Default visibility, which a command may change. Observations of power are always restricted."""

    reports: Visibility = "public"
    corrections: Visibility = "public"
    reflections: Visibility = "partners"
    evidence: Visibility = "partners"


class AmendmentWindow(_Part):
    first: Annotated[Day, Field(alias="from")]
    until: Day


class Policy(_Part):
    """The rules of a plan. They belong to the plan version."""

    cycle: Literal["convened", "answered"] | Cycle = "convened"
    """Phases change when the operator convenes, when all bodies asked have answered, or on dates (``Cycle``)."""
    reports: Rhythm | None = None
    closed_days: tuple[Days, ...] = ()
    decisions: Decisions = Decisions()
    done_needs: Literal["evidence", "nothing"] = "nothing"
    visibility: Defaults = Defaults()
    amendment_window: AmendmentWindow | None = None


class Words(_Part):
    """The plan's own terms."""

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
    """The plan's own words: the fields that a course correction of the item ``plan`` may change."""

    title: Text
    words: Words = Words()
    scale: dict[str, Annotated[ScaleWord, BeforeValidator(_scale_word)]] = Field(default=ORDINARY_SCALE, min_length=1)
    questions: dict[Id, Text] = Field(default=ORDINARY_QUESTIONS, min_length=1)
    triggers: dict[Id, Text] = Field(default_factory=dict)
    """The plan's own triggers, beside the seven ordinary ones."""


class Definition(Naming):
    """A whole plan file."""

    plan: PlanId
    illustrative: YesOrNo = False
    """Whether it is an example. Every view shows that."""
    timezone: Annotated[str, AfterValidator(_known_zone)] = "UTC"
    live_from: Day | Literal["never"] | None = None
    """The day from which entries are recorded as things happen; ``None``: the day of the start. Earlier history is
    *entered afterwards*; with ``never``, all of it."""
    source: Source | None = None
    """The publication of a plan that is entered afterwards."""
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
        """The plan's own words only."""
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
        """The bodies that may take a position on a course correction: those that the policy names, else the partners
        marked ``decides``, else every partner that is not a group."""
        named = self.policy.decisions.bodies or tuple(partner.id for partner in self.partners if partner.decides)
        return named or tuple(partner.id for partner in self.partners if partner.group is None)

    def quorum(self) -> int:
        return self.policy.decisions.quorum or len(self.deciding_bodies()) // 2 + 1

    def item_ids(self) -> list[str]:
        """The ids of all items."""
        ids = [commitment.id for commitment in self.commitments]
        ids += [milestone.id for _, milestone in self.milestones()]
        ids += [indicator.id for indicator in self.indicators]
        ids += [assumption.id for assumption in self.assumptions]
        ids += [awaited.id for awaited in self.awaited]
        return ids

    def lead_of(self, commitment: Commitment, milestone: Milestone | None = None) -> str | None:
        return (milestone.lead if milestone else None) or commitment.lead

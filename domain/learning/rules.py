"""Learning: reflections, lessons, tests of assumptions, and observations of power."""

from collections.abc import Mapping
from datetime import datetime

from domain.kernel.context import CommandEnvelope
from domain.kernel.entry import Entry, Stamp
from domain.kernel.event import Visibility
from domain.kernel.refused import Refused
from domain.kernel.registry import Decided, decides, evolves, fact, latest
from domain.kernel.statement import as_statement, statement_fields
from domain.learning.messages import (
    AssumptionTest,
    AssumptionTested,
    Lesson,
    LessonRecorded,
    ObservePower,
    PowerObservation,
    PowerObserved,
    RecordLesson,
    Reflection,
    ReflectionSubmitted,
    SubmitReflection,
    TestAssumption,
)
from domain.loop.answers import with_late_answer
from domain.meetings import bodies_speaking, require_session
from domain.plan import Plan
from domain.speaking import require_grounds, require_item, require_members


@decides(SubmitReflection)
def reflect(plan: Plan, sent: CommandEnvelope, command: SubmitReflection, moment: datetime) -> Decided:
    """Answer the plan's questions for a cycle, with the lessons drawn. Late answers are recorded and marked as late.

    A meeting (``session``) answers for all bodies present, even if some of them have answered before. A group gives the
    number of members that answered, and may answer several times.
    """
    is_group = plan.group_of(sent.on_behalf_of) is not None
    bodies: tuple[str | None, ...] = (sent.on_behalf_of,)
    if command.session is not None:
        require_session(plan, sent, command.session, moment)
        bodies = bodies_speaking(plan, command.session)
        if not bodies:
            raise Refused("group_cannot_answer", body=", ".join(command.session.present))
    for question in command.answers:
        if question not in plan.defined.questions:
            raise Refused("unknown_question", question=question, known=", ".join(plan.defined.questions))
    cycle = command.cycle or plan.cycle
    if cycle > plan.cycle:
        raise Refused("no_such_cycle", cycle=cycle, now=plan.cycle)
    if is_group and command.members is None:
        raise Refused("members_needed", body=sent.on_behalf_of or "-")
    counted = plan.members_in(cycle).get(sent.on_behalf_of or "", 0)
    require_members(plan, sent.on_behalf_of, command.members, counted)
    if not is_group and plan.reflected_in(cycle).issuperset(bodies):
        raise Refused("already_reflected", body=", ".join(filter(None, bodies)) or "-", cycle=cycle)
    fields = statement_fields(Reflection, command) | {"cycle": cycle}
    event = ReflectionSubmitted(**fields, late=_round_closed(plan, cycle))
    lessons = [_lesson(plan, lesson, moment) for lesson in command.lessons]
    if len({lesson.id for lesson in command.lessons}) < len(command.lessons):
        raise Refused("lesson_exists", lesson=command.lessons[-1].id)
    return [event, *lessons]


@decides(RecordLesson)
def record_lesson(plan: Plan, sent: CommandEnvelope, command: RecordLesson, moment: datetime) -> Decided:
    """Record one lesson, for this plan or its successor."""
    return [_lesson(plan, command.lesson, moment)]


@decides(TestAssumption)
def test_assumption(plan: Plan, sent: CommandEnvelope, command: TestAssumption, moment: datetime) -> Decided:
    """Record whether an assumption still holds."""
    if command.assumption not in {assumption.id for assumption in plan.defined.assumptions}:
        raise Refused("unknown_assumption", assumption=command.assumption)
    require_item(plan, command.assumption, moment)
    require_grounds(plan, command.rests_on, moment)
    event = AssumptionTested(**statement_fields(AssumptionTest, command))
    return [event]


@decides(ObservePower)
def observe_power(plan: Plan, sent: CommandEnvelope, command: ObservePower, moment: datetime) -> Decided:
    """Record an observation of power. Always restricted, whatever visibility the command has."""
    known = {one.id for one in plan.defined.stakeholders} | {one.id for one in plan.defined.partners}
    if command.stakeholder not in known:
        raise Refused("unknown_stakeholder", stakeholder=command.stakeholder)
    return [PowerObserved(**statement_fields(PowerObservation, command))]


def _lesson(plan: Plan, lesson: Lesson, moment: datetime) -> LessonRecorded:
    if plan.history.ground(lesson.id) is not None:
        raise Refused("lesson_exists", lesson=lesson.id)
    require_grounds(plan, lesson.rests_on, moment)
    return LessonRecorded(**statement_fields(Lesson, lesson))


def _round_closed(plan: Plan, cycle: int) -> bool:
    """Whether the reflection of a cycle has closed: a later phase is open, its last day ended, or the plan closed."""
    if cycle < plan.cycle or plan.phase in ("adaptation", None) or plan.round is None:
        return True
    return plan.phase == "reflection" and plan.round.over


# --- effects on the state -------------------------------------------------------------------------------------------


@evolves(ReflectionSubmitted)
def reflected(plan: Plan, entry: Entry) -> Plan:
    """A reflection is a late answer to silences of the bodies that it speaks for."""
    if not plan.recorded_silences:
        return plan
    event = entry.event
    assert isinstance(event, ReflectionSubmitted)
    bodies = bodies_speaking(plan, event.session) if event.session else (entry.on_behalf_of or "",)
    return with_late_answer(plan, entry, bodies, "reflection", cycle=event.cycle)


@fact("reflected", "cycle", of=(ReflectionSubmitted,))
def bodies_that_reflected(plan: Plan, so_far: frozenset[str] | None, entry: Entry) -> frozenset[str]:
    """The bodies that reflected on a cycle."""
    meeting = getattr(entry.event, "session", None)
    return (so_far or frozenset()).union(bodies_speaking(plan, meeting) if meeting else (entry.on_behalf_of or "",))


@fact("members", "cycle", of=(ReflectionSubmitted,))
def members(plan: Plan, so_far: Mapping[str, int] | None, entry: Entry) -> Mapping[str, int] | None:
    """For each group, how many of its members answered the reflection of a cycle."""
    more, body = getattr(entry.event, "members", None), entry.on_behalf_of
    if more is None or body is None:
        return so_far
    return {**(so_far or {}), body: (so_far or {}).get(body, 0) + more}


@latest("lessons", "lesson", of=(LessonRecorded,))
def lesson(plan: Plan, entry: Entry) -> Lesson:
    return as_statement(Lesson, entry.event)


@latest("assumptions", "item", of=(AssumptionTested,))
def assumption_test(plan: Plan, entry: Entry) -> tuple[Stamp, AssumptionTest, Visibility]:
    """The last test of an assumption."""
    return entry.stamp, as_statement(AssumptionTest, entry.event), entry.visibility


@latest("power", "stakeholder", of=(PowerObserved,))
def power(plan: Plan, entry: Entry) -> tuple[Stamp, PowerObservation]:
    """The last observation of a stakeholder's power."""
    return entry.stamp, as_statement(PowerObservation, entry.event)

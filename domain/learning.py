"""Learning: reflections, lessons, tests of assumptions, and who holds power."""

from datetime import datetime

from domain.commands import Asked, ObservePower, RecordLesson, SubmitReflection, TestAssumption
from domain.entry import Draft
from domain.events import AssumptionTested, LessonRecorded, PowerObserved, ReflectionSubmitted
from domain.plan import Plan
from domain.refusals import Refused
from domain.sessions import hold_session, speaking
from domain.speaking import hold_grounds, hold_item, hold_members
from domain.statements import AssumptionTest, Lesson, PowerObservation, Reflection, said_of
from domain.visibility import visibility_of


def reflect(plan: Plan, asked: Asked, command: SubmitReflection, moment: datetime) -> list[Draft]:
    """Answer the plan's questions for a cycle, and record the lessons drawn. Late answers are taken, and marked.

    A session answers for the bodies present in it, also where some of them had answered before. A group says how many
    of its members answered, as often as some of them do.
    """
    is_group = plan.group_of(asked.on_behalf_of) is not None
    bodies: tuple[str | None, ...] = (asked.on_behalf_of,)
    if command.session is not None:
        hold_session(plan, asked, command.session, moment)
        bodies = speaking(plan, command.session)
        if not bodies:
            raise Refused("group_cannot_answer", body=", ".join(command.session.present))
    for question in command.answers:
        if question not in plan.defined.questions:
            raise Refused("unknown_question", question=question, known=", ".join(plan.defined.questions))
    cycle = command.cycle or plan.cycle
    if cycle > plan.cycle:
        raise Refused("no_such_cycle", cycle=cycle, now=plan.cycle)
    if is_group and command.members is None:
        raise Refused("members_needed", body=asked.on_behalf_of or "-")
    counted = plan.members.get(cycle, {}).get(asked.on_behalf_of or "", 0)
    hold_members(plan, asked.on_behalf_of, command.members, counted)
    if not is_group and plan.reflected.get(cycle, frozenset()).issuperset(bodies):
        raise Refused("already_reflected", body=", ".join(filter(None, bodies)) or "-", cycle=cycle)
    visibility = visibility_of(plan, command)
    said = said_of(Reflection, command) | {"cycle": cycle}
    event = ReflectionSubmitted(**said, late=_round_closed(plan, cycle))
    drafts = [Draft(event, moment, visibility)]
    for lesson in command.lessons:
        drafts.append(Draft(_lesson(plan, lesson, moment), moment, visibility))
    if len({lesson.id for lesson in command.lessons}) < len(command.lessons):
        raise Refused("lesson_exists", lesson=command.lessons[-1].id)
    return drafts


def learn(plan: Plan, asked: Asked, command: RecordLesson, moment: datetime) -> list[Draft]:
    """Record one lesson, for this plan or its successor."""
    visibility = visibility_of(plan, command)
    return [Draft(_lesson(plan, command.lesson, moment), moment, visibility)]


def test(plan: Plan, asked: Asked, command: TestAssumption, moment: datetime) -> list[Draft]:
    """Say whether an assumption still holds."""
    if command.assumption not in {assumption.id for assumption in plan.defined.assumptions}:
        raise Refused("unknown_assumption", assumption=command.assumption)
    hold_item(plan, command.assumption, moment)
    hold_grounds(plan, command.rests_on, moment)
    event = AssumptionTested(**said_of(AssumptionTest, command))
    return [Draft(event, moment, visibility_of(plan, command))]


def observe_power(plan: Plan, asked: Asked, command: ObservePower, moment: datetime) -> list[Draft]:
    """Note who holds power over the plan. Restricted, whatever the command says."""
    known = {one.id for one in plan.defined.stakeholders} | {one.id for one in plan.defined.partners}
    if command.stakeholder not in known:
        raise Refused("unknown_stakeholder", stakeholder=command.stakeholder)
    return [Draft(PowerObserved(**said_of(PowerObservation, command)), moment, "restricted")]


def _lesson(plan: Plan, lesson: Lesson, moment: datetime) -> LessonRecorded:
    if lesson.id in plan.named:
        raise Refused("lesson_exists", lesson=lesson.id)
    hold_grounds(plan, lesson.rests_on, moment)
    return LessonRecorded(**said_of(Lesson, lesson))


def _round_closed(plan: Plan, cycle: int) -> bool:
    """Whether the reflection of a cycle has closed: a later phase runs, or its last day or the plan has ended."""
    if cycle < plan.cycle or plan.phase in ("adaptation", None) or plan.round is None:
        return True
    return plan.phase == "reflection" and plan.round.over

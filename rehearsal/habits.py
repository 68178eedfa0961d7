"""The bodies of a plan as they answer by habit: what a phase asks of them, on time or late; the silent never write.

On time is at noon two thirds into a phase, and a deliverable on the day it is due; late is a third of a phase after it
ended. They report, reflect, and endorse what is proposed; nobody proposes or decides but the script.
"""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any, Final, assert_never

from domain.loop.messages import Round
from domain.loop.silence import asked_to_reflect, owing_a_position
from domain.plan import Plan
from domain.plan_file.deadlines import Recurring, due_day
from domain.plan_file.definition import Meaning
from rehearsal.job import Habit, Job
from rehearsal.schedule import ScheduledCommand

SAID: Final = {"en": "(rehearsal)", "es": "(ensayo)"}
NOON: Final = timedelta(hours=12)


def answers(plan: Plan, job: Job) -> Iterator[ScheduledCommand]:
    """What the bodies will write because of the round that has just opened."""
    asked = plan.round
    if asked is None or asked.closes_at is None:
        return
    match asked.phase:
        case "action":
            for body, items in sorted(asked.asked.items()):
                yield from _reports(plan, asked, body, items, job.habit_of(body))
        case "reflection":
            for body in sorted(asked_to_reflect(plan)):
                if at := _moment(plan, asked, job.habit_of(body)):
                    yield _letter(
                        at, "submit_reflection", asked, body, answers={next(iter(plan.defined.questions)): SAID}
                    )
        case "adaptation":
            for correction in plan.open_corrections():
                for body in owing_a_position(plan, correction) if correction.status == "open" else ():
                    if at := _moment(plan, asked, job.habit_of(body)):
                        yield _letter(at, "endorse_correction", asked, body, correction.id, correction=correction.id)
        case _:
            assert_never(asked.phase)


def _reports(plan: Plan, asked: Round, body: str, items: tuple[str, ...], habit: Habit) -> Iterator[ScheduledCommand]:
    """A report on each item; on what falls due in this cycle, that it is done."""
    at = _moment(plan, asked, habit)
    if at is None or asked.closes_at is None:
        return
    ends = plan.cycle_ends_at or asked.closes_at
    lateness = (asked.closes_at - asked.opened_at) / 3 if habit == "late" else timedelta()
    for item in items:
        due = last_day(plan, item)
        done_at = None if due is None else plan.defined.calendar().start_of(due) + NOON + lateness
        if done_at is None or done_at > at:
            yield _letter(at, "report_progress", asked, body, item, milestone=item, status=_word(plan, "under_way"))
        if done_at is not None and done_at < ends:
            done = {"milestone": item, "status": _word(plan, "done"), "evidence": [{"document": SAID["en"]}]}
            when = done_at if done_at >= asked.opened_at else at
            yield _letter(when, "report_progress", asked, body, f"{item}-done", **done)


def last_day(plan: Plan, item: str) -> date | None:
    """The day on which a milestone is last due; ``None`` where nobody can say yet."""
    for _, milestone in plan.defined.milestones():
        if milestone.id == item and milestone.due is not None:
            if isinstance(milestone.due, Recurring):
                return milestone.due.until
            return due_day(milestone.due, plan.happened(), plan.defined.calendar())
    return None


def _moment(plan: Plan, asked: Round, habit: Habit) -> datetime | None:
    """When a body of this habit answers what a round asks; at noon, where it is longer than a few days."""
    if habit == "silent" or asked.closes_at is None:
        return None
    length = asked.closes_at - asked.opened_at
    moment = asked.opened_at + length * 2 / 3 if habit == "on-time" else asked.closes_at + length / 3
    if length < timedelta(days=3):
        return moment
    calendar = plan.defined.calendar()
    return calendar.start_of(calendar.day_of(moment)) + NOON


def _word(plan: Plan, means: Meaning) -> str:
    """The plan's own word for a status."""
    return next((word for word, one in plan.defined.scale.items() if one.means == means), means)


def _letter(at: datetime, command: str, asked: Round, body: str, about: str = "", **said: Any) -> ScheduledCommand:
    name = "-".join(filter(None, [command.partition("_")[0], str(asked.cycle), body, about]))
    return ScheduledCommand(at, {"command": command, "id": name, "on_behalf_of": body, **said})

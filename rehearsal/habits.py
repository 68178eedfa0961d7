"""The commands that bodies send by habit when a phase opens: on time, late, or none.

On time is noon two thirds into the phase, and for a deliverable its due day; late is a third of the phase's length
after its end. Bodies report, reflect and endorse proposals; only the script proposes or decides.
"""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any, Final, assert_never

from domain.loop.messages import Round
from domain.loop.silence import asked_to_reflect, bodies_owing_position
from domain.plan import Plan
from domain.plan_file.deadlines import Recurring, due_day
from domain.plan_file.definition import Meaning
from rehearsal.job import Habit, Job
from rehearsal.schedule import ScheduledCommand

TEXT: Final = {"en": "(rehearsal)", "es": "(ensayo)"}
NOON: Final = timedelta(hours=12)


def answers(plan: Plan, job: Job) -> Iterator[ScheduledCommand]:
    """The commands that bodies will send because of the round that has just opened."""
    round_ = plan.round
    if round_ is None or round_.closes_at is None:
        return
    match round_.phase:
        case "action":
            for body, items in sorted(round_.asked.items()):
                yield from _reports(plan, round_, body, items, job.habit_of(body))
        case "reflection":
            for body in sorted(asked_to_reflect(plan)):
                if at := _moment(plan, round_, job.habit_of(body)):
                    yield _command(
                        at, "submit_reflection", round_, body, answers={next(iter(plan.defined.questions)): TEXT}
                    )
        case "adaptation":
            for correction in plan.open_corrections():
                for body in bodies_owing_position(plan, correction) if correction.status == "open" else ():
                    if at := _moment(plan, round_, job.habit_of(body)):
                        yield _command(at, "endorse_correction", round_, body, correction.id, correction=correction.id)
        case _:
            assert_never(round_.phase)


def _reports(plan: Plan, round_: Round, body: str, items: tuple[str, ...], habit: Habit) -> Iterator[ScheduledCommand]:
    """A report on each item; one that falls due in this cycle is reported done."""
    at = _moment(plan, round_, habit)
    if at is None or round_.closes_at is None:
        return
    ends = plan.cycle_ends_at or round_.closes_at
    lateness = (round_.closes_at - round_.opened_at) / 3 if habit == "late" else timedelta()
    for item in items:
        due = last_day(plan, item)
        done_at = None if due is None else plan.defined.calendar().start_of(due) + NOON + lateness
        if done_at is None or done_at > at:
            yield _command(at, "report_progress", round_, body, item, milestone=item, status=_word(plan, "under_way"))
        if done_at is not None and done_at < ends:
            done = {"milestone": item, "status": _word(plan, "done"), "evidence": [{"document": TEXT["en"]}]}
            when = done_at if done_at >= round_.opened_at else at
            yield _command(when, "report_progress", round_, body, f"{item}-done", **done)


def last_day(plan: Plan, item: str) -> date | None:
    """The last day on which a milestone is due; ``None`` if it is not known yet."""
    for _, milestone in plan.defined.milestones():
        if milestone.id == item and milestone.due is not None:
            if isinstance(milestone.due, Recurring):
                return milestone.due.until
            return due_day(milestone.due, plan.happened(), plan.defined.calendar())
    return None


def _moment(plan: Plan, round_: Round, habit: Habit) -> datetime | None:
    """When a body of this habit answers a round; at noon, if the round lasts three days or more."""
    if habit == "silent" or round_.closes_at is None:
        return None
    length = round_.closes_at - round_.opened_at
    moment = round_.opened_at + length * 2 / 3 if habit == "on-time" else round_.closes_at + length / 3
    if length < timedelta(days=3):
        return moment
    calendar = plan.defined.calendar()
    return calendar.start_of(calendar.day_of(moment)) + NOON


def _word(plan: Plan, means: Meaning) -> str:
    """The plan's own word for a status."""
    return next((word for word, one in plan.defined.scale.items() if one.means == means), means)


def _command(at: datetime, command: str, round_: Round, body: str, about: str = "", **fields: Any) -> ScheduledCommand:
    name = "-".join(filter(None, [command.partition("_")[0], str(round_.cycle), body, about]))
    return ScheduledCommand(at, {"command": command, "id": name, "on_behalf_of": body, **fields})

"""What a phase requests from which body when it opens, what falls due in it, and what waits for an event."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any, assert_never

from domain.loop.silence import asked_to_reflect, bodies_owing_position
from domain.plan import Plan
from domain.plan_file.deadlines import After, Recurring, due_day, is_waiting
from domain.plan_file.definition import Commitment, Milestone


def phase_requests(plan: Plan) -> dict[str, Any]:
    """As JSON: requests ``of`` bodies, what is ``due`` in the phase, and what is ``waiting`` for an event."""
    opened = plan.round
    if opened is None:
        return {"of": [], "due": [], "waiting": []}
    return {
        "of": list(_of(plan)),
        "due": sorted(_due(plan, opened.opened_at, opened.closes_at), key=lambda one: str(one["due"])),
        "waiting": list(_waiting(plan)) if opened.phase == "action" else [],
    }


def _of(plan: Plan) -> Iterator[dict[str, Any]]:
    assert plan.round is not None
    match plan.round.phase:
        case "action":
            for body, items in sorted(plan.round.asked.items()):
                yield {"body": body, "for": "report", "about": list(items)}
        case "reflection":
            for body in sorted(asked_to_reflect(plan)):
                yield {"body": body, "for": "reflection", "about": []}
        case "adaptation":
            for correction in plan.open_corrections():
                for body in bodies_owing_position(plan, correction) if correction.status == "open" else ():
                    yield {"body": body, "for": "position", "about": [correction.id]}
        case _:
            assert_never(plan.round.phase)


def _due(plan: Plan, since: datetime, until: datetime | None) -> Iterator[dict[str, Any]]:
    calendar = plan.defined.calendar()
    first = calendar.day_of(since)
    last = calendar.day_of(until - timedelta(microseconds=1)) if until else first
    for commitment, milestone in _open(plan):
        for day in _days(plan, milestone, first, last):
            body = plan.defined.lead_of(commitment, milestone)
            yield {"item": milestone.id, "due": day.isoformat(), "body": body}


def _days(plan: Plan, milestone: Milestone, first: date, last: date) -> Iterator[date]:
    calendar, happened = plan.defined.calendar(), plan.happened()
    match milestone.due:
        case None:
            return
        case Recurring() as every:
            since = calendar.day_of(plan.started_at) if plan.started_at else first
            while (day := every.next_from(first, since, calendar)) is not None and day <= last:
                yield day
                first = day + timedelta(days=1)
        case once:
            day = due_day(once, happened, calendar)
            if day is not None and first <= day <= last:
                yield day


def _waiting(plan: Plan) -> Iterator[dict[str, Any]]:
    for _, milestone in _open(plan):
        if isinstance(milestone.due, After) and is_waiting(milestone.due, plan.happened()):
            yield {"item": milestone.id, "for": milestone.due.after}


def _open(plan: Plan) -> Iterator[tuple[Commitment, Milestone]]:
    for commitment, milestone in plan.defined.milestones():
        done = plan.meaning_of(milestone.id) in ("done", "stopped")
        if not done and plan.dropped_since(milestone.id) is None:
            yield commitment, milestone

"""The reporting rhythm: reports are asked for when a period ends, and awaited until its window closes.

It is independent of the cycle: monthly reports in a quarterly cycle are asked for twelve times a year. A report since
the beginning of the period is an answer. While one window is open no other opens. A period that ends in a pause is not
asked for.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta

from domain.kernel.context import Hours
from domain.kernel.event import NewEvent
from domain.loop.messages import ReportsAsked, ReportsClosed
from domain.loop.silence import reopened_window, silence_events, unanswered_window
from domain.plan import Plan
from domain.plan_file.calendar import TICK


def next_moment(plan: Plan) -> datetime | None:
    """When reports are asked for next, or the open window closes."""
    if plan.reporting is not None and not plan.reporting.over:
        return plan.reporting.closes_at
    return _next_period_ends(plan)


def due(plan: Plan, moment: datetime, now: datetime, open_hours: Hours | None) -> Iterator[NewEvent]:
    """The events at that moment."""
    asked = plan.reporting
    if asked is None or asked.over:
        rhythm, since = plan.defined.policy.reports, _period_begins(plan)
        if rhythm is None or since is None:
            return
        period = asked.period + 1 if asked and asked.period else 1
        closes_at = plan.defined.calendar().after(moment, rhythm.within)
        yield NewEvent(ReportsAsked(period=period, since=since, closes_at=closes_at), moment)
        return
    ended = unanswered_window(plan, asked, moment, open_hours)
    if (reopened := reopened_window(plan, asked, ended, moment, now)) is not None:
        yield reopened
        return
    if ended is not None:
        yield from silence_events(plan, asked, ended, moment)
    yield NewEvent(ReportsClosed(period=asked.period or 1), moment)


def _period_begins(plan: Plan) -> datetime | None:
    """When the present period began: at the end of the last one, or with the rhythm."""
    if plan.rhythm_from is None or plan.live_from is None:
        return None
    first = max(plan.rhythm_from, plan.live_from)
    return max(first, plan.reporting.opened_at) if plan.reporting else first


def _next_period_ends(plan: Plan) -> datetime | None:
    rhythm, begun = plan.defined.policy.reports, _period_begins(plan)
    if rhythm is None or begun is None or plan.rhythm_from is None or plan.live_from is None:
        return None
    calendar = plan.defined.calendar()
    closes_at = plan.reporting.closes_at if plan.reporting else None
    taken = [moment for moment in (closes_at, plan.resumed_at) if moment is not None]
    anchor = max(plan.rhythm_from, plan.live_from)
    if rhythm.every.unit == "seconds":
        step = timedelta(seconds=rhythm.every.amount)
        return anchor + step * ((max([begun, *taken]) - anchor) // step + 1)
    # A window that closes at the start of a day leaves that day free; a period that begins then does not.
    days = [calendar.day_of(begun), *(calendar.day_of(moment - TICK) for moment in taken)]
    return calendar.start_of(calendar.next_on_grid(calendar.day_of(anchor), rhythm.every, max(days)))

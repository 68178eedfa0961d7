"""Silence: who was asked and did not answer, and whether the door was open for it.

Recorded when a window closes, and only where somebody was asked: about bodies, never persons, never about history
entered afterwards. Where one could not have answered, the window was *not held*.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, assert_never

from domain.corrections.messages import Correction
from domain.kernel.context import Hours
from domain.kernel.event import NewEvent, Visibility
from domain.loop.messages import AskedFor, Round, SilenceRecorded, WindowNotHeld
from domain.loop.open_hours import Availability, availability
from domain.plan import Plan
from domain.plan_file.calendar import LONGEST, Span
from domain.plan_file.definition import Cycle

ONE_DAY = timedelta(days=1)


# --- who is asked ---------------------------------------------------------------------------------------------------


def asked_to_reflect(plan: Plan) -> frozenset[str]:
    """The bodies that a reflection is asked of: those there since its round opened; a group is not asked as one."""
    return frozenset(
        partner.id for partner in plan.defined.partners if partner.group is None and _was_there(plan, partner.id)
    )


def owing_a_position(plan: Plan, correction: Correction) -> tuple[str, ...]:
    """The bodies that may take a position on the present draft and have not; whoever proposed owes none."""
    taken, author = plan.positions_on(correction), correction.body and plan.heir(correction.body)
    return tuple(body for body in plan.defined.deciding_bodies() if body not in taken and body != author)


def owing(plan: Plan, correction: Correction) -> tuple[str, ...]:
    """Who owes an answer: the author of what was returned, else the bodies without a position. Maybe nobody."""
    if correction.status == "returned":
        author = correction.body and plan.heir(correction.body)
        return (author,) if author else ()
    return owing_a_position(plan, correction)


def let_pass_by(plan: Plan, correction: Correction) -> tuple[str, ...]:
    """Who owed an answer all through the present round."""
    return tuple(body for body in owing(plan, correction) if _was_there(plan, body))


def _was_there(plan: Plan, body: str) -> bool:
    """Whether a body has taken part since the present round opened: nobody is silent in one that it came late to."""
    return plan.round is None or plan.takes_part_since(body, plan.round.opened_at)


# --- who did not answer ---------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class EndedWindow:
    """What nobody answered in a window that ended, and whether one can say so."""

    since: datetime
    door: Availability
    not_held: Literal["door_closed", "paused"] | None
    missing: tuple[tuple[str, AskedFor, tuple[str, ...]], ...]
    """Each body, what it was asked for, and about what."""


def unanswered_window(
    plan: Plan, asked: Round | None, moment: datetime, open_hours: Hours | None
) -> EndedWindow | None:
    """What stayed unanswered in a round, if it ends at a moment; ``None`` where nothing did."""
    left = window(plan, asked, moment, open_hours)
    return left if left and left.missing else None


def window(plan: Plan, asked: Round | None, moment: datetime, open_hours: Hours | None) -> EndedWindow | None:
    """The window of a round, if it ends at a moment; ``None`` where it was none that anybody could let pass.

    Nobody is silent while the plan is paused, in history entered afterwards, in a round that was over as soon as it
    opened or open for less than a day, or before the promised last day has ended.
    """
    if asked is None or plan.status == "paused" or asked.counts_from >= moment or plan.entered_afterwards(moment):
        return None
    if moment < (asked.closes_at or asked.counts_from + asked.paused + ONE_DAY):
        return None
    since = max(asked.counts_from, plan.live_from or asked.counts_from)
    door = availability(plan.defined.calendar(), since, moment, asked.pauses, open_hours)
    not_held: Literal["door_closed", "paused"] | None = None
    if asked.closes_at is None and asked.paused * 2 > moment - asked.counts_from:
        not_held = "paused"
    elif not door.was_half:
        not_held = "door_closed"
    return EndedWindow(since, door, not_held, tuple(_missing(plan, asked)))


def _missing(plan: Plan, asked: Round) -> Iterator[tuple[str, AskedFor, tuple[str, ...]]]:
    if asked.period is not None:
        for body, items in reports_missing(plan, asked):
            yield body, "report", items
        return
    match asked.phase:
        case "action":
            for body, items in reports_missing(plan, asked):
                yield body, "report", items
        case "reflection":
            for body in sorted(asked_to_reflect(plan) - plan.who_reflected(asked.cycle)):
                yield body, "reflection", ()
        case "adaptation":
            for correction in plan.open_corrections():
                if correction.drafted_at <= asked.opened_at and correction.status == "open":
                    for body in owing_a_position(plan, correction):
                        if _was_there(plan, body):
                            yield body, "position", (correction.id,)
        case _:
            assert_never(asked.phase)


def reports_missing(plan: Plan, asked: Round) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Who was asked to report in a round and has not, and on what of it a report is still owed."""
    owed = plan.asked_to_report()
    for body, items in sorted(asked.asked.items()):
        still = tuple(item for item in items if item in owed.get(body, ()))
        if still and not _has_reported(plan, asked, body):
            yield body, still


def _has_reported(plan: Plan, asked: Round, body: str) -> bool:
    if asked.period is None:
        return body in plan.who_reported(asked.cycle)
    begun = asked.reports_on or asked.opened_at
    return body in plan.heirs(one for one, moment in plan.last_reported.items() if moment >= begun)


# --- what is recorded of it -----------------------------------------------------------------------------------------


def silence_events(plan: Plan, asked: Round, left: EndedWindow, moment: datetime) -> Iterator[NewEvent]:
    """A silence for each body that was asked and did not answer, or that the round was not held."""
    if left.not_held is not None:
        yield NewEvent(_not_held(asked, left, left.not_held, moment), moment)
        return
    for body, asked_for, about in left.missing:
        silence = SilenceRecorded(
            body=body,
            asked_for=asked_for,
            about=about,
            cycle=asked.cycle,
            phase=asked.phase,
            period=asked.period,
            since=left.since,
            until=moment,
            open_days=left.door.open_days,
            working_days=left.door.working_days,
        )
        yield NewEvent(silence, moment, _may_be_heard(plan, asked_for, about))


def _may_be_heard(plan: Plan, asked_for: AskedFor, about: tuple[str, ...]) -> Visibility:
    """Who may hear of a silence: whoever may know of the course correction it is about."""
    correction = plan.corrections.get(about[0]) if asked_for == "position" else None
    return correction.visibility if correction else "public"


def opened_again(
    plan: Plan, asked: Round | None, left: EndedWindow | None, moment: datetime, now: datetime
) -> NewEvent | None:
    """Where the clock ends a round that was not held: the same number of working days once more, from now on.

    What was to follow a phase follows as much later.
    """
    if asked is None or asked.closes_at is None or left is None or left.not_held is None:
        return None
    closes_at = _again(plan, asked.closes_at, left, now)
    cycle_ends_at = _cycle_end(plan, closes_at) if asked.period is None else None
    event = _not_held(asked, left, left.not_held, moment).model_copy(
        update={"opens_at": now, "closes_at": closes_at, "cycle_ends_at": cycle_ends_at}
    )
    return NewEvent(event, moment)


def _not_held(
    asked: Round, left: EndedWindow, because: Literal["door_closed", "paused"], moment: datetime
) -> WindowNotHeld:
    return WindowNotHeld(
        cycle=asked.cycle,
        phase=asked.phase,
        period=asked.period,
        because=because,
        since=left.since,
        until=moment,
        open_days=left.door.open_days,
        working_days=left.door.working_days,
    )


def _again(plan: Plan, closed_at: datetime, left: EndedWindow, now: datetime) -> datetime:
    calendar, length = plan.defined.calendar(), closed_at - left.since
    has_working_days = any(calendar.is_working(day) for day in calendar.days(left.since, closed_at))
    if length < ONE_DAY or not has_working_days:
        return plan.later(closed_at, now - left.since)
    days = min(left.door.working_days, LONGEST["working_days"])
    return calendar.after(now, Span(amount=days, unit="working_days"))


def _cycle_end(plan: Plan, closes_at: datetime) -> datetime | None:
    """When a cycle ends whose present phase ends later than it was to: the phases that follow keep their length."""
    policy = plan.defined.policy.cycle
    if plan.cycle_ends_at is None or not isinstance(policy, Cycle) or plan.round is None:
        return plan.cycle_ends_at
    calendar = plan.defined.calendar()
    match plan.round.phase:
        case "action":
            ends = calendar.after(calendar.after(closes_at, policy.reflection), policy.adaptation)
        case "reflection":
            ends = calendar.after(closes_at, policy.adaptation)
        case "adaptation":
            ends = closes_at
        case _:
            assert_never(plan.round.phase)
    return max(ends, plan.cycle_ends_at)

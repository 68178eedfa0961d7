"""Silence: the bodies that were asked and did not answer before the window closed.

A silence is never about a person or about history entered afterwards. If the system was available on fewer than half of
the window's working days, or the plan was mostly paused, the window was *not held* and no silence is recorded.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, assert_never

from domain.corrections.correction import Correction
from domain.kernel.context import Hours
from domain.kernel.event import NewEvent, Visibility
from domain.loop.messages import AskedFor, Round, SilenceRecorded, WindowNotHeld
from domain.loop.open_hours import Availability, availability
from domain.plan import Plan
from domain.plan_file.calendar import LONGEST, Span
from domain.plan_file.definition import Cycle

ONE_DAY = timedelta(days=1)


# --- the bodies asked -----------------------------------------------------------------------------------------------


def asked_to_reflect(plan: Plan) -> frozenset[str]:
    """The bodies asked to reflect: partners since the round opened. A group cannot answer as one and is not asked."""
    return frozenset(
        partner.id
        for partner in plan.defined.partners
        if partner.group is None and _took_part_since_round_opened(plan, partner.id)
    )


def bodies_owing_position(plan: Plan, correction: Correction) -> tuple[str, ...]:
    """The bodies that may take a position on the present draft and have not, without the proposer."""
    taken, author = plan.positions_on(correction), correction.body and plan.current_holder(correction.body)
    return tuple(body for body in plan.defined.deciding_bodies() if body not in taken and body != author)


def bodies_owing_answer(plan: Plan, correction: Correction) -> tuple[str, ...]:
    """The author if the draft was returned; otherwise the bodies that owe a position."""
    if correction.status == "returned":
        author = correction.body and plan.current_holder(correction.body)
        return (author,) if author else ()
    return bodies_owing_position(plan, correction)


def owing_since_round_opened(plan: Plan, correction: Correction) -> tuple[str, ...]:
    """The bodies that owe an answer and have taken part since the present round opened."""
    return tuple(body for body in bodies_owing_answer(plan, correction) if _took_part_since_round_opened(plan, body))


def _took_part_since_round_opened(plan: Plan, body: str) -> bool:
    """Whether a body has taken part since the present round opened. A body that joined later is not silent in it."""
    return plan.round is None or plan.takes_part_since(body, plan.round.opened_at)


# --- missing answers ------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class EndedWindow:
    """A window that ended: the missing answers, and why it was not held, if so."""

    since: datetime
    availability: Availability
    not_held: Literal["door_closed", "paused"] | None
    missing: tuple[tuple[str, AskedFor, tuple[str, ...]], ...]
    """(body, what it was asked for, about which items or course correction)."""


def unanswered_window(
    plan: Plan, asked: Round | None, moment: datetime, open_hours: Hours | None
) -> EndedWindow | None:
    """The window of a round that ends at a moment with answers missing; ``None`` otherwise."""
    ended = ended_window(plan, asked, moment, open_hours)
    return ended if ended and ended.missing else None


def ended_window(plan: Plan, asked: Round | None, moment: datetime, open_hours: Hours | None) -> EndedWindow | None:
    """The window of a round that ends at a moment; ``None`` if it cannot produce silence.

    No body is silent while the plan is paused, in history entered afterwards, in a round that was open for less than a
    day, or before the promised last day has ended.
    """
    if asked is None or plan.status == "paused" or asked.counts_from >= moment or plan.entered_afterwards(moment):
        return None
    if moment < (asked.closes_at or asked.counts_from + asked.paused + ONE_DAY):
        return None
    since = max(asked.counts_from, plan.live_from or asked.counts_from)
    available = availability(plan.defined.calendar(), since, moment, asked.pauses, open_hours)
    not_held: Literal["door_closed", "paused"] | None = None
    if asked.closes_at is None and asked.paused * 2 > moment - asked.counts_from:
        not_held = "paused"
    elif not available.at_least_half:
        not_held = "door_closed"
    return EndedWindow(since, available, not_held, tuple(_missing(plan, asked)))


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
                    for body in bodies_owing_position(plan, correction):
                        if _took_part_since_round_opened(plan, body):
                            yield body, "position", (correction.id,)
        case _:
            assert_never(asked.phase)


def reports_missing(plan: Plan, asked: Round) -> Iterator[tuple[str, tuple[str, ...]]]:
    """The bodies that were asked to report in a round and have not, with the items that are still unfinished."""
    owed = plan.asked_to_report()
    for body, items in sorted(asked.asked.items()):
        still_owed = tuple(item for item in items if item in owed.get(body, ()))
        if still_owed and not _has_reported(plan, asked, body):
            yield body, still_owed


def _has_reported(plan: Plan, asked: Round, body: str) -> bool:
    if asked.period is None:
        return body in plan.who_reported(asked.cycle)
    since = asked.reports_on or asked.opened_at
    return body in plan.current_holders(one for one, moment in plan.last_reported.items() if moment >= since)


# --- events ---------------------------------------------------------------------------------------------------------


def silence_events(plan: Plan, asked: Round, ended: EndedWindow, moment: datetime) -> Iterator[NewEvent]:
    """A silence for each missing answer, or one event that the window was not held."""
    if ended.not_held is not None:
        yield NewEvent(_not_held(asked, ended, ended.not_held, moment), moment)
        return
    for body, asked_for, about in ended.missing:
        silence = SilenceRecorded(
            body=body,
            asked_for=asked_for,
            about=about,
            cycle=asked.cycle,
            phase=asked.phase,
            period=asked.period,
            since=ended.since,
            until=moment,
            open_days=ended.availability.open_days,
            working_days=ended.availability.working_days,
        )
        yield NewEvent(silence, moment, _visibility(plan, asked_for, about))


def _visibility(plan: Plan, asked_for: AskedFor, about: tuple[str, ...]) -> Visibility:
    """That of the course correction that the silence is about; otherwise public."""
    correction = plan.corrections.get(about[0]) if asked_for == "position" else None
    return correction.visibility if correction else "public"


def reopened_window(
    plan: Plan, asked: Round | None, ended: EndedWindow | None, moment: datetime, now: datetime
) -> NewEvent | None:
    """If a deadline ends a window that was not held, reopen it from now for the same number of working days.

    The phases that follow keep their length, so the cycle ends later.
    """
    if asked is None or asked.closes_at is None or ended is None or ended.not_held is None:
        return None
    closes_at = _new_end(plan, asked.closes_at, ended, now)
    cycle_ends_at = _cycle_end(plan, closes_at) if asked.period is None else None
    event = _not_held(asked, ended, ended.not_held, moment).model_copy(
        update={"opens_at": now, "closes_at": closes_at, "cycle_ends_at": cycle_ends_at}
    )
    return NewEvent(event, moment)


def _not_held(
    asked: Round, ended: EndedWindow, because: Literal["door_closed", "paused"], moment: datetime
) -> WindowNotHeld:
    return WindowNotHeld(
        cycle=asked.cycle,
        phase=asked.phase,
        period=asked.period,
        because=because,
        since=ended.since,
        until=moment,
        open_days=ended.availability.open_days,
        working_days=ended.availability.working_days,
    )


def _new_end(plan: Plan, closed_at: datetime, ended: EndedWindow, now: datetime) -> datetime:
    calendar, length = plan.defined.calendar(), closed_at - ended.since
    has_working_days = any(calendar.is_working(day) for day in calendar.days(ended.since, closed_at))
    if length < ONE_DAY or not has_working_days:
        return plan.postponed(closed_at, now - ended.since)
    days = min(ended.availability.working_days, LONGEST["working_days"])
    return calendar.after(now, Span(amount=days, unit="working_days"))


def _cycle_end(plan: Plan, closes_at: datetime) -> datetime | None:
    """When the cycle ends if its present phase ends at ``closes_at``. The phases that follow keep their length."""
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

"""Deadlines: phases close and open, silences are recorded, and course corrections take effect or lapse.

A phase determines what is asked, never what is allowed.
"""

from collections.abc import Iterable, Iterator
from datetime import date, datetime
from typing import assert_never

from domain.corrections.changes import apply_all
from domain.corrections.correction import Correction
from domain.corrections.messages import CorrectionCarriedOver, CorrectionLapsed, CorrectionTookEffect
from domain.corrections.taking_effect import take_effect, take_effect_in_next_cycle
from domain.kernel.context import Hours
from domain.kernel.event import NewEvent, Phase
from domain.loop import report_rhythm
from domain.loop.messages import ClosedBy, GroupCount, PhaseClosed, PhaseOpened
from domain.loop.silence import (
    asked_to_reflect,
    bodies_owing_answer,
    ended_window,
    owing_since_round_opened,
    reopened_window,
    silence_events,
    unanswered_window,
)
from domain.plan import Plan
from domain.plan_file.definition import Cycle

FOLLOWING: dict[Phase, Phase] = {"action": "reflection", "reflection": "adaptation", "adaptation": "action"}


def next_deadline(plan: Plan) -> datetime | None:
    """The next deadline of a plan; ``None`` while it is paused or closed."""
    if plan.status != "open":
        return None
    moments = [moment for _, moment in _dated_corrections(plan)]
    if plan.round and plan.round.closes_at and not plan.round.over:
        moments.append(plan.round.closes_at)
    if (reports := report_rhythm.next_moment(plan)) is not None:
        moments.append(reports)
    return min(moments, default=None)


def due(plan: Plan, until: datetime, open_hours: Hours | None = None) -> list[NewEvent]:
    """The events of the earliest deadline up to a moment: one deadline per call, because its events change the plan.

    ``open_hours``: the hours in which the system could take commands; ``None``: always. An event takes effect at its
    deadline, but never before the last event that shapes the plan.
    """
    if plan.status != "open" or plan.shaped_at is None:
        return []
    if plan.round and not plan.round.over and _all_answered(plan):
        return list(
            next_phase_events(plan, max(plan.shaped_at, plan.heard_at or plan.shaped_at), "answered", open_hours)
        )
    deadline = next_deadline(plan)
    if deadline is None or deadline > until:
        return []
    moment = max(deadline, plan.shaped_at)
    for correction, day in _dated_corrections(plan):
        if day == deadline:
            return [take_effect(plan, correction, moment)]
    if report_rhythm.next_moment(plan) == deadline:
        return list(report_rhythm.due(plan, moment, until, open_hours))
    ended = unanswered_window(plan, plan.round, moment, open_hours)
    if (not_held := reopened_window(plan, plan.round, ended, moment, until)) is not None:
        return [not_held]
    if isinstance(plan.defined.policy.cycle, Cycle) and plan.cycle_ends_at is not None:
        return list(next_phase_events(plan, moment, "clock", open_hours))
    return list(closing_events(plan, moment, "clock", open_hours))


def _dated_corrections(plan: Plan) -> Iterator[tuple[Correction, datetime]]:
    for correction in plan.corrections.values():
        if correction.status == "adopted" and isinstance(day := correction.proposal.takes_effect, date):
            yield correction, plan.defined.calendar().start_of(day)


def _all_answered(plan: Plan) -> bool:
    """Whether the policy lets this phase end early, and all bodies asked have answered."""
    cycle = plan.defined.policy.cycle
    if not (cycle == "answered" or (isinstance(cycle, Cycle) and cycle.early)) or plan.round is None:
        return False
    match plan.round.phase:
        case "action":
            asked = plan.round.asked.keys() & set(plan.partner_ids())
            return bool(asked) and asked <= plan.who_reported(plan.cycle)
        case "reflection":
            bodies = asked_to_reflect(plan)
            return bool(bodies) and bodies <= plan.who_reflected(plan.cycle)
        case "adaptation":
            since = plan.round.opened_at
            decided = [c for c in plan.corrections.values() if c.decided_at and c.decided_at >= since]
            return bool(decided) and not plan.open_corrections()
        case _:
            assert_never(plan.round.phase)


# --- rounds ---------------------------------------------------------------------------------------------------------


def next_phase_events(plan: Plan, moment: datetime, by: ClosedBy, open_hours: Hours | None) -> Iterator[NewEvent]:
    """Close the present phase and record its silences, and open the next phase; after adaptation, the next cycle."""
    yield from closing_events(plan, moment, by, open_hours)
    phase = FOLLOWING[plan.phase or "adaptation"]
    if phase != "action":
        yield NewEvent(opening_event(plan, phase, plan.cycle, moment, plan.cycle_ends_at), moment)
        return
    ended = ended_window(plan, plan.round, moment, open_hours)
    yield from _unanswered_corrections(plan, moment, ended is not None and ended.not_held is None)
    changes = list(take_effect_in_next_cycle(plan, moment))
    # A change of the cycle's rules already applies to the cycle that opens now.
    yield NewEvent(opening_event(_changed(plan, changes), "action", plan.cycle + 1, moment, None), moment)
    yield from changes


def _changed(plan: Plan, effects: Iterable[NewEvent]) -> Plan:
    definition = plan.defined
    for effect in effects:
        if isinstance(effect.event, CorrectionTookEffect):
            definition, _, _ = apply_all(definition, plan.dropped, effect.event.applied)
    return plan.with_(definition=definition)


def opening_event(
    plan: Plan, phase: Phase, cycle: int, moment: datetime, cycle_ends_at: datetime | None
) -> PhaseOpened:
    """The event that opens a phase, with its end if the clock drives the cycle. No ``cycle_ends_at``: a new cycle."""
    policy = plan.defined.policy.cycle
    if not isinstance(policy, Cycle) or plan.live_from is None:
        return PhaseOpened(cycle=cycle, phase=phase)  # history entered afterwards has no deadlines
    calendar = plan.defined.calendar()
    counted_from = plan.counted_from
    if cycle_ends_at is None:
        begins = plan.cycle_ends_at or max(moment, plan.live_from)
        if policy.every.unit != "seconds":
            begins = calendar.start_of(calendar.day_of(begins))
        cycle_ends_at, counted_from = _cycle_end(plan, policy, begins, moment)
    adaptation = calendar.before(cycle_ends_at, policy.adaptation)
    closes: dict[Phase, datetime] = {
        "action": calendar.before(adaptation, policy.reflection),
        "reflection": adaptation,
        "adaptation": cycle_ends_at,
    }
    return PhaseOpened(
        cycle=cycle,
        phase=phase,
        closes_at=max(closes[phase], moment),
        cycle_ends_at=cycle_ends_at,
        counted_from=counted_from,
    )


def _cycle_end(plan: Plan, policy: Cycle, begins: datetime, moment: datetime) -> tuple[datetime, date | None]:
    """When a cycle ends that begins at a moment, and the day from which the ends of cycles are counted.

    Months are counted from the first day of the first cycle. The count restarts only if a pause or a change of policy
    made a cycle begin on another day.
    """
    calendar = plan.defined.calendar()
    if policy.every.unit in ("months", "years"):
        day, counted_from = calendar.day_of(begins), plan.counted_from
        if counted_from is None or not calendar.is_on_grid(counted_from, policy.every, day):
            counted_from = day
        last = max(day, calendar.day_of(moment))
        return calendar.start_of(calendar.next_on_grid(counted_from, policy.every, last)), counted_from
    ends = calendar.after(begins, policy.every)
    while ends <= moment:
        ends = calendar.after(ends, policy.every)
    return ends, None


def closing_events(plan: Plan, moment: datetime, by: ClosedBy, open_hours: Hours | None) -> Iterator[NewEvent]:
    """Close the present phase, with its silences and the counts of its groups; nothing if it is over already."""
    if plan.round is None or plan.round.over:
        return
    if ended := unanswered_window(plan, plan.round, moment, open_hours):
        yield from silence_events(plan, plan.round, ended, moment)
    groups = tuple(_groups(plan)) if plan.round.phase == "reflection" else ()
    yield NewEvent(PhaseClosed(cycle=plan.cycle, phase=plan.round.phase, by=by, groups=groups), moment)


def _groups(plan: Plan) -> Iterator[GroupCount]:
    """For each group, how many of its members have answered in this cycle."""
    members = plan.members_in(plan.cycle)
    for partner in plan.defined.partners:
        if partner.group is not None:
            yield GroupCount(body=partner.id, answered=members.get(partner.id, 0), of=partner.group)


# --- course corrections without an answer ---------------------------------------------------------------------------


def _unanswered_corrections(plan: Plan, moment: datetime, was_held: bool) -> Iterator[NewEvent]:
    """At the end of a cycle, carry over undecided course corrections; those carried over often enough lapse.

    A round counts only if it was held and had a window, and a body only if it took part from the start of the round.
    In history entered afterwards no body was asked, so none owes an answer.
    """
    if plan.entered_afterwards(moment):
        return
    limit = plan.defined.policy.decisions.unanswered_after_cycles
    asked_since = plan.round.opened_at if plan.round else moment
    for correction in plan.open_corrections():
        times = correction.carried + (was_held and correction.drafted_at <= asked_since)
        if times >= limit and (owing := owing_since_round_opened(plan, correction)):
            lapsed = CorrectionLapsed(correction=correction.id, unanswered_by=owing)
            yield NewEvent(lapsed, moment, correction.visibility)
        else:
            carried = CorrectionCarriedOver(
                correction=correction.id, owed_by=bodies_owing_answer(plan, correction), times=times
            )
            yield NewEvent(carried, moment, correction.visibility)

"""What the clock brings: deadlines, the rounds that they close and open, and what nobody answered.

Phases say what is asked now, never what is allowed.
"""

from collections.abc import Iterable, Iterator
from datetime import date, datetime
from typing import assert_never

from domain.corrections.changes import apply_all
from domain.corrections.messages import Correction, CorrectionCarriedOver, CorrectionLapsed, CorrectionTookEffect
from domain.corrections.taking_effect import take_effect, take_effect_in_next_cycle
from domain.kernel.context import Hours
from domain.kernel.event import NewEvent, Phase
from domain.loop import report_rhythm
from domain.loop.messages import (
    ClosedBy,
    GroupCount,
    PhaseClosed,
    PhaseOpened,
)
from domain.loop.silence import (
    asked_to_reflect,
    let_pass_by,
    opened_again,
    owing,
    silence_events,
    unanswered_window,
    window,
)
from domain.plan import Plan
from domain.plan_file.definition import Cycle

FOLLOWING: dict[Phase, Phase] = {"action": "reflection", "reflection": "adaptation", "adaptation": "action"}


def next_deadline(plan: Plan) -> datetime | None:
    """When the clock next has something to do; nothing while the plan is paused or closed."""
    if plan.status != "open":
        return None
    moments = [moment for _, moment in _dated_corrections(plan)]
    if plan.round and plan.round.closes_at and not plan.round.over:
        moments.append(plan.round.closes_at)
    if (reports := report_rhythm.next_moment(plan)) is not None:
        moments.append(reports)
    return min(moments, default=None)


def due(plan: Plan, until: datetime, open_hours: Hours | None = None) -> list[NewEvent]:
    """What falls due next, up to a moment: one deadline at a time, so that each is judged on the plan as it then is.

    ``open_hours`` says when the door was open; ``None`` where nobody keeps one. What comes takes effect at its
    deadline, never before the plan's course was last set.
    """
    if plan.status != "open" or plan.shaped_at is None:
        return []
    if plan.round and not plan.round.over and _all_answered(plan):
        return list(next_phase(plan, max(plan.shaped_at, plan.heard_at or plan.shaped_at), "answered", open_hours))
    deadline = next_deadline(plan)
    if deadline is None or deadline > until:
        return []
    moment = max(deadline, plan.shaped_at)
    for correction, day in _dated_corrections(plan):
        if day == deadline:
            return [take_effect(plan, correction, moment)]
    if report_rhythm.next_moment(plan) == deadline:
        return list(report_rhythm.due(plan, moment, until, open_hours))
    left = unanswered_window(plan, plan.round, moment, open_hours)
    if (not_held := opened_again(plan, plan.round, left, moment, until)) is not None:
        return [not_held]
    if isinstance(plan.defined.policy.cycle, Cycle) and plan.cycle_ends_at is not None:
        return list(next_phase(plan, moment, "clock", open_hours))
    return list(closing(plan, moment, "clock", open_hours))


def _dated_corrections(plan: Plan) -> Iterator[tuple[Correction, datetime]]:
    for correction in plan.corrections.values():
        if correction.status == "adopted" and isinstance(day := correction.proposal.takes_effect, date):
            yield correction, plan.defined.calendar().start_of(day)


def _all_answered(plan: Plan) -> bool:
    """Whether the policy lets this phase end early, and everyone who was asked has answered."""
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


def next_phase(plan: Plan, moment: datetime, by: ClosedBy, open_hours: Hours | None) -> Iterator[NewEvent]:
    """Close the present phase with its silences, and open the next; after adaptation, the next cycle."""
    yield from closing(plan, moment, by, open_hours)
    phase = FOLLOWING[plan.phase or "adaptation"]
    if phase != "action":
        yield NewEvent(opened(plan, phase, plan.cycle, moment, plan.cycle_ends_at), moment)
        return
    ended = window(plan, plan.round, moment, open_hours)
    yield from _unanswered(plan, moment, ended is not None and ended.not_held is None)
    changes = list(take_effect_in_next_cycle(plan, moment))
    # A new rule for cycles holds from the first of them on.
    yield NewEvent(opened(_changed(plan, changes), "action", plan.cycle + 1, moment, None), moment)
    yield from changes


def _changed(plan: Plan, effects: Iterable[NewEvent]) -> Plan:
    definition = plan.defined
    for draft in effects:
        if isinstance(draft.event, CorrectionTookEffect):
            definition, _, _ = apply_all(definition, plan.dropped, draft.event.applied)
    return plan.with_(definition=definition)


def opened(plan: Plan, phase: Phase, cycle: int, moment: datetime, cycle_ends_at: datetime | None) -> PhaseOpened:
    """A phase as it opens: when it closes, where the clock drives the cycle. Without an end a new cycle begins."""
    policy = plan.defined.policy.cycle
    if not isinstance(policy, Cycle) or plan.live_from is None:
        return PhaseOpened(cycle=cycle, phase=phase)  # history entered afterwards has no clock: nobody was asked
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
    """When a cycle ends that begins at a moment, and from which day the ends are counted.

    Months are counted from the first cycle's day, and anew only where a pause or another policy took a cycle off it.
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


def closing(plan: Plan, moment: datetime, by: ClosedBy, open_hours: Hours | None) -> Iterator[NewEvent]:
    if plan.round is None or plan.round.over:
        return
    if left := unanswered_window(plan, plan.round, moment, open_hours):
        yield from silence_events(plan, plan.round, left, moment)
    groups = tuple(_groups(plan)) if plan.round.phase == "reflection" else ()
    yield NewEvent(PhaseClosed(cycle=plan.cycle, phase=plan.round.phase, by=by, groups=groups), moment)


def _groups(plan: Plan) -> Iterator[GroupCount]:
    """How many of each group have answered in this cycle."""
    answered = plan.members_in(plan.cycle)
    for partner in plan.defined.partners:
        if partner.group is not None:
            yield GroupCount(body=partner.id, answered=answered.get(partner.id, 0), of=partner.group)


# --- what nobody answers --------------------------------------------------------------------------------------------


def _unanswered(plan: Plan, moment: datetime, was_held: bool) -> Iterator[NewEvent]:
    """At a cycle's end: carry over what nobody has decided, and let lapse what was carried long enough.

    A round that was not held, or that had no window, is none that anybody let pass; nor did a body that came in it.
    In history entered afterwards nobody was asked, so nobody owes an answer.
    """
    if plan.entered_afterwards(moment):
        return
    limit = plan.defined.policy.decisions.unanswered_after_cycles
    asked_since = plan.round.opened_at if plan.round else moment
    for correction in plan.open_corrections():
        times = correction.carried + (was_held and correction.drafted_at <= asked_since)
        if times >= limit and (let_pass := let_pass_by(plan, correction)):
            lapsed = CorrectionLapsed(correction=correction.id, unanswered_by=let_pass)
            yield NewEvent(lapsed, moment, correction.visibility)
        else:
            carried = CorrectionCarriedOver(correction=correction.id, owed_by=owing(plan, correction), times=times)
            yield NewEvent(carried, moment, correction.visibility)

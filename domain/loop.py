"""The loop: action → reflection → adaptation, by the operator's word or by the clock.

Phases say what is asked now, never what is allowed.
"""

from collections.abc import Iterable, Iterator
from datetime import date, datetime
from typing import assert_never

from domain import rhythm
from domain.changes import apply_all
from domain.commands import Asked, ClosePlan, Convene, PausePlan, ReopenPhase, ResumePlan
from domain.corrections import take_effect, take_effect_in_next_cycle
from domain.definition import Cycle
from domain.door import Hours
from domain.entry import Draft, Phase
from domain.events import (
    ClosedBy,
    CorrectionCarriedOver,
    CorrectionLapsed,
    CorrectionTookEffect,
    Counted,
    PhaseClosed,
    PhaseOpened,
    PhaseReopened,
    PlanClosed,
    PlanPaused,
    PlanResumed,
    SilenceRecorded,
)
from domain.judging import SETTLED
from domain.plan import Correction, Plan
from domain.refusals import Refused
from domain.silence import asked_to_reflect, let_pass_by, opened_again, owing, silences, unanswered, window

FOLLOWING: dict[Phase, Phase] = {"action": "reflection", "reflection": "adaptation", "adaptation": "action"}


# --- what people ask ------------------------------------------------------------------------------------------------


def convene(plan: Plan, asked: Asked, command: Convene, moment: datetime) -> list[Draft]:
    """Close the present phase and open the next."""
    _running(plan)
    expected = FOLLOWING[plan.phase or "adaptation"]
    if command.phase != expected:
        raise Refused("not_next_phase", phase=plan.phase, cycle=plan.cycle, next=expected)
    until = _last_moment(plan, command.until)
    if until is not None and until <= moment:
        raise Refused("ends_before_it_begins", until=command.until)
    drafts = list(_next_phase(plan, moment, "convened", asked.open_hours))
    begun = next(draft.event for draft in drafts if isinstance(draft.event, PhaseOpened))
    convened = begun.model_copy(update={"text": command.text, "closes_at": until or begun.closes_at})
    return [Draft(convened, draft.effective_at) if draft.event is begun else draft for draft in drafts]


def reopen(plan: Plan, asked: Asked, command: ReopenPhase, moment: datetime) -> list[Draft]:
    """Go back to the phase that closed last, because something was missed."""
    _running(plan)
    until = _last_moment(plan, command.until)
    if until is not None and until <= moment:
        raise Refused("ends_before_it_begins", until=command.until)
    closed = plan.round if plan.round and plan.round.over else plan.last_closed
    if closed is None or closed.cycle != plan.cycle:
        raise Refused("nothing_to_reopen")
    if until is None and isinstance(plan.defined.policy.cycle, Cycle):
        raise Refused("until_needed")
    event = PhaseReopened(cycle=closed.cycle, phase=closed.phase, reason=command.reason, closes_at=until)
    return [Draft(event, moment)]


def pause(plan: Plan, asked: Asked, command: PausePlan, moment: datetime) -> list[Draft]:
    """Stop the clock: nothing falls due until the plan is resumed."""
    _running(plan)
    return [Draft(PlanPaused(reason=command.reason), moment)]


def resume(plan: Plan, asked: Asked, command: ResumePlan, moment: datetime) -> list[Draft]:
    """Start the clock again; what was to end, ends as much later as the pause was long."""
    if plan.status != "paused" or plan.paused_at is None:
        raise Refused("not_paused")
    shift = moment - plan.paused_at
    closes_at = plan.round.closes_at if plan.round else None
    reports_close_at = plan.reporting.closes_at if plan.reporting and not plan.reporting.over else None
    event = PlanResumed(
        text=command.text,
        closes_at=closes_at and plan.later(closes_at, shift),
        cycle_ends_at=plan.cycle_ends_at and plan.later(plan.cycle_ends_at, shift),
        reports_close_at=reports_close_at and plan.later(reports_close_at, shift),
    )
    return [Draft(event, moment)]


def close(plan: Plan, asked: Asked, command: ClosePlan, moment: datetime) -> list[Draft]:
    """End the plan, saying what was awaited, open, unanswered or not in effect yet, and which lessons a successor gets.

    Everybody may read that, so it names nothing restricted: a name can say as much as a text.
    """
    if plan.status == "closed":
        raise Refused("plan_closed")
    ended = list(_closing(plan, moment, "closing", asked.open_hours))
    finished = PlanClosed(
        reason=command.reason,
        awaited=tuple(
            one.id for one in plan.defined.awaited if one.id not in plan.occurrences and one.id not in plan.dropped
        ),
        open_items=tuple(
            milestone.id
            for commitment, milestone in plan.defined.milestones()
            if plan.dropped_since(milestone.id) is None and plan.meaning_of(milestone.id) not in ("done", "stopped")
        ),
        unanswered=tuple(
            one.id for one in plan.open_corrections() if one.proposed_at <= moment and one.visibility != "restricted"
        ),
        adopted=tuple(
            one.id for one in plan.corrections.values() if one.status == "adopted" and one.visibility != "restricted"
        ),
        silent=tuple(sorted(_silent(plan, ended))),
        findings=tuple(
            one.id
            for one in plan.findings.values()
            if one.status not in SETTLED and one.raised_at <= moment and one.visibility != "restricted"
        ),
        lessons_for_successor=tuple(
            lesson.id
            for lesson in plan.lessons.values()
            if "successor" in lesson.meant_for
            and plan.named[lesson.id].effective_at <= moment
            and plan.named[lesson.id].visibility != "restricted"
            and plan.stands(plan.named[lesson.id].version)
        ),
    )
    return [*ended, Draft(finished, moment)]


def _silent(plan: Plan, ended: Iterable[Draft]) -> set[str]:
    """The bodies that have not answered what they were silent on, those among them that the last round leaves so."""
    last = {draft.event.body for draft in ended if isinstance(draft.event, SilenceRecorded)}
    return last | {one.body for one in plan.silences if one.answered_late is None}


def _running(plan: Plan) -> None:
    if plan.status == "closed":
        raise Refused("plan_closed")
    if plan.status == "paused":
        raise Refused("plan_paused")


def _last_moment(plan: Plan, until: date | datetime | None) -> datetime | None:
    match until:
        case None:
            return None
        case datetime():
            return until
        case date():
            return plan.defined.calendar().end_of(until)


# --- what the clock brings ------------------------------------------------------------------------------------------


def next_deadline(plan: Plan) -> datetime | None:
    """When the clock next has something to do; nothing while the plan is paused or closed."""
    if plan.status != "open":
        return None
    moments = [moment for _, moment in _dated_corrections(plan)]
    if plan.round and plan.round.closes_at and not plan.round.over:
        moments.append(plan.round.closes_at)
    if (reports := rhythm.next_moment(plan)) is not None:
        moments.append(reports)
    return min(moments, default=None)


def due(plan: Plan, until: datetime, open_hours: Hours | None = None) -> list[Draft]:
    """What falls due next, up to a moment: one deadline at a time, so that each is judged on the plan as it then is.

    ``open_hours`` says when the door was open; ``None`` where nobody keeps one. What comes takes effect at its
    deadline, never before the plan's course was last set.
    """
    if plan.status != "open" or plan.shaped_at is None:
        return []
    if plan.round and not plan.round.over and _all_answered(plan):
        return list(_next_phase(plan, max(plan.shaped_at, plan.heard_at or plan.shaped_at), "answered", open_hours))
    deadline = next_deadline(plan)
    if deadline is None or deadline > until:
        return []
    moment = max(deadline, plan.shaped_at)
    for correction, day in _dated_corrections(plan):
        if day == deadline:
            return [take_effect(plan, correction, moment)]
    if rhythm.next_moment(plan) == deadline:
        return list(rhythm.due(plan, moment, until, open_hours))
    left = unanswered(plan, plan.round, moment, open_hours)
    if (not_held := opened_again(plan, plan.round, left, moment, until)) is not None:
        return [not_held]
    if isinstance(plan.defined.policy.cycle, Cycle) and plan.cycle_ends_at is not None:
        return list(_next_phase(plan, moment, "clock", open_hours))
    return list(_closing(plan, moment, "clock", open_hours))


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


def _next_phase(plan: Plan, moment: datetime, by: ClosedBy, open_hours: Hours | None) -> Iterator[Draft]:
    """Close the present phase with its silences, and open the next; after adaptation, the next cycle."""
    yield from _closing(plan, moment, by, open_hours)
    phase = FOLLOWING[plan.phase or "adaptation"]
    if phase != "action":
        yield Draft(opened(plan, phase, plan.cycle, moment, plan.cycle_ends_at), moment)
        return
    ended = window(plan, plan.round, moment, open_hours)
    yield from _unanswered(plan, moment, ended is not None and ended.not_held is None)
    changes = list(take_effect_in_next_cycle(plan, moment))
    # A new rule for cycles holds from the first of them on.
    yield Draft(opened(_changed(plan, changes), "action", plan.cycle + 1, moment, None), moment)
    yield from changes


def _changed(plan: Plan, effects: Iterable[Draft]) -> Plan:
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


def _closing(plan: Plan, moment: datetime, by: ClosedBy, open_hours: Hours | None) -> Iterator[Draft]:
    if plan.round is None or plan.round.over:
        return
    if left := unanswered(plan, plan.round, moment, open_hours):
        yield from silences(plan, plan.round, left, moment)
    groups = tuple(_groups(plan)) if plan.round.phase == "reflection" else ()
    yield Draft(PhaseClosed(cycle=plan.cycle, phase=plan.round.phase, by=by, groups=groups), moment)


def _groups(plan: Plan) -> Iterator[Counted]:
    """How many of each group have answered in this cycle."""
    answered = plan.members.get(plan.cycle, {})
    for partner in plan.defined.partners:
        if partner.group is not None:
            yield Counted(body=partner.id, answered=answered.get(partner.id, 0), of=partner.group)


# --- what nobody answers --------------------------------------------------------------------------------------------


def _unanswered(plan: Plan, moment: datetime, was_held: bool) -> Iterator[Draft]:
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
            yield Draft(lapsed, moment, correction.visibility)
        else:
            carried = CorrectionCarriedOver(correction=correction.id, owed_by=owing(plan, correction), times=times)
            yield Draft(carried, moment, correction.visibility)

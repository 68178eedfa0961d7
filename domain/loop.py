"""The loop: action → reflection → adaptation, by the operator's word or by the clock.

Phases say what is asked now, never what is allowed. Silence is recorded when a round closes, and only where somebody
was asked: about bodies, never persons, never about history entered afterwards.
"""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from functools import partial
from typing import assert_never

from domain.calendar import Span
from domain.commands import Asked, ClosePlan, Convene, PausePlan, ReopenPhase, ResumePlan
from domain.corrections import take_effect, take_effect_in_next_cycle
from domain.definition import Cycle
from domain.entry import Draft, Phase, Visibility
from domain.events import (
    AskedFor,
    ClosedBy,
    CorrectionCarriedOver,
    CorrectionLapsed,
    PhaseClosed,
    PhaseOpened,
    PhaseReopened,
    PlanClosed,
    PlanPaused,
    PlanResumed,
    SilenceRecorded,
)
from domain.plan import Correction, Plan, Round
from domain.refusals import Refused

ONE_DAY = timedelta(days=1)

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
    drafts = list(_next_phase(plan, moment, "convened"))
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
    event = PlanResumed(
        text=command.text,
        closes_at=_later(plan, closes_at, shift),
        cycle_ends_at=_later(plan, plan.cycle_ends_at, shift),
    )
    return [Draft(event, moment)]


def close(plan: Plan, asked: Asked, command: ClosePlan, moment: datetime) -> list[Draft]:
    """End the plan, saying what was awaited, open and unanswered, and which lessons are for a successor."""
    if plan.status == "closed":
        raise Refused("plan_closed")
    finished = PlanClosed(
        reason=command.reason,
        awaited=tuple(one.id for one in plan.defined.awaited if one.id not in plan.occurrences),
        open_items=tuple(
            milestone.id
            for commitment, milestone in plan.defined.milestones()
            if plan.dropped_since(milestone.id) is None and plan.meaning_of(milestone.id) not in ("done", "stopped")
        ),
        unanswered=tuple(one.id for one in plan.open_corrections() if one.proposed_at <= moment),
        lessons_for_successor=tuple(
            lesson.id
            for lesson in plan.lessons.values()
            if "successor" in lesson.meant_for and plan.named[lesson.id].effective_at <= moment
        ),
    )
    return [*_closing(plan, moment, "closing"), Draft(finished, moment)]


def _later(plan: Plan, moment: datetime | None, shift: timedelta) -> datetime | None:
    """A moment put off; what ended with a day ends with a day again."""
    if moment is None:
        return None
    calendar = plan.defined.calendar()
    whole = calendar.start_of(calendar.day_of(moment)) == moment
    day = calendar.day_of(moment + shift - timedelta(microseconds=1))
    return calendar.end_of(day) if whole else moment + shift


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
    return min(moments, default=None)


def due(plan: Plan, until: datetime) -> list[Draft]:
    """What falls due next, up to a moment: one deadline at a time, so that each is judged on the plan as it then is.

    Takes effect at its deadline, never before the plan's course was last set.
    """
    if plan.status != "open" or plan.shaped_at is None:
        return []
    if plan.round and not plan.round.over and _all_answered(plan):
        return list(_next_phase(plan, max(plan.shaped_at, plan.heard_at or plan.shaped_at), "answered"))
    deadline = next_deadline(plan)
    if deadline is None or deadline > until:
        return []
    moment = max(deadline, plan.shaped_at)
    for correction, day in _dated_corrections(plan):
        if day == deadline:
            return [take_effect(plan, correction, moment)]
    if isinstance(plan.defined.policy.cycle, Cycle) and plan.cycle_ends_at is not None:
        return list(_next_phase(plan, moment, "clock"))
    return list(_closing(plan, moment, "clock"))


def _dated_corrections(plan: Plan) -> Iterator[tuple[Correction, datetime]]:
    for correction in plan.corrections.values():
        day = correction.proposal.takes_effect
        if correction.status == "adopted" and isinstance(day, date):
            yield correction, plan.defined.calendar().start_of(day)


def _all_answered(plan: Plan) -> bool:
    """Whether the policy lets this phase end early, and everyone who was asked has answered."""
    cycle = plan.defined.policy.cycle
    if not (cycle == "answered" or (isinstance(cycle, Cycle) and cycle.early)) or plan.round is None:
        return False
    match plan.round.phase:
        case "action":
            asked = plan.round.asked.keys() & set(plan.partner_ids())
            return bool(asked) and asked <= plan.reported.get(plan.cycle, frozenset())
        case "reflection":
            bodies = asked_to_reflect(plan)
            return bool(bodies) and bodies <= plan.reflected.get(plan.cycle, frozenset())
        case "adaptation":
            since = plan.round.opened_at
            decided = [c for c in plan.corrections.values() if c.decided_at and c.decided_at >= since]
            return bool(decided) and not plan.open_corrections()
        case _:
            assert_never(plan.round.phase)


# --- rounds ---------------------------------------------------------------------------------------------------------


def _next_phase(plan: Plan, moment: datetime, by: ClosedBy) -> Iterator[Draft]:
    """Close the present phase with its silences, and open the next; after adaptation, the next cycle."""
    yield from _closing(plan, moment, by)
    phase = FOLLOWING[plan.phase or "adaptation"]
    if phase != "action":
        yield Draft(opened(plan, phase, plan.cycle, moment, plan.cycle_ends_at), moment)
        return
    yield from _unanswered(plan, moment)
    yield Draft(opened(plan, "action", plan.cycle + 1, moment, None), moment)
    yield from take_effect_in_next_cycle(plan, moment)


def opened(plan: Plan, phase: Phase, cycle: int, moment: datetime, cycle_ends_at: datetime | None) -> PhaseOpened:
    """A phase as it opens: when it closes, where the clock drives the cycle. Without an end a new cycle begins."""
    policy = plan.defined.policy.cycle
    if not isinstance(policy, Cycle) or plan.live_from is None:
        return PhaseOpened(cycle=cycle, phase=phase)  # history entered afterwards has no clock: nobody was asked
    calendar = plan.defined.calendar()
    if cycle_ends_at is None:
        begins = plan.cycle_ends_at or max(moment, plan.live_from)
        if policy.every.unit != "seconds":
            begins = calendar.start_of(calendar.day_of(begins))
        cycle_ends_at = _after(plan, begins, policy.every)
        while cycle_ends_at <= moment:
            cycle_ends_at = _after(plan, cycle_ends_at, policy.every)
    adaptation = calendar.before(cycle_ends_at, policy.adaptation)
    closes: dict[Phase, datetime] = {
        "action": calendar.before(adaptation, policy.reflection),
        "reflection": adaptation,
        "adaptation": cycle_ends_at,
    }
    return PhaseOpened(cycle=cycle, phase=phase, closes_at=max(closes[phase], moment), cycle_ends_at=cycle_ends_at)


def _after(plan: Plan, moment: datetime, span: Span) -> datetime:
    return plan.defined.calendar().after(moment, span)


def _closing(plan: Plan, moment: datetime, by: ClosedBy) -> Iterator[Draft]:
    if plan.round is None or plan.round.over:
        return
    for silence in _silences(plan, moment):
        yield Draft(silence, moment, _may_be_heard(plan, silence))
    yield Draft(PhaseClosed(cycle=plan.cycle, phase=plan.round.phase, by=by), moment)


# --- silence --------------------------------------------------------------------------------------------------------


def asked_to_reflect(plan: Plan) -> frozenset[str]:
    """The bodies that a reflection is asked of: those there since its round opened; a group is not asked as one."""
    return frozenset(
        partner.id for partner in plan.defined.partners if partner.group is None and was_there(plan, partner.id)
    )


def was_there(plan: Plan, body: str) -> bool:
    """Whether a body has taken part since the present round opened: nobody is silent in one that it came late to."""
    return plan.round is None or plan.takes_part_since(body, plan.round.opened_at)


def owing_a_position(plan: Plan, correction: Correction) -> tuple[str, ...]:
    """The bodies that may take a position on the present draft and have not; whoever proposed owes none."""
    taken, author = plan.positions_on(correction), correction.body and plan.heir(correction.body)
    return tuple(body for body in plan.defined.deciding_bodies() if body not in taken and body != author)


def _owing(plan: Plan, correction: Correction) -> tuple[str, ...]:
    """Who owes an answer: the author of what was returned, else the bodies without a position. Maybe nobody."""
    if correction.status == "returned":
        author = correction.body and plan.heir(correction.body)
        return (author,) if author else ()
    return owing_a_position(plan, correction)


def _silences(plan: Plan, moment: datetime) -> Iterator[SilenceRecorded]:
    """Who was asked in this round and did not answer.

    Nobody, where the plan is paused, or the round lies in history entered afterwards or was over as soon as it opened.
    """
    asked = plan.round
    if asked is None or plan.status == "paused" or asked.opened_at >= moment or plan.entered_afterwards(moment):
        return
    if not _was_held(asked, moment):
        return
    since = max(asked.opened_at, plan.live_from) if plan.live_from else asked.opened_at

    def silence(body: str, asked_for: AskedFor, about: tuple[str, ...] = ()) -> SilenceRecorded:
        return SilenceRecorded(
            body=body,
            asked_for=asked_for,
            about=about,
            cycle=asked.cycle,
            phase=asked.phase,
            since=since,
            until=moment,
        )

    match asked.phase:
        case "action":
            owed = plan.asked_to_report()
            for body, items in sorted(asked.asked.items()):
                still = tuple(item for item in items if item in owed.get(body, ()))
                if still and body not in plan.reported.get(asked.cycle, frozenset()):
                    yield silence(body, "report", still)
        case "reflection":
            for body in sorted(asked_to_reflect(plan) - plan.reflected.get(asked.cycle, frozenset())):
                yield silence(body, "reflection")
        case "adaptation":
            for correction in plan.open_corrections():
                if correction.drafted_at <= asked.opened_at and correction.status == "open":
                    for body in filter(partial(was_there, plan), owing_a_position(plan, correction)):
                        yield silence(body, "position", (correction.id,))
        case _:
            assert_never(asked.phase)


def _may_be_heard(plan: Plan, silence: SilenceRecorded) -> Visibility:
    """Who may hear of a silence: whoever may know of the course correction it is about."""
    about = plan.corrections.get(silence.about[0]) if silence.asked_for == "position" else None
    return about.visibility if about else "public"


def _was_held(asked: Round, moment: datetime) -> bool:
    """Whether one could be silent in a round: its last day has ended, or it was open for a day; and mostly unpaused."""
    if asked.closes_at is not None:
        return moment >= asked.closes_at
    return moment - asked.opened_at - asked.paused >= ONE_DAY and asked.paused * 2 <= moment - asked.opened_at


def _unanswered(plan: Plan, moment: datetime) -> Iterator[Draft]:
    """At a cycle's end: carry over what nobody has decided, and let lapse what was carried long enough.

    In history entered afterwards nobody was asked, so nobody owes an answer.
    """
    if plan.entered_afterwards(moment):
        return
    limit = plan.defined.policy.decisions.unanswered_after_cycles
    asked_since = plan.round.opened_at if plan.round else moment
    for correction in plan.open_corrections():
        owing = _owing(plan, correction)
        times = correction.carried + (correction.drafted_at <= asked_since)
        if times >= limit and owing:
            lapsed = CorrectionLapsed(correction=correction.id, unanswered_by=owing)
            yield Draft(lapsed, moment, correction.visibility)
        else:
            carried = CorrectionCarriedOver(correction=correction.id, owed_by=owing, times=times)
            yield Draft(carried, moment, correction.visibility)

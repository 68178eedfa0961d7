"""The loop: action → reflection → adaptation, convened by the operator or driven by the clock.

A phase determines what is asked, never what is allowed.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime

from domain.judging.rules import SETTLED
from domain.kernel.context import CommandEnvelope
from domain.kernel.entry import Entry
from domain.kernel.event import NewEvent
from domain.kernel.record import replace
from domain.kernel.refused import Refused
from domain.kernel.registry import decides, evolves
from domain.loop.clock import FOLLOWING, closing_events, next_phase_events
from domain.loop.messages import (
    ClosePlan,
    Convene,
    PausePlan,
    PhaseClosed,
    PhaseOpened,
    PhaseReopened,
    PlanClosed,
    PlanPaused,
    PlanResumed,
    PlanStarted,
    ReopenPhase,
    ReportsAsked,
    ReportsClosed,
    ResumePlan,
    Round,
    Silence,
    SilenceRecorded,
    WindowNotHeld,
)
from domain.plan import Plan
from domain.plan_file.definition import Cycle

# --- commands -------------------------------------------------------------------------------------------------------


@decides(Convene)
def convene(plan: Plan, sent: CommandEnvelope, command: Convene, moment: datetime) -> list[NewEvent]:
    """Close the present phase and open the next."""
    _require_running(plan)
    expected = FOLLOWING[plan.phase or "adaptation"]
    if command.phase != expected:
        raise Refused("not_next_phase", phase=plan.phase, cycle=plan.cycle, next=expected)
    until = _last_moment(plan, command.until)
    if until is not None and until <= moment:
        raise Refused("ends_before_it_begins", until=command.until)
    events = list(next_phase_events(plan, moment, "convened", sent.open_hours))
    opened = next(new.event for new in events if isinstance(new.event, PhaseOpened))
    convened = opened.model_copy(update={"text": command.text, "closes_at": until or opened.closes_at})
    return [NewEvent(convened, new.effective_at) if new.event is opened else new for new in events]


@decides(ReopenPhase)
def reopen(plan: Plan, sent: CommandEnvelope, command: ReopenPhase, moment: datetime) -> list[NewEvent]:
    """Reopen the phase that closed last."""
    _require_running(plan)
    until = _last_moment(plan, command.until)
    if until is not None and until <= moment:
        raise Refused("ends_before_it_begins", until=command.until)
    closed = plan.round if plan.round and plan.round.over else plan.last_closed
    if closed is None or closed.cycle != plan.cycle:
        raise Refused("nothing_to_reopen")
    if until is None and isinstance(plan.defined.policy.cycle, Cycle):
        raise Refused("until_needed")
    event = PhaseReopened(cycle=closed.cycle, phase=closed.phase, reason=command.reason, closes_at=until)
    return [NewEvent(event, moment)]


@decides(PausePlan)
def pause(plan: Plan, sent: CommandEnvelope, command: PausePlan, moment: datetime) -> list[NewEvent]:
    """Pause the plan: no deadline falls due until it is resumed."""
    _require_running(plan)
    return [NewEvent(PlanPaused(reason=command.reason), moment)]


@decides(ResumePlan)
def resume(plan: Plan, sent: CommandEnvelope, command: ResumePlan, moment: datetime) -> list[NewEvent]:
    """Resume the plan. Every end moves on by the length of the pause."""
    if plan.status != "paused" or plan.paused_at is None:
        raise Refused("not_paused")
    shift = moment - plan.paused_at
    closes_at = plan.round.closes_at if plan.round else None
    reports_close_at = plan.reporting.closes_at if plan.reporting and not plan.reporting.over else None
    event = PlanResumed(
        text=command.text,
        closes_at=closes_at and plan.postponed(closes_at, shift),
        cycle_ends_at=plan.cycle_ends_at and plan.postponed(plan.cycle_ends_at, shift),
        reports_close_at=reports_close_at and plan.postponed(reports_close_at, shift),
    )
    return [NewEvent(event, moment)]


@decides(ClosePlan)
def close(plan: Plan, sent: CommandEnvelope, command: ClosePlan, moment: datetime) -> list[NewEvent]:
    """Close the plan and list what is left: awaited events, open items, corrections, silences, findings, lessons.

    The list is public, so it names nothing restricted: a name can reveal as much as a text.
    """
    if plan.status == "closed":
        raise Refused("plan_closed")
    ended = list(closing_events(plan, moment, "closing", sent.open_hours))
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
        lessons_for_successor=tuple(_lessons_for_successor(plan, moment)),
    )
    return [*ended, NewEvent(finished, moment)]


def _lessons_for_successor(plan: Plan, moment: datetime) -> Iterator[str]:
    for lesson in plan.lessons.values():
        entry = plan.history.ground(lesson.id)
        if entry is None or "successor" not in lesson.meant_for or entry.visibility == "restricted":
            continue
        if entry.effective_at <= moment and plan.stands(entry.version):
            yield lesson.id


def _silent(plan: Plan, ended: Iterable[NewEvent]) -> set[str]:
    """The bodies with an unanswered silence, including those of the round that closes now."""
    last = {new.event.body for new in ended if isinstance(new.event, SilenceRecorded)}
    return last | {silence.body for silence in plan.silences if silence.answered_late is None}


def _require_running(plan: Plan) -> None:
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


# --- effects on the state -------------------------------------------------------------------------------------------


@evolves(PlanStarted)
def plan_started(plan: Plan, entry: Entry) -> Plan:
    event = entry.event
    assert isinstance(event, PlanStarted)
    return replace(
        plan,
        id=entry.plan,
        status="open",
        definition=event.definition,
        scales=((entry.version, event.definition.scale),),
        revision=1,
        live_from=event.live_from,
        started_at=entry.effective_at,
        started_in=entry.version,
        introduced={item: entry.effective_at for item in event.definition.item_ids()},
        rhythm_from=entry.effective_at if event.definition.policy.reports else None,
    )


@evolves(PhaseOpened)
def phase_opened(plan: Plan, entry: Entry) -> Plan:
    event = entry.event
    assert isinstance(event, PhaseOpened)
    asked: Mapping[str, tuple[str, ...]] = _asked_to_report(plan)
    return replace(
        plan,
        cycle=event.cycle,
        phase=event.phase,
        round=Round(event.cycle, event.phase, entry.effective_at, event.closes_at, asked),
        rounds_opened=(*plan.rounds_opened, (entry.version, entry.effective_at)),
        cycle_ends_at=event.cycle_ends_at,
        counted_from=event.counted_from or plan.counted_from,
        arrivals_refused=0 if event.cycle != plan.cycle else plan.arrivals_refused,
    )


@evolves(PhaseClosed)
def phase_closed(plan: Plan, entry: Entry) -> Plan:
    closed = replace(plan.round, over=True) if plan.round else None
    return replace(plan, round=closed, last_closed=closed)


@evolves(PhaseReopened)
def phase_reopened(plan: Plan, entry: Entry) -> Plan:
    """Reopen the round. Its window counts from now: no answer was possible while the phase was closed."""
    event, before = entry.event, plan.last_closed
    assert isinstance(event, PhaseReopened)
    opened_at = before.opened_at if before else entry.effective_at
    asked = before.asked if before else {}
    reopened = Round(event.cycle, event.phase, opened_at, event.closes_at, asked, since=entry.effective_at)
    return replace(
        plan,
        cycle=event.cycle,
        phase=event.phase,
        round=reopened,
        rounds_opened=(*plan.rounds_opened, (entry.version, opened_at)),
        last_closed=None,
    )


@evolves(SilenceRecorded)
def silence_recorded(plan: Plan, entry: Entry) -> Plan:
    event = entry.event
    assert isinstance(event, SilenceRecorded)
    silence = Silence(
        event.body,
        event.asked_for,
        event.about,
        event.cycle,
        event.phase,
        event.period,
        event.until,
        event.open_days,
        event.working_days,
    )
    return replace(plan, recorded_silences=(*plan.recorded_silences, silence))


@evolves(WindowNotHeld)
def window_not_held(plan: Plan, entry: Entry) -> Plan:
    """The window opens again, if it has a new end."""
    event = entry.event
    assert isinstance(event, WindowNotHeld)
    asked = plan.round if event.period is None else plan.reporting
    if event.closes_at is None or asked is None:
        return plan
    reopened = replace(asked, since=event.opens_at, closes_at=event.closes_at, pauses=())
    if event.period is not None:
        return replace(plan, reporting=reopened)
    return replace(plan, round=reopened, cycle_ends_at=event.cycle_ends_at)


@evolves(ReportsAsked)
def reports_asked(plan: Plan, entry: Entry) -> Plan:
    event = entry.event
    assert isinstance(event, ReportsAsked)
    reporting = Round(
        plan.cycle,
        plan.phase or "action",
        entry.effective_at,
        event.closes_at,
        plan.asked_to_report() if plan.definition else {},
        period=event.period,
        reports_on=event.since,
    )
    return replace(plan, reporting=reporting)


@evolves(ReportsClosed)
def reports_closed(plan: Plan, entry: Entry) -> Plan:
    return replace(plan, reporting=replace(plan.reporting, over=True) if plan.reporting else None)


@evolves(PlanPaused)
def plan_paused(plan: Plan, entry: Entry) -> Plan:
    return replace(plan, status="paused", paused_at=entry.effective_at)


@evolves(PlanResumed)
def plan_resumed(plan: Plan, entry: Entry) -> Plan:
    event = entry.event
    assert isinstance(event, PlanResumed)
    pause = (plan.paused_at or entry.effective_at, entry.effective_at)
    resumed = plan.round and replace(plan.round, closes_at=event.closes_at, pauses=(*plan.round.pauses, pause))
    reporting = plan.reporting
    if reporting is not None and not reporting.over:
        reporting = replace(reporting, closes_at=event.reports_close_at, pauses=(*reporting.pauses, pause))
    return replace(
        plan,
        status="open",
        paused_at=None,
        resumed_at=entry.effective_at,
        round=resumed,
        reporting=reporting,
        cycle_ends_at=event.cycle_ends_at,
    )


@evolves(PlanClosed)
def plan_closed(plan: Plan, entry: Entry) -> Plan:
    return replace(plan, status="closed", phase=None, paused_at=None, closed_at=entry.effective_at)


def _asked_to_report(plan: Plan) -> Mapping[str, tuple[str, ...]]:
    """The bodies that a phase asks to report, with the items; empty if reports have their own rhythm."""
    if plan.definition is None or plan.definition.policy.reports is not None:
        return {}
    return plan.asked_to_report()

"""How an entry changes a plan. Never refuses a kind it knows, takes no decision, looks at no clock.

The engine, the auditor's replay and the verifier all use this one function, so that they cannot disagree.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, TypeVar, assert_never, cast

from domain.again import contested, mended
from domain.changes import apply_all
from domain.definition import Definition
from domain.entry import Entry
from domain.events import (
    AnyEvent,
    ArrivalsRefused,
    AssessmentRecorded,
    AssumptionTested,
    CommandRefused,
    CorrectionCarriedOver,
    CorrectionDecided,
    CorrectionExplained,
    CorrectionLapsed,
    CorrectionProposed,
    CorrectionRedrafted,
    CorrectionReturned,
    CorrectionTookEffect,
    CorrectionWithdrawn,
    EntryContested,
    Erased,
    ErratumConfirmed,
    ErratumContested,
    ErratumRecorded,
    EvidenceAttached,
    FindingFollowed,
    FindingRaised,
    IndicatorMeasured,
    LessonRecorded,
    OccurrenceRecorded,
    PartnerJoined,
    PartnerLeft,
    PartnerSucceeded,
    PhaseClosed,
    PhaseOpened,
    PhaseReopened,
    PlanClosed,
    PlanPaused,
    PlanResumed,
    PlanStarted,
    PositionTaken,
    PowerObserved,
    ProgressReported,
    ReflectionSubmitted,
    ReportsAsked,
    ReportsClosed,
    SilenceRecorded,
    WindowNotHeld,
)
from domain.growing import Growing, Piling, replace
from domain.partners import joined, left, succeeded
from domain.plan import (
    Assessed,
    Correction,
    EarlierDraft,
    Erratum,
    Explained,
    Followed,
    Former,
    Found,
    GivenBack,
    Held,
    Named,
    Plan,
    Round,
    Silence,
    Stamp,
    Standing,
)
from domain.sessions import speaking
from domain.statements import (
    Assessment,
    AssumptionTest,
    Change,
    Finding,
    Lesson,
    Measurement,
    Mending,
    PowerObservation,
    Proposal,
    Report,
    said_of,
    stated,
)
from domain.told import subject_of

Fact = TypeVar("Fact", bound=tuple[Any, ...])

_BESIDE = (CommandRefused, ArrivalsRefused, Erased)
"""About the record, not about the plan."""


def evolve(plan: Plan, entry: Entry) -> Plan:
    """The plan after an entry."""
    event = cast(AnyEvent, entry.event)
    beside = isinstance(event, _BESIDE)
    counted = replace(
        plan,
        version=entry.version,
        recorded_at=entry.recorded_at,
        latest=plan.latest if beside else max(plan.latest or entry.effective_at, entry.effective_at),
        shaped_at=entry.effective_at if event.SHAPES_THE_PLAN else plan.shaped_at,
        told=_told(plan, entry),
    )
    return _evolve(counted, entry, event)


def _evolve(plan: Plan, entry: Entry, event: AnyEvent) -> Plan:
    at: Stamp = (entry.effective_at, entry.version)
    match event:  # one class is asked after another, so what is said most often comes first
        case ProgressReported():
            return _reported(plan, entry, event)
        case EvidenceAttached():
            counted = {**plan.evidence, event.item: plan.evidence.get(event.item, 0) + 1}
            return replace(plan, named=_named(plan, entry), evidence=counted)
        case IndicatorMeasured():
            said = stated(Measurement, event)
            return replace(
                plan,
                named=_named(plan, entry),
                measurements=_latest(plan.measurements, event.indicator, (at, said, entry.visibility)),
            )
        case OccurrenceRecorded():
            day = plan.defined.calendar().day_of(entry.effective_at) if plan.definition else entry.effective_at.date()
            return replace(
                plan, named=_named(plan, entry), occurrences=_latest(plan.occurrences, event.awaited, (at, day))
            )
        case ReflectionSubmitted():
            bodies = speaking(plan, event.session) if event.session else (entry.on_behalf_of or "",)
            silences = plan.silences
            for body in bodies:
                silences = _answered(plan, silences, entry, body, "reflection", event.cycle)
            reflected = plan.reflected.get(event.cycle, frozenset()).union(bodies)
            return replace(
                plan,
                named=_named(plan, entry),
                heard_at=_heard(plan, entry),
                silences=silences,
                reflected={**plan.reflected, event.cycle: reflected},
                members=_counted(plan, event.cycle, entry.on_behalf_of, event.members),
            )
        case LessonRecorded():
            lesson = stated(Lesson, event)
            return replace(plan, named=_named(plan, entry, lesson.id), lessons={**plan.lessons, lesson.id: lesson})
        case PlanStarted():
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
        case PhaseOpened():
            asked: Mapping[str, tuple[str, ...]] = _asked_to_report(plan)
            opened = Round(event.cycle, event.phase, entry.effective_at, event.closes_at, asked)
            new_cycle = event.cycle != plan.cycle
            return replace(
                plan,
                cycle=event.cycle,
                phase=event.phase,
                round=opened,
                cycle_ends_at=event.cycle_ends_at,
                counted_from=event.counted_from or plan.counted_from,
                arrivals_refused=0 if new_cycle else plan.arrivals_refused,
            )
        case PhaseClosed():
            closed = replace(plan.round, over=True) if plan.round else None
            return replace(plan, round=closed, last_closed=closed)
        case PhaseReopened():
            before = plan.last_closed
            opened_at = before.opened_at if before else entry.effective_at
            asked = before.asked if before else {}
            # Nobody could answer it while it was closed: its window counts from now, what it asks from when it opened.
            reopened = Round(event.cycle, event.phase, opened_at, event.closes_at, asked, since=entry.effective_at)
            return replace(plan, cycle=event.cycle, phase=event.phase, round=reopened, last_closed=None)
        case SilenceRecorded():
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
            return replace(plan, silences=(*plan.silences, silence))
        case WindowNotHeld():
            asked_in = plan.round if event.period is None else plan.reporting
            if event.closes_at is None or asked_in is None:
                return plan
            again = replace(asked_in, since=event.opens_at, closes_at=event.closes_at, pauses=())
            if event.period is not None:
                return replace(plan, reporting=again)
            return replace(plan, round=again, cycle_ends_at=event.cycle_ends_at)
        case ReportsAsked():
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
        case ReportsClosed():
            return replace(plan, reporting=replace(plan.reporting, over=True) if plan.reporting else None)
        case PlanPaused():
            return replace(plan, status="paused", paused_at=entry.effective_at)
        case PlanResumed():
            pause = (plan.paused_at or entry.effective_at, entry.effective_at)
            resumed = plan.round and replace(plan.round, closes_at=event.closes_at, pauses=(*plan.round.pauses, pause))
            reporting_ = plan.reporting
            if reporting_ is not None and not reporting_.over:
                reporting_ = replace(reporting_, closes_at=event.reports_close_at, pauses=(*reporting_.pauses, pause))
            return replace(
                plan,
                status="open",
                paused_at=None,
                resumed_at=entry.effective_at,
                round=resumed,
                reporting=reporting_,
                cycle_ends_at=event.cycle_ends_at,
            )
        case PlanClosed():
            return replace(plan, status="closed", phase=None, paused_at=None, closed_at=entry.effective_at)
        case AssumptionTested():
            tested = stated(AssumptionTest, event)
            return replace(
                plan,
                named=_named(plan, entry),
                assumptions=_latest(plan.assumptions, event.assumption, (at, tested, entry.visibility)),
            )
        case PowerObserved():
            seen = stated(PowerObservation, event)
            return replace(plan, named=_named(plan, entry), power=_latest(plan.power, event.stakeholder, (at, seen)))
        case EntryContested():
            return contested(plan, entry, event, _tell)
        case AssessmentRecorded():
            said_ = stated(Assessment, event)
            assessed = Assessed(entry.on_behalf_of, entry.effective_at, said_, entry.visibility)
            item = event.item or "plan"
            of_it = (*plan.assessments.get(item, ()), assessed)
            return replace(plan, named=_named(plan, entry), assessments={**plan.assessments, item: of_it})
        case FindingRaised():
            finding = stated(Finding, event)
            raised = Found(event.finding, entry.on_behalf_of, entry.effective_at, finding, entry.visibility)
            return replace(plan, named=_named(plan, entry), findings={**plan.findings, event.finding: raised})
        case FindingFollowed():
            found = plan.findings.get(event.finding)
            if found is None:
                return plan
            step = Followed(event.status, entry.on_behalf_of, entry.effective_at, event.text, entry.visibility)
            followed = replace(found, follow_ups=(*found.follow_ups, step))
            return replace(plan, named=_named(plan, entry), findings={**plan.findings, event.finding: followed})
        case ErratumRecorded():
            erratum = Erratum(
                id=event.erratum,
                version=entry.version,
                body=entry.on_behalf_of,
                source=entry.source,
                recorded_at=entry.recorded_at,
                visibility=entry.visibility,
                entry=event.entry,
                waits=event.waits,
                **said_of(Mending, event),
            )
            return _mends(replace(plan, named=_named(plan, entry)), erratum)
        case ErratumConfirmed():
            return _mends(plan, plan.errata.get(event.erratum), confirmed_by=entry.on_behalf_of)
        case ErratumContested():
            return _mends(plan, plan.errata.get(event.erratum), contested_by=entry.on_behalf_of)
        case CorrectionProposed():
            proposed = Correction(
                id=event.correction,
                body=entry.on_behalf_of,
                proposed_at=entry.effective_at,
                drafted_at=entry.effective_at,
                proposal=stated(Proposal, event),
                visibility=entry.visibility,
            )
            return _with(plan, proposed)
        case CorrectionRedrafted():
            return _redrafted(plan, entry, event)
        case PositionTaken():
            held = Held(event.position, entry.effective_at, event.reason, entry.visibility)
            before_ = plan.corrections.get(event.correction)
            positions = {**(before_.positions if before_ else {}), (entry.on_behalf_of or ""): held}
            silences = _answered(plan, plan.silences, entry, entry.on_behalf_of, "position", None, event.correction)
            return _change(replace(plan, silences=silences), event.correction, positions=positions)
        case CorrectionReturned():
            given_back = GivenBack(entry.on_behalf_of, entry.effective_at, event.reason, entry.visibility)
            return _change(plan, event.correction, status="returned", returned=given_back)
        case CorrectionWithdrawn():
            return _change(plan, event.correction, status="withdrawn")
        case CorrectionDecided():
            return _decided(plan, entry, event)
        case CorrectionTookEffect():
            return _took_effect(plan, entry, event)
        case CorrectionExplained():
            before_ = plan.corrections.get(event.correction)
            reason = Explained(event.rationale, event.covers, entry.visibility)
            return _change(plan, event.correction, explained=(*(before_.explained if before_ else ()), reason))
        case CorrectionCarriedOver():
            return _change(plan, event.correction, carried=event.times, owed_by=event.owed_by)
        case CorrectionLapsed():
            return _change(plan, event.correction, status="lapsed", owed_by=event.unanswered_by)
        case PartnerJoined():
            return replace(
                plan,
                definition=joined(plan.defined, event.partner) if plan.definition else None,
                joined={**plan.joined, event.partner.id: entry.effective_at},
            )
        case PartnerLeft():
            return _parted(plan, event.body, entry, left(plan.defined, event) if plan.definition else None, None)
        case PartnerSucceeded():
            taken_over = succeeded(plan.defined, event.body, event.successor) if plan.definition else None
            parted = _parted(plan, event.body, entry, taken_over, event.successor.id)
            return replace(parted, joined={**plan.joined, event.successor.id: entry.effective_at})
        case CommandRefused():
            return replace(plan, refused=plan.refused + 1)
        case ArrivalsRefused():
            return replace(plan, arrivals_refused=plan.arrivals_refused + 1)
        case Erased():
            return replace(plan, erased=(*plan.erased, event.entry))  # else it is made of seals alone, as before
        case _:
            assert_never(event)


def _told(plan: Plan, entry: Entry) -> Piling[str, Entry]:
    """What was told of each subject is kept, so that it can be told again without what no longer counts."""
    subject = subject_of(entry.event)
    return plan.told.plus(" ".join(subject), entry) if subject else plan.told


def _mends(plan: Plan, erratum: Erratum | None, **said: Any) -> Plan:
    """A plan with an erratum as it stands now, and its entry read accordingly."""
    if erratum is None:
        return plan
    return mended(replace(plan, errata={**plan.errata, erratum.id: replace(erratum, **said)}), erratum.id, _tell)


def _tell(plan: Plan, entry: Entry) -> Plan:
    return _evolve(plan, entry, cast(AnyEvent, entry.event))


def _named(plan: Plan, entry: Entry, name: str | None = None) -> Growing[str, Named]:
    """Lessons and course corrections may rest on an entry, by its command's id or a lesson's own."""
    name = name or entry.cause
    if name is None or name in plan.named:
        return plan.named
    return plan.named.plus(name, Named(entry.kind, entry.effective_at, entry.visibility, entry.version))


def _heard(plan: Plan, entry: Entry) -> datetime:
    return max(plan.heard_at or entry.effective_at, entry.effective_at)


def _asked_to_report(plan: Plan) -> Mapping[str, tuple[str, ...]]:
    """Whom a phase asks to report: nobody where reports have a rhythm of their own."""
    if plan.definition is None or plan.definition.policy.reports is not None:
        return {}
    return plan.asked_to_report()


def _counted(plan: Plan, cycle: int, body: str | None, more: int | None) -> Mapping[int, Mapping[str, int]]:
    if body is None or more is None:
        return plan.members
    counted = plan.members.get(cycle, {})
    return {**plan.members, cycle: {**counted, body: counted.get(body, 0) + more}}


def _latest(facts: Mapping[str, Fact], name: str, fact: Fact) -> Mapping[str, Fact]:
    """A single-valued fact, which begins with its stamp, yields only to one with a greater (effective_at, version)."""
    if name in facts and facts[name][0] >= fact[0]:
        return facts
    return {**facts, name: fact}


def _parted(plan: Plan, body: str, entry: Entry, definition: Definition | None, successor: str | None) -> Plan:
    """A plan in which a body takes part no more; what it was called stays known."""
    partner = next((one for one in plan.definition.partners if one.id == body), None) if plan.definition else None
    if partner is None:
        return plan
    former = Former(partner, entry.effective_at, successor)
    return replace(plan, definition=definition, former={**plan.former, body: former})


def _reported(plan: Plan, entry: Entry, event: ProgressReported) -> Plan:
    body, reported, silences = entry.on_behalf_of, plan.reported, plan.silences
    last_reported, evidence = plan.last_reported, plan.evidence
    if plan.round is not None and entry.effective_at >= plan.round.opened_at:
        bodies = reported.get(plan.cycle, frozenset())
        if (body or "") not in bodies:
            reported = {**reported, plan.cycle: bodies | {body or ""}}
        silences = _answered(plan, silences, entry, body, "report", plan.cycle)
    if body is not None:
        last_reported = {**last_reported, body: max(last_reported.get(body, entry.effective_at), entry.effective_at)}
    if event.evidence:
        evidence = {**evidence, event.item: evidence.get(event.item, 0) + len(event.evidence)}
    return replace(
        plan,
        named=_named(plan, entry),
        heard_at=_heard(plan, entry),
        reported=reported,
        silences=silences,
        last_reported=last_reported,
        evidence=evidence,
        standings=_standing(plan, entry, event),
    )


def _standing(plan: Plan, entry: Entry, event: ProgressReported) -> Mapping[str, Standing]:
    """Where everything stands after a report, which counts if it says a word of the scale in which it was told."""
    scale = plan.scale_at(entry.version)
    if not isinstance(event.status, str) or plan.definition is None or event.status not in scale:
        return plan.standings
    at: Stamp = (entry.effective_at, entry.version)
    before = plan.standings.get(event.item)
    if before is not None and before.at >= at:
        return plan.standings
    day = event.as_at or plan.definition.calendar().day_of(entry.effective_at)
    means, report = scale[event.status].means, stated(Report, event)
    standing = Standing(at, event.status, means, report, entry.on_behalf_of, day, entry.visibility)
    return {**plan.standings, event.item: standing}


def _answered(
    plan: Plan,
    silences: tuple[Silence, ...],
    entry: Entry,
    body: str | None,
    asked_for: str,
    cycle: int | None,
    about: str | None = None,
) -> tuple[Silence, ...]:
    """The silences, with *answered late* set beside those of a body that an entry ends."""
    if not silences or body is None:
        return silences
    period = plan.reporting.period if plan.reporting else None
    holder = body and (plan.heir(body) or body)

    def ends(silence: Silence) -> bool:
        return (
            (plan.heir(silence.body) or silence.body) == holder
            and silence.asked_for == asked_for
            and (cycle is None or (silence.cycle == cycle if silence.period is None else silence.period == period))
            and (about is None or about in silence.about)
        )

    at: Stamp = (entry.effective_at, entry.version)
    return tuple(replace(one, answers=(*one.answers, at)) if ends(one) else one for one in silences)


def _with(plan: Plan, correction: Correction) -> Plan:
    return replace(plan, corrections={**plan.corrections, correction.id: correction})


def _change(plan: Plan, name: str, **changes: Any) -> Plan:
    correction = plan.corrections.get(name)
    return plan if correction is None else _with(plan, replace(correction, **changes))


def _decided(plan: Plan, entry: Entry, event: CorrectionDecided) -> Plan:
    """The decision, with the positions that were taken in the meeting."""
    before = plan.corrections.get(event.correction)
    stands = event.session.positions if event.session else {}
    held = {body: Held(one.position, entry.effective_at, one.reason, entry.visibility) for body, one in stands.items()}
    silences = plan.silences
    for body in {entry.on_behalf_of, *stands}:
        silences = _answered(plan, silences, entry, body, "position", None, event.correction)
    return _change(
        replace(plan, heard_at=_heard(plan, entry), silences=silences),
        event.correction,
        status=event.decision,
        positions={**(before.positions if before else {}), **held},
        decision=event,
        decision_visibility=entry.visibility,
        decided_by=entry.on_behalf_of,
        decided_at=entry.effective_at,
    )


def _redrafted(plan: Plan, entry: Entry, event: CorrectionRedrafted) -> Plan:
    """Another draft; the last one stays with the positions that were taken on it."""
    last = plan.corrections.get(event.correction)
    if last is None:
        return plan
    earlier = EarlierDraft(last.draft, last.drafted_at, last.proposal, last.visibility, last.positions, last.returned)
    return _change(
        plan,
        event.correction,
        proposal=stated(Proposal, event),
        draft=event.draft,
        drafted_at=entry.effective_at,
        visibility=entry.visibility,
        status="open",
        positions={},
        returned=None,
        earlier=(*last.earlier, earlier),
    )


def _took_effect(plan: Plan, entry: Entry, event: CorrectionTookEffect) -> Plan:
    stale = tuple(change.subject for change in event.stale)
    status = "in_effect" if event.applied else "stale"
    plan = _change(plan, event.correction, status=status, effective_at=entry.effective_at, stale=stale)
    if not event.applied or plan.definition is None:
        return plan
    definition, applied, _ = apply_all(plan.definition, plan.dropped, event.applied)
    same_scale = plan.definition.scale == definition.scale
    introduced = dict(plan.introduced)
    for item in definition.item_ids():
        introduced.setdefault(item, entry.effective_at)
    return replace(
        plan,
        definition=definition,
        scales=plan.scales if same_scale else (*plan.scales, (entry.version, definition.scale)),
        revision=plan.revision + 1,
        rhythm_from=plan.rhythm_from if _same_rhythm(plan.definition, definition) else entry.effective_at,
        introduced=introduced,
        set_by={**plan.set_by, **_set_by(applied, definition, plan.introduced, entry.version)},
        dropped={**plan.dropped, **_dropped_by(applied, entry.effective_at)},
    )


def _same_rhythm(one: Definition, other: Definition) -> bool:
    return one.policy.reports == other.policy.reports


def _set_by(
    changes: list[Change], definition: Definition, before: Mapping[str, datetime], version: int
) -> dict[str, int]:
    """What an entry set: the parts that are new, and the fields it changed."""
    new = [item for item in definition.item_ids() if item not in before]
    added = [change.subject for change in changes if change.add]
    fields = [f"{change.item}.{(change.field or '').split('.')[0]}" for change in changes if change.item]
    return dict.fromkeys((*new, *added, *fields), version)


def _dropped_by(changes: list[Change], moment: datetime) -> dict[str, datetime]:
    return {change.drop: moment for change in changes if change.drop}

"""The life of a course correction: proposed, drafted again, returned, decided by bodies, taking effect.

Every one has a reason, rests on something, and names the authority that decided it; what was published without a
reason, long ago, says ``absent: not_published`` rather than having one invented.
"""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Literal

from domain.corrections.changes import apply_all, require_fit
from domain.corrections.messages import (
    AbstainCorrection,
    BodyPosition,
    Change,
    Correction,
    CorrectionCarriedOver,
    CorrectionDecided,
    CorrectionExplained,
    CorrectionLapsed,
    CorrectionProposed,
    CorrectionRedrafted,
    CorrectionReturned,
    CorrectionTookEffect,
    CorrectionWithdrawn,
    DecideCorrection,
    Decision,
    EarlierDraft,
    EndorseCorrection,
    ExplainCorrection,
    Explanation,
    LateExplanation,
    OpposeCorrection,
    Position,
    PositionTaken,
    Proposal,
    ProposeCorrection,
    RedraftCorrection,
    ReturnCorrection,
    ReturnedDraft,
    WithdrawCorrection,
)
from domain.corrections.taking_effect import take_effect
from domain.kernel.context import CommandEnvelope
from domain.kernel.entry import Entry
from domain.kernel.event import Event, NewEvent
from domain.kernel.meeting import DecidingMeeting
from domain.kernel.record import replace
from domain.kernel.refused import Refused
from domain.kernel.registry import Decided, decides, evolves, fact
from domain.kernel.statement import as_statement, statement_fields
from domain.kernel.text import Absent
from domain.loop.answers import answered
from domain.meetings import require_session, speaking
from domain.plan import Plan
from domain.plan_file.definition import Definition
from domain.speaking import require_grounds, require_single, require_subject

# --- proposing ------------------------------------------------------------------------------------------------------


@decides(ProposeCorrection)
def propose(plan: Plan, sent: CommandEnvelope, command: ProposeCorrection, moment: datetime) -> Decided:
    """Propose to change the course."""
    if command.id in plan.corrections:
        raise Refused("correction_exists", correction=command.id)
    _require_proposal(plan, command, moment)
    event = CorrectionProposed(correction=command.id, **statement_fields(Proposal, command))
    return [event]


@decides(RedraftCorrection)
def redraft(plan: Plan, sent: CommandEnvelope, command: RedraftCorrection, moment: datetime) -> Decided:
    """The author's next draft. Positions on the last one are history."""
    correction = _open(plan, command.correction, moment)
    if sent.on_behalf_of != _author(plan, correction):
        raise Refused("not_the_author", author=correction.body or "-", correction=correction.id)
    _require_proposal(plan, command, moment)
    event = CorrectionRedrafted(
        correction=correction.id, draft=plan.drafts_of(correction.id) + 1, **statement_fields(Proposal, command)
    )
    return [event]


def _require_proposal(plan: Plan, proposal: Proposal, moment: datetime) -> None:
    if plan.status == "closed":
        raise Refused("plan_closed")
    afterwards = plan.entered_afterwards(moment)
    triggers = plan.defined.all_triggers()
    if proposal.trigger not in triggers:
        raise Refused("unknown_trigger", trigger=proposal.trigger, known=", ".join(triggers))
    if isinstance(proposal.rationale, Absent) and not afterwards:
        raise Refused("reason_needed", live_from=plan.live_from)
    if not proposal.rests_on and not afterwards:
        raise Refused("rests_on_nothing")
    require_grounds(plan, proposal.rests_on, moment)
    calendar = plan.defined.calendar()
    if isinstance(proposal.takes_effect, date) and calendar.start_of(proposal.takes_effect) <= moment:
        raise Refused("takes_effect_too_early", given=proposal.takes_effect)
    window = plan.defined.policy.amendment_window
    if window and not window.first <= calendar.day_of(moment) <= window.until:
        raise Refused("outside_amendment_window", first=window.first, until=window.until)
    require_fit(plan.defined, plan.gone(), proposal.changes)
    for change in proposal.changes:
        require_subject(plan, change.subject, plan.introduced.get(change.subject), moment)


# --- answering ------------------------------------------------------------------------------------------------------


@decides(EndorseCorrection, OpposeCorrection, AbstainCorrection)
def take_position(
    plan: Plan,
    sent: CommandEnvelope,
    command: EndorseCorrection | OpposeCorrection | AbstainCorrection,
    moment: datetime,
) -> Decided:
    """Endorse, oppose or abstain: what a body thinks of the present draft."""
    correction = _open(plan, command.correction, moment)
    _require_draft(correction, command.draft)
    _require_decides(plan, sent.on_behalf_of)
    event = PositionTaken(position=command.POSITION, **statement_fields(Position, command))
    return [event]


@decides(ReturnCorrection)
def give_back(plan: Plan, sent: CommandEnvelope, command: ReturnCorrection, moment: datetime) -> Decided:
    """Return a draft to its author, who may write another."""
    correction = _open(plan, command.correction, moment)
    _require_draft(correction, command.draft)
    _require_decides(plan, sent.on_behalf_of)
    event = CorrectionReturned(correction=correction.id, draft=correction.draft, reason=command.reason)
    return [event]


@decides(WithdrawCorrection)
def withdraw(plan: Plan, sent: CommandEnvelope, command: WithdrawCorrection, moment: datetime) -> Decided:
    """Take a proposal back; only who proposed it may."""
    correction = _open(plan, command.correction, moment)
    if sent.on_behalf_of != _author(plan, correction):
        raise Refused("not_the_author", author=correction.body or "-", correction=correction.id)
    event = CorrectionWithdrawn(correction=correction.id, reason=command.reason)
    return [event]


@decides(DecideCorrection)
def decide_on(plan: Plan, sent: CommandEnvelope, command: DecideCorrection, moment: datetime) -> Decided:
    """Record the decision, with the bodies as they were counted; an adoption may take effect at once.

    A session decides by the bodies present, and says what each of them thinks; one that is absent says nothing in it.
    """
    correction = _open(plan, command.correction, moment)
    _require_draft(correction, command.draft)
    body, session = sent.on_behalf_of, command.session
    if session is not None:
        require_session(plan, sent, session, moment)
        _require_session_decides(plan, correction, session)
    if session is None or body is not None:
        _require_decides(plan, body)
    if body is not None and body == _author(plan, correction):
        raise Refused("proposer_may_not_decide", body=body, correction=correction.id)
    if not plan.entered_afterwards(moment):
        if isinstance(command.response, Absent):
            raise Refused("reason_needed", live_from=plan.live_from)
        if isinstance(command.authority, Absent):
            raise Refused("authority_needed")
    taken = {one: held.position for one, held in plan.positions_on(correction).items() if held.at <= moment}
    taken |= {one: stand.position for one, stand in plan.held_now(session.positions).items()} if session else {}
    if body is not None:
        taken.setdefault(body, "endorse" if command.decision == "adopted" else "oppose")
    endorse, oppose, abstain = _count(plan, correction, taken, command.decision)
    decided = CorrectionDecided(endorse=endorse, oppose=oppose, abstain=abstain, **statement_fields(Decision, command))
    events: list[Event | NewEvent] = [decided]
    if command.decision == "adopted" and correction.proposal.takes_effect == "now":
        effect = take_effect(plan, correction, moment)
        if isinstance(effect.event, CorrectionTookEffect) and not effect.event.applied:
            raise Refused("nothing_holds_any_more", correction=correction.id)
        events.append(effect)
    return events


@decides(ExplainCorrection)
def explain(plan: Plan, sent: CommandEnvelope, command: ExplainCorrection, moment: datetime) -> Decided:
    """Add the reason that was published only after a course correction."""
    correction = plan.corrections.get(command.correction)
    if correction is None:
        raise Refused("unknown_correction", correction=command.correction)
    require_subject(plan, correction.id, correction.proposed_at, moment)
    if sent.on_behalf_of not in (None, _author(plan, correction), plan.heir(correction.decided_by or "")):
        raise Refused("not_the_author", author=correction.body or correction.decided_by, correction=correction.id)
    if not isinstance(correction.proposal.rationale, Absent):
        raise Refused("already_explained", correction=correction.id)
    for item in command.covers:
        if item not in {change.subject for change in correction.proposal.changes}:
            raise Refused("unknown_item", item=item)
    event = CorrectionExplained(**statement_fields(Explanation, command))
    return [event]


def _author(plan: Plan, correction: Correction) -> str | None:
    """Who may speak as its author: who proposed it, or the successor."""
    return plan.heir(correction.body) if correction.body is not None else None


def _open(plan: Plan, name: str, moment: datetime) -> Correction:
    if plan.status == "closed":
        raise Refused("plan_closed")
    correction = plan.corrections.get(name)
    if correction is None:
        raise Refused("unknown_correction", correction=name)
    if not correction.is_open:
        raise Refused("not_open", correction=name, status=correction.status)
    require_subject(plan, name, correction.drafted_at, moment)
    return correction


def _require_draft(correction: Correction, given: int) -> None:
    if given != correction.draft:
        raise Refused("other_draft", correction=correction.id, draft=correction.draft, given=given)


def _require_decides(plan: Plan, body: str | None) -> None:
    require_single(plan, body)
    bodies = plan.defined.deciding_bodies()
    if body not in bodies:
        raise Refused("may_not_decide", body=body or "-", bodies=", ".join(bodies))


def _require_session_decides(plan: Plan, correction: Correction, session: DecidingMeeting) -> None:
    """Hold that whoever took a position may, and that somebody other than the proposer was there to decide.

    A body that has been succeeded since decides by its successor; one that has left without one counts nowhere.
    """
    for body in plan.held_now(session.positions):
        _require_decides(plan, body)
    bodies = plan.defined.deciding_bodies()
    there = [body for body in plan.held_now(dict.fromkeys(speaking(plan, session))) if body in bodies]
    if not there:
        raise Refused("may_not_decide", body=", ".join(session.present), bodies=", ".join(bodies))
    if there == [author := _author(plan, correction)]:
        raise Refused("proposer_may_not_decide", body=author, correction=correction.id)


def _count(
    plan: Plan,
    correction: Correction,
    positions: Mapping[str, Literal["endorse", "oppose", "abstain"]],
    decision: Literal["adopted", "declined"],
) -> tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]:
    """Who endorses, opposes, abstains, of those who may; holds quorum and rule."""
    rules = plan.defined.policy.decisions
    bodies = plan.defined.deciding_bodies()
    taken = {one: position for one, position in positions.items() if one in bodies}
    endorse, oppose, abstain = (
        tuple(sorted(one for one, position in taken.items() if position == kind))
        for kind in ("endorse", "oppose", "abstain")
    )
    missing = [one for one in bodies if one not in taken]
    if len(taken) < plan.defined.quorum():
        raise Refused(
            "no_quorum",
            taken=len(taken),
            bodies=len(bodies),
            quorum=plan.defined.quorum(),
            correction=correction.id,
            missing=", ".join(missing),
        )
    match rules.adopts:
        case "majority":
            carries = len(endorse) > len(oppose)
        case "consensus":
            carries = bool(endorse) and not oppose
        case int(wanted):
            carries = len(endorse) >= wanted
    if carries != (decision == "adopted"):
        code = "adopted_by_count" if carries else "not_adopted_by_count"
        raise Refused(code, rule=rules.adopts, correction=correction.id, endorse=len(endorse), oppose=len(oppose))
    return endorse, oppose, abstain


# --- what follows ---------------------------------------------------------------------------------------------------


def _closed_by_its_author(plan: Plan, correction: Correction, entries: list[Entry]) -> Correction:
    """An open course correction is contested if the body that it was proposed for contests it. A decided one stays."""
    if not correction.is_open or plan.stands(entries[0].version):
        return correction
    return replace(correction, status="contested")


@fact(
    "corrections",
    "correction",
    of=(
        CorrectionProposed, CorrectionRedrafted, PositionTaken, CorrectionReturned, CorrectionWithdrawn,
        CorrectionDecided, CorrectionTookEffect, CorrectionExplained, CorrectionCarriedOver, CorrectionLapsed,
    ),
    finish=_closed_by_its_author,
)  # fmt: skip
def correction(plan: Plan, so_far: Correction | None, entry: Entry) -> Correction | None:
    """A course correction and its fate. A position on an earlier draft, or its return, does not carry over."""
    event, at, body, visibility = entry.event, entry.effective_at, entry.on_behalf_of, entry.visibility
    if isinstance(event, CorrectionProposed):
        return Correction(
            id=event.correction,
            body=body,
            proposed_at=at,
            drafted_at=at,
            proposal=as_statement(Proposal, event),
            visibility=visibility,
        )
    if so_far is None:
        return None
    match event:
        case CorrectionRedrafted():
            return _redrafted(so_far, entry, event)
        case PositionTaken() if event.draft == so_far.draft:
            position = BodyPosition(event.position, at, event.reason, visibility)
            return replace(so_far, positions={**so_far.positions, (body or ""): position})
        case CorrectionReturned() if event.draft == so_far.draft:
            return replace(so_far, status="returned", returned=ReturnedDraft(body, at, event.reason, visibility))
        case CorrectionWithdrawn():
            return replace(so_far, status="withdrawn")
        case CorrectionDecided():
            return _decided(so_far, entry, event)
        case CorrectionTookEffect():
            stale = tuple(change.subject for change in event.stale)
            return replace(so_far, status="in_effect" if event.applied else "stale", effective_at=at, stale=stale)
        case CorrectionExplained():
            reason = LateExplanation(event.rationale, event.covers, visibility)
            return replace(so_far, explained=(*so_far.explained, reason))
        case CorrectionCarriedOver():
            return replace(so_far, carried=event.times, owed_by=event.owed_by)
        case CorrectionLapsed():
            return replace(so_far, status="lapsed", owed_by=event.unanswered_by)
        case _:
            return so_far


def _redrafted(last: Correction, entry: Entry, event: CorrectionRedrafted) -> Correction:
    """The next draft; the last one stays with the positions that were taken on it."""
    earlier = EarlierDraft(last.draft, last.drafted_at, last.proposal, last.visibility, last.positions, last.returned)
    return replace(
        last,
        proposal=as_statement(Proposal, event),
        draft=event.draft,
        drafted_at=entry.effective_at,
        visibility=entry.visibility,
        status="open",
        positions={},
        returned=None,
        earlier=(*last.earlier, earlier),
    )


def _decided(open_: Correction, entry: Entry, event: CorrectionDecided) -> Correction:
    """The decision, with the positions that were taken in the meeting."""
    at, visibility = entry.effective_at, entry.visibility
    in_meeting = event.session.positions if event.session else {}
    taken = {body: BodyPosition(one.position, at, one.reason, visibility) for body, one in in_meeting.items()}
    return replace(
        open_,
        status=event.decision,
        positions={**open_.positions, **taken},
        decision=event,
        decision_visibility=visibility,
        decided_by=entry.on_behalf_of,
        decided_at=at,
    )


@evolves(PositionTaken)
def position_taken(plan: Plan, entry: Entry) -> Plan:
    """A position ends the silence of its body on this course correction."""
    return answered(plan, entry, (entry.on_behalf_of,), "position", about=entry.subject_id)


@evolves(CorrectionDecided)
def decided(plan: Plan, entry: Entry) -> Plan:
    """A decision ends the silence of every body that took a position in its meeting."""
    event = entry.event
    assert isinstance(event, CorrectionDecided)
    bodies = {entry.on_behalf_of, *(event.session.positions if event.session else ())}
    return answered(plan, entry, bodies, "position", about=event.correction)


@evolves(CorrectionTookEffect)
def took_effect(plan: Plan, entry: Entry) -> Plan:
    """The changes are applied: the plan has a new version."""
    event = entry.event
    assert isinstance(event, CorrectionTookEffect)
    if not event.applied or plan.definition is None:
        return plan
    definition, applied, _ = apply_all(plan.definition, plan.dropped, event.applied)
    same_scale = plan.definition.scale == definition.scale
    same_rhythm = plan.definition.policy.reports == definition.policy.reports
    introduced = dict(plan.introduced)
    for item in definition.item_ids():
        introduced.setdefault(item, entry.effective_at)
    return replace(
        plan,
        definition=definition,
        scales=plan.scales if same_scale else (*plan.scales, (entry.version, definition.scale)),
        revision=plan.revision + 1,
        rhythm_from=plan.rhythm_from if same_rhythm else entry.effective_at,
        introduced=introduced,
        set_by={**plan.set_by, **_set_by(applied, definition, plan.introduced, entry.version)},
        dropped={**plan.dropped, **{change.drop: entry.effective_at for change in applied if change.drop}},
    )


def _set_by(
    changes: list[Change], definition: Definition, before: Mapping[str, datetime], version: int
) -> dict[str, int]:
    """What an entry set: the parts that are new, and the fields that it changed."""
    new = [item for item in definition.item_ids() if item not in before]
    added = [change.subject for change in changes if change.add]
    fields = [f"{change.item}.{(change.field or '').split('.')[0]}" for change in changes if change.item]
    return dict.fromkeys((*new, *added, *fields), version)

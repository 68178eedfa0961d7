"""The life of a course correction: proposed, drafted again, returned, decided by bodies, taking effect.

Every one has a reason, rests on something, and names the authority that decided it; what was published without a
reason, long ago, says ``absent: not_published`` rather than having one invented.
"""

from collections.abc import Iterator, Mapping
from datetime import date, datetime
from typing import Literal

from domain.changes import apply_all, going_with, hold
from domain.commands import (
    AbstainCorrection,
    Asked,
    DecideCorrection,
    EndorseCorrection,
    ExplainCorrection,
    OpposeCorrection,
    ProposeCorrection,
    RedraftCorrection,
    ReturnCorrection,
    WithdrawCorrection,
)
from domain.entry import Draft
from domain.events import (
    CorrectionDecided,
    CorrectionExplained,
    CorrectionProposed,
    CorrectionRedrafted,
    CorrectionReturned,
    CorrectionTookEffect,
    CorrectionWithdrawn,
    PositionTaken,
)
from domain.partners import in_present_names
from domain.plan import Correction, Plan
from domain.refusals import Refused
from domain.sessions import hold_session, speaking
from domain.speaking import hold_grounds, hold_single, hold_subject
from domain.statements import Change, DecidingSession, Decision, Explanation, Position, Proposal, said_of
from domain.text import Absent
from domain.visibility import visibility_of

# --- proposing ------------------------------------------------------------------------------------------------------


def propose(plan: Plan, asked: Asked, command: ProposeCorrection, moment: datetime) -> list[Draft]:
    """Propose to change the course."""
    if command.id in plan.corrections:
        raise Refused("correction_exists", correction=command.id)
    _hold_proposal(plan, command, moment)
    event = CorrectionProposed(correction=command.id, **said_of(Proposal, command))
    return [Draft(event, moment, visibility_of(plan, command))]


def redraft(plan: Plan, asked: Asked, command: RedraftCorrection, moment: datetime) -> list[Draft]:
    """The author's next draft. Positions on the last one are history."""
    correction = _open(plan, command.correction, moment)
    if asked.on_behalf_of != _author(plan, correction):
        raise Refused("not_the_author", author=correction.body or "-", correction=correction.id)
    _hold_proposal(plan, command, moment)
    event = CorrectionRedrafted(
        correction=correction.id, draft=plan.drafts_of(correction.id) + 1, **said_of(Proposal, command)
    )
    return [Draft(event, moment, visibility_of(plan, command))]


def _hold_proposal(plan: Plan, proposal: Proposal, moment: datetime) -> None:
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
    hold_grounds(plan, proposal.rests_on, moment)
    calendar = plan.defined.calendar()
    if isinstance(proposal.takes_effect, date) and calendar.start_of(proposal.takes_effect) <= moment:
        raise Refused("takes_effect_too_early", given=proposal.takes_effect)
    window = plan.defined.policy.amendment_window
    if window and not window.first <= calendar.day_of(moment) <= window.until:
        raise Refused("outside_amendment_window", first=window.first, until=window.until)
    hold(plan.defined, plan.gone(), proposal.changes)
    for change in proposal.changes:
        hold_subject(plan, change.subject, plan.introduced.get(change.subject), moment)


# --- answering ------------------------------------------------------------------------------------------------------


def take_position(
    plan: Plan,
    asked: Asked,
    command: EndorseCorrection | OpposeCorrection | AbstainCorrection,
    position: Literal["endorse", "oppose", "abstain"],
    moment: datetime,
) -> list[Draft]:
    """Endorse, oppose or abstain: what a body thinks of the present draft."""
    correction = _open(plan, command.correction, moment)
    _hold_draft(correction, command.draft)
    _hold_decides(plan, asked.on_behalf_of)
    event = PositionTaken(position=position, **said_of(Position, command))
    return [Draft(event, moment, visibility_of(plan, command))]


def give_back(plan: Plan, asked: Asked, command: ReturnCorrection, moment: datetime) -> list[Draft]:
    """Return a draft to its author, who may write another."""
    correction = _open(plan, command.correction, moment)
    _hold_draft(correction, command.draft)
    _hold_decides(plan, asked.on_behalf_of)
    event = CorrectionReturned(correction=correction.id, draft=correction.draft, reason=command.reason)
    return [Draft(event, moment, visibility_of(plan, command))]


def withdraw(plan: Plan, asked: Asked, command: WithdrawCorrection, moment: datetime) -> list[Draft]:
    """Take a proposal back; only who proposed it may."""
    correction = _open(plan, command.correction, moment)
    if asked.on_behalf_of != _author(plan, correction):
        raise Refused("not_the_author", author=correction.body or "-", correction=correction.id)
    event = CorrectionWithdrawn(correction=correction.id, reason=command.reason)
    return [Draft(event, moment, visibility_of(plan, command))]


def decide_on(plan: Plan, asked: Asked, command: DecideCorrection, moment: datetime) -> list[Draft]:
    """Record the decision, with the bodies as they were counted; an adoption may take effect at once.

    A session decides by the bodies present, and says what each of them thinks; one that is absent says nothing in it.
    """
    correction = _open(plan, command.correction, moment)
    _hold_draft(correction, command.draft)
    body, session = asked.on_behalf_of, command.session
    if session is not None:
        hold_session(plan, asked, session, moment)
        _hold_session_decides(plan, correction, session)
    if session is None or body is not None:
        _hold_decides(plan, body)
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
    decided = CorrectionDecided(endorse=endorse, oppose=oppose, abstain=abstain, **said_of(Decision, command))
    drafts = [Draft(decided, moment, visibility_of(plan, command))]
    if command.decision == "adopted" and correction.proposal.takes_effect == "now":
        effect = take_effect(plan, correction, moment)
        if isinstance(effect.event, CorrectionTookEffect) and not effect.event.applied:
            raise Refused("nothing_holds_any_more", correction=correction.id)
        drafts.append(effect)
    return drafts


def explain(plan: Plan, asked: Asked, command: ExplainCorrection, moment: datetime) -> list[Draft]:
    """Add the reason that was published only after a course correction."""
    correction = plan.corrections.get(command.correction)
    if correction is None:
        raise Refused("unknown_correction", correction=command.correction)
    hold_subject(plan, correction.id, correction.proposed_at, moment)
    if asked.on_behalf_of not in (None, _author(plan, correction), plan.heir(correction.decided_by or "")):
        raise Refused("not_the_author", author=correction.body or correction.decided_by, correction=correction.id)
    if not isinstance(correction.proposal.rationale, Absent):
        raise Refused("already_explained", correction=correction.id)
    for item in command.covers:
        if item not in {change.subject for change in correction.proposal.changes}:
            raise Refused("unknown_item", item=item)
    event = CorrectionExplained(**said_of(Explanation, command))
    return [Draft(event, moment, visibility_of(plan, command))]


def _author(plan: Plan, correction: Correction) -> str | None:
    """Who may speak as its author: who proposed it, or the successor."""
    return plan.heir(correction.body) if correction.body is not None else None


def _changes(plan: Plan, correction: Correction) -> list[Change]:
    return [in_present_names(plan, change) for change in correction.proposal.changes]


def _open(plan: Plan, name: str, moment: datetime) -> Correction:
    if plan.status == "closed":
        raise Refused("plan_closed")
    correction = plan.corrections.get(name)
    if correction is None:
        raise Refused("unknown_correction", correction=name)
    if not correction.is_open:
        raise Refused("not_open", correction=name, status=correction.status)
    hold_subject(plan, name, correction.drafted_at, moment)
    return correction


def _hold_draft(correction: Correction, given: int) -> None:
    if given != correction.draft:
        raise Refused("other_draft", correction=correction.id, draft=correction.draft, given=given)


def _hold_decides(plan: Plan, body: str | None) -> None:
    hold_single(plan, body)
    bodies = plan.defined.deciding_bodies()
    if body not in bodies:
        raise Refused("may_not_decide", body=body or "-", bodies=", ".join(bodies))


def _hold_session_decides(plan: Plan, correction: Correction, session: DecidingSession) -> None:
    """Hold that whoever took a position may, and that somebody other than the proposer was there to decide.

    A body that has been succeeded since decides by its successor; one that has left without one counts nowhere.
    """
    for body in plan.held_now(session.positions):
        _hold_decides(plan, body)
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


# --- taking effect --------------------------------------------------------------------------------------------------


def take_effect(plan: Plan, correction: Correction, moment: datetime) -> Draft:
    """Apply what was adopted to the plan as it is at that moment; what no longer fits is stale and left out."""
    _, applied, stale = apply_all(plan.defined, plan.gone(), _changes(plan, correction))
    event = CorrectionTookEffect(correction=correction.id, applied=tuple(applied), stale=tuple(stale))
    return Draft(event, moment, correction.visibility)


def take_effect_in_next_cycle(plan: Plan, moment: datetime) -> Iterator[Draft]:
    """What was adopted for the next cycle, in the order in which it was decided, each on the plan the last one left."""
    waiting = [
        one
        for one in plan.corrections.values()
        if one.status == "adopted" and one.proposal.takes_effect == "next_cycle"
    ]
    definition, dropped = plan.defined, set(plan.gone())
    for correction in sorted(waiting, key=lambda one: one.decided_at or moment):
        definition, applied, stale = apply_all(definition, dropped, _changes(plan, correction))
        dropped |= {item for change in applied if change.drop for item in going_with(definition, change.drop)}
        event = CorrectionTookEffect(correction=correction.id, applied=tuple(applied), stale=tuple(stale))
        yield Draft(event, moment, correction.visibility)

"""Decisions on course corrections: the positions are counted by body, by the quorum and the rule of the plan.

A decision names the authority by which it was taken.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Literal

from domain.corrections.checks import author_of, require_draft, require_may_decide, require_open_correction
from domain.corrections.correction import Correction
from domain.corrections.messages import CorrectionDecided, CorrectionTookEffect, DecideCorrection, Decision
from domain.corrections.taking_effect import take_effect
from domain.kernel.context import CommandEnvelope
from domain.kernel.event import Event, NewEvent
from domain.kernel.meeting import DecidingMeeting
from domain.kernel.refused import Refused
from domain.kernel.registry import Decided, decides
from domain.kernel.statement import statement_fields
from domain.kernel.text import Absent
from domain.meetings import bodies_speaking, require_session
from domain.plan import Plan


@decides(DecideCorrection)
def decide_on(plan: Plan, sent: CommandEnvelope, command: DecideCorrection, moment: datetime) -> Decided:
    """Record a decision with the counted bodies. An adopted course correction may take effect at once.

    A meeting (``session``) gives the positions of the bodies present, and none of an absent one.
    """
    correction = require_open_correction(plan, command.correction, moment)
    require_draft(correction, command.draft)
    body, session = sent.on_behalf_of, command.session
    if session is not None:
        require_session(plan, sent, session, moment)
        _require_session_decides(plan, correction, session)
    if session is None or body is not None:
        require_may_decide(plan, body)
    if body is not None and body == author_of(plan, correction):
        raise Refused("proposer_may_not_decide", body=body, correction=correction.id)
    if not plan.entered_afterwards(moment):
        if isinstance(command.response, Absent):
            raise Refused("reason_needed", live_from=plan.live_from)
        if isinstance(command.authority, Absent):
            raise Refused("authority_needed")
    positions = {one: taken.position for one, taken in plan.positions_on(correction).items() if taken.at <= moment}
    if session is not None:
        positions |= {one: taken.position for one, taken in plan.by_current_holder(session.positions).items()}
    if body is not None:
        positions.setdefault(body, "endorse" if command.decision == "adopted" else "oppose")
    endorse, oppose, abstain = _count(plan, correction, positions, command.decision)
    decided = CorrectionDecided(endorse=endorse, oppose=oppose, abstain=abstain, **statement_fields(Decision, command))
    events: list[Event | NewEvent] = [decided]
    if command.decision == "adopted" and correction.proposal.takes_effect == "now":
        effect = take_effect(plan, correction, moment)
        if isinstance(effect.event, CorrectionTookEffect) and not effect.event.applied:
            raise Refused("nothing_holds_any_more", correction=correction.id)
        events.append(effect)
    return events


def _require_session_decides(plan: Plan, correction: Correction, session: DecidingMeeting) -> None:
    """Require that bodies with a position may decide, and that one of those present is not the proposer.

    A body that was succeeded since decides through its successor. A body that left without one is not counted.
    """
    for body in plan.by_current_holder(session.positions):
        require_may_decide(plan, body)
    bodies = plan.defined.deciding_bodies()
    present = [body for body in plan.by_current_holder(dict.fromkeys(bodies_speaking(plan, session))) if body in bodies]
    if not present:
        raise Refused("may_not_decide", body=", ".join(session.present), bodies=", ".join(bodies))
    if present == [author := author_of(plan, correction)]:
        raise Refused("proposer_may_not_decide", body=author, correction=correction.id)


def _count(
    plan: Plan,
    correction: Correction,
    positions: Mapping[str, Literal["endorse", "oppose", "abstain"]],
    decision: Literal["adopted", "declined"],
) -> tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]:
    """(endorsing, opposing, abstaining) bodies. Requires the quorum, and a decision that follows the plan's rule."""
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

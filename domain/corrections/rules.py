"""Course corrections: proposals, drafts, positions, returns, withdrawals and explanations.

Every course correction has a reason and rests on something. One entered afterwards whose reason was not published says
``absent: not_published``; no reason is invented.
"""

from datetime import date, datetime

from domain.corrections.changes import require_fit
from domain.corrections.checks import author_of, require_draft, require_may_decide, require_open_correction
from domain.corrections.messages import (
    AbstainCorrection,
    CorrectionExplained,
    CorrectionProposed,
    CorrectionRedrafted,
    CorrectionReturned,
    CorrectionWithdrawn,
    EndorseCorrection,
    ExplainCorrection,
    Explanation,
    OpposeCorrection,
    Position,
    PositionTaken,
    Proposal,
    ProposeCorrection,
    RedraftCorrection,
    ReturnCorrection,
    WithdrawCorrection,
)
from domain.kernel.context import CommandEnvelope
from domain.kernel.refused import Refused
from domain.kernel.registry import Decided, decides
from domain.kernel.statement import statement_fields
from domain.kernel.text import Absent
from domain.plan import Plan
from domain.speaking import require_grounds, require_subject

# --- proposing ------------------------------------------------------------------------------------------------------


@decides(ProposeCorrection)
def propose(plan: Plan, sent: CommandEnvelope, command: ProposeCorrection, moment: datetime) -> Decided:
    """Propose a course correction."""
    if command.id in plan.corrections:
        raise Refused("correction_exists", correction=command.id)
    _require_proposal(plan, command, moment)
    event = CorrectionProposed(correction=command.id, **statement_fields(Proposal, command))
    return [event]


@decides(RedraftCorrection)
def redraft(plan: Plan, sent: CommandEnvelope, command: RedraftCorrection, moment: datetime) -> Decided:
    """Propose the author's next draft. Positions on the last one do not carry over."""
    correction = require_open_correction(plan, command.correction, moment)
    if sent.on_behalf_of != author_of(plan, correction):
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
    require_fit(plan.defined, plan.all_dropped(), proposal.changes)
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
    """Take a position on the present draft: endorse, oppose or abstain."""
    correction = require_open_correction(plan, command.correction, moment)
    require_draft(correction, command.draft)
    require_may_decide(plan, sent.on_behalf_of)
    event = PositionTaken(position=command.POSITION, **statement_fields(Position, command))
    return [event]


@decides(ReturnCorrection)
def return_draft(plan: Plan, sent: CommandEnvelope, command: ReturnCorrection, moment: datetime) -> Decided:
    """Return a draft to its author, who may write another."""
    correction = require_open_correction(plan, command.correction, moment)
    require_draft(correction, command.draft)
    require_may_decide(plan, sent.on_behalf_of)
    event = CorrectionReturned(correction=correction.id, draft=correction.draft, reason=command.reason)
    return [event]


@decides(WithdrawCorrection)
def withdraw(plan: Plan, sent: CommandEnvelope, command: WithdrawCorrection, moment: datetime) -> Decided:
    """Withdraw an open proposal. Only its author may, or the author's successor."""
    correction = require_open_correction(plan, command.correction, moment)
    if sent.on_behalf_of != author_of(plan, correction):
        raise Refused("not_the_author", author=correction.body or "-", correction=correction.id)
    event = CorrectionWithdrawn(correction=correction.id, reason=command.reason)
    return [event]


@decides(ExplainCorrection)
def explain(plan: Plan, sent: CommandEnvelope, command: ExplainCorrection, moment: datetime) -> Decided:
    """Add a reason that was published after the course correction."""
    correction = plan.corrections.get(command.correction)
    if correction is None:
        raise Refused("unknown_correction", correction=command.correction)
    require_subject(plan, correction.id, correction.proposed_at, moment)
    if sent.on_behalf_of not in (None, author_of(plan, correction), plan.current_holder(correction.decided_by or "")):
        raise Refused("not_the_author", author=correction.body or correction.decided_by, correction=correction.id)
    if not isinstance(correction.proposal.rationale, Absent):
        raise Refused("already_explained", correction=correction.id)
    for item in command.covers:
        if item not in {change.subject for change in correction.proposal.changes}:
            raise Refused("unknown_item", item=item)
    event = CorrectionExplained(**statement_fields(Explanation, command))
    return [event]

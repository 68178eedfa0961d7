"""Partner changes: bodies join, leave and are succeeded. Each change has a source.

Statements stay under the name of the body that made them. What a body *held* (leads, supporting roles, its vote, its
open proposals, the events that it may declare) passes to its successor. A body that left without a successor owes
nothing and counts in no decision.
"""

from collections.abc import Iterator
from datetime import datetime

from domain.kernel.context import CommandEnvelope
from domain.kernel.entry import Entry
from domain.kernel.event import NewEvent
from domain.kernel.record import replace
from domain.kernel.refused import Refused
from domain.kernel.registry import decides, evolves
from domain.partners.holders import with_partner, with_successor, without_partner
from domain.partners.messages import (
    FormerPartner,
    JoinPartner,
    LeavePartner,
    PartnerJoined,
    PartnerLeft,
    PartnerSucceeded,
    SucceedPartner,
)
from domain.plan import Plan
from domain.plan_file.definition import Definition, Partner
from domain.speaking import require_takes_part


@decides(JoinPartner)
def join(plan: Plan, sent: CommandEnvelope, command: JoinPartner, moment: datetime) -> list[NewEvent]:
    """Let a body join. It may decide if all partners do; otherwise only after a change of the policy."""
    _require_source(plan, sent, moment)
    _require_new(plan, command.body)
    partner = Partner(id=command.body, name=command.name, audits=command.audits, group=command.group)
    return [NewEvent(PartnerJoined(partner=partner), moment)]


@decides(LeavePartner)
def leave(plan: Plan, sent: CommandEnvelope, command: LeavePartner, moment: datetime) -> list[NewEvent]:
    """Let a body leave without a successor.

    It has left as a matter of fact, so the plan's rules cannot refuse it: a quorum or a number of endorsements that the
    remaining bodies could not reach becomes the number of remaining bodies, and the event states it.
    """
    _require_source(plan, sent, moment)
    _require_partner(plan, command.body)
    remaining = [body for body in plan.defined.deciding_bodies() if body != command.body]
    if not remaining:
        raise Refused("last_to_decide", body=command.body)
    decisions, able = plan.defined.policy.decisions, len(remaining)
    event = PartnerLeft(
        body=command.body,
        reason=command.reason,
        without_lead=tuple(_led_by(plan.defined, command.body)),
        quorum=able if decisions.quorum is not None and decisions.quorum > able else None,
        adopts=able if isinstance(decisions.adopts, int) and decisions.adopts > able else None,
    )
    return [NewEvent(event, moment)]


@decides(SucceedPartner)
def succeed(plan: Plan, sent: CommandEnvelope, command: SucceedPartner, moment: datetime) -> list[NewEvent]:
    """Let a new body take the place of another."""
    _require_source(plan, sent, moment)
    _require_partner(plan, command.body)
    if command.successor in plan.partner_ids():
        raise Refused("successor_is_partner", body=command.body, successor=command.successor)
    _require_new(plan, command.successor)
    before = next(partner for partner in plan.defined.partners if partner.id == command.body)
    successor = before.model_copy(update={"id": command.successor, "name": command.name})
    return [NewEvent(PartnerSucceeded(body=command.body, successor=successor, reason=command.reason), moment)]


def _require_source(plan: Plan, sent: CommandEnvelope, moment: datetime) -> None:
    has_plan_source = plan.entered_afterwards(moment) and plan.defined.source is not None
    if sent.command.source is None and not has_plan_source:
        raise Refused("partner_source_needed")


def _require_new(plan: Plan, body: str) -> None:
    known = {one.id for one in plan.defined.stakeholders} | plan.former.keys() | set(plan.partner_ids())
    if body in known:
        raise Refused("body_exists", body=body)


def _require_partner(plan: Plan, body: str) -> None:
    require_takes_part(plan, body)
    if body not in plan.partner_ids():
        raise Refused("unknown_partner", partners=", ".join(plan.partner_ids()))


def _led_by(definition: Definition, body: str) -> Iterator[str]:
    for commitment in definition.commitments:
        if commitment.lead == body:
            yield commitment.id
        yield from (milestone.id for milestone in commitment.milestones if milestone.lead == body)


# --- effects on the state -------------------------------------------------------------------------------------------


@evolves(PartnerJoined)
def partner_joined(plan: Plan, entry: Entry) -> Plan:
    event = entry.event
    assert isinstance(event, PartnerJoined)
    return replace(
        plan,
        definition=with_partner(plan.defined, event.partner) if plan.definition else None,
        joined={**plan.joined, event.partner.id: entry.effective_at},
    )


@evolves(PartnerLeft)
def partner_left(plan: Plan, entry: Entry) -> Plan:
    event = entry.event
    assert isinstance(event, PartnerLeft)
    return _without_body(
        plan, event.body, entry, without_partner(plan.defined, event) if plan.definition else None, None
    )


@evolves(PartnerSucceeded)
def partner_succeeded(plan: Plan, entry: Entry) -> Plan:
    event = entry.event
    assert isinstance(event, PartnerSucceeded)
    definition = with_successor(plan.defined, event.body, event.successor) if plan.definition else None
    after = _without_body(plan, event.body, entry, definition, event.successor.id)
    return replace(after, joined={**plan.joined, event.successor.id: entry.effective_at})


def _without_body(plan: Plan, body: str, entry: Entry, definition: Definition | None, successor: str | None) -> Plan:
    """The plan without a body, which is kept as a former partner."""
    partner = next((one for one in plan.definition.partners if one.id == body), None) if plan.definition else None
    if partner is None:
        return plan
    former = FormerPartner(partner, entry.effective_at, successor)
    return replace(plan, definition=definition, former={**plan.former, body: former})

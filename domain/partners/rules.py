"""Who takes part now: bodies that join, leave, and are succeeded, each by a plain event with its source.

What anybody said stays under the name it was said in. What a body *held* (leads, supporting roles, its vote, its open
proposals, what it was to declare) goes to its successor; a body that left without one owes nothing and counts nowhere.
"""

from collections.abc import Iterator
from datetime import datetime

from domain.kernel.context import CommandEnvelope
from domain.kernel.entry import Entry
from domain.kernel.event import NewEvent
from domain.kernel.record import replace
from domain.kernel.refused import Refused
from domain.kernel.registry import decides, evolves
from domain.partners.holders import joined, left, succeeded
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
    """A body begins to take part. It votes where every partner does; else a change of the policy has to say so."""
    _require_source(plan, sent, moment)
    _require_new(plan, command.body)
    partner = Partner(id=command.body, name=command.name, audits=command.audits, group=command.group)
    return [NewEvent(PartnerJoined(partner=partner), moment)]


@decides(LeavePartner)
def leave(plan: Plan, sent: CommandEnvelope, command: LeavePartner, moment: datetime) -> list[NewEvent]:
    """A body takes part no more, and nobody takes its place.

    That is so whether or not it suits the plan's numbers, so it is not refused for them: a quorum or a number of
    endorsements that those who are left could never reach becomes what all of them are, and the event says so.
    """
    _require_source(plan, sent, moment)
    _require_partner(plan, command.body)
    left = [body for body in plan.defined.deciding_bodies() if body != command.body]
    if not left:
        raise Refused("last_to_decide", body=command.body)
    decisions, able = plan.defined.policy.decisions, len(left)
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
    """A new body takes the place of one that is no more."""
    _require_source(plan, sent, moment)
    _require_partner(plan, command.body)
    if command.successor in plan.partner_ids():
        raise Refused("successor_is_partner", body=command.body, successor=command.successor)
    _require_new(plan, command.successor)
    before = next(partner for partner in plan.defined.partners if partner.id == command.body)
    successor = before.model_copy(update={"id": command.successor, "name": command.name})
    return [NewEvent(PartnerSucceeded(body=command.body, successor=successor, reason=command.reason), moment)]


def _require_source(plan: Plan, sent: CommandEnvelope, moment: datetime) -> None:
    told_by_the_plan = plan.entered_afterwards(moment) and plan.defined.source is not None
    if sent.command.source is None and not told_by_the_plan:
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


# --- what follows ---------------------------------------------------------------------------------------------------


@evolves(PartnerJoined)
def partner_joined(plan: Plan, entry: Entry) -> Plan:
    event = entry.event
    assert isinstance(event, PartnerJoined)
    return replace(
        plan,
        definition=joined(plan.defined, event.partner) if plan.definition else None,
        joined={**plan.joined, event.partner.id: entry.effective_at},
    )


@evolves(PartnerLeft)
def partner_left(plan: Plan, entry: Entry) -> Plan:
    event = entry.event
    assert isinstance(event, PartnerLeft)
    return _parted(plan, event.body, entry, left(plan.defined, event) if plan.definition else None, None)


@evolves(PartnerSucceeded)
def partner_succeeded(plan: Plan, entry: Entry) -> Plan:
    event = entry.event
    assert isinstance(event, PartnerSucceeded)
    definition = succeeded(plan.defined, event.body, event.successor) if plan.definition else None
    parted = _parted(plan, event.body, entry, definition, event.successor.id)
    return replace(parted, joined={**plan.joined, event.successor.id: entry.effective_at})


def _parted(plan: Plan, body: str, entry: Entry, definition: Definition | None, successor: str | None) -> Plan:
    """The plan without a body; its name stays known."""
    partner = next((one for one in plan.definition.partners if one.id == body), None) if plan.definition else None
    if partner is None:
        return plan
    former = FormerPartner(partner, entry.effective_at, successor)
    return replace(plan, definition=definition, former={**plan.former, body: former})

"""Who takes part now: bodies that join, leave, and are succeeded, each by a plain event with its source.

What anybody said stays under the name it was said in. What a body *held* (leads, supporting roles, its vote, its open
proposals, what it was to declare) goes to its successor; a body that left without one owes nothing and counts nowhere.
"""

from collections.abc import Collection, Iterator
from datetime import datetime
from typing import Any

from domain.commands import Asked, JoinPartner, LeavePartner, SucceedPartner
from domain.definition import Decisions, Definition, Partner
from domain.entry import Draft
from domain.events import PartnerJoined, PartnerLeft, PartnerSucceeded
from domain.plan import Plan
from domain.refusals import Refused
from domain.speaking import hold_takes_part
from domain.statements import Addition, Change


def join(plan: Plan, asked: Asked, command: JoinPartner, moment: datetime) -> list[Draft]:
    """A body begins to take part. It votes where every partner does; else a change of the policy has to say so."""
    _hold_source(plan, asked, moment)
    _hold_new(plan, command.body)
    partner = Partner(id=command.body, name=command.name, audits=command.audits, group=command.group)
    return [Draft(PartnerJoined(partner=partner), moment)]


def leave(plan: Plan, asked: Asked, command: LeavePartner, moment: datetime) -> list[Draft]:
    """A body takes part no more, and nobody takes its place.

    That is so whether or not it suits the plan's numbers, so it is not refused for them: a quorum or a number of
    endorsements that those who are left could never reach becomes what all of them are, and the event says so.
    """
    _hold_source(plan, asked, moment)
    _hold_partner(plan, command.body)
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
    return [Draft(event, moment)]


def succeed(plan: Plan, asked: Asked, command: SucceedPartner, moment: datetime) -> list[Draft]:
    """A new body takes the place of one that is no more."""
    _hold_source(plan, asked, moment)
    _hold_partner(plan, command.body)
    if command.successor in plan.partner_ids():
        raise Refused("successor_is_partner", body=command.body, successor=command.successor)
    _hold_new(plan, command.successor)
    before = next(partner for partner in plan.defined.partners if partner.id == command.body)
    successor = before.model_copy(update={"id": command.successor, "name": command.name})
    return [Draft(PartnerSucceeded(body=command.body, successor=successor, reason=command.reason), moment)]


def _hold_source(plan: Plan, asked: Asked, moment: datetime) -> None:
    told_by_the_plan = plan.entered_afterwards(moment) and plan.defined.source is not None
    if asked.command.source is None and not told_by_the_plan:
        raise Refused("partner_source_needed")


def _hold_new(plan: Plan, body: str) -> None:
    known = {one.id for one in plan.defined.stakeholders} | plan.former.keys() | set(plan.partner_ids())
    if body in known:
        raise Refused("body_exists", body=body)


def _hold_partner(plan: Plan, body: str) -> None:
    hold_takes_part(plan, body)
    if body not in plan.partner_ids():
        raise Refused("unknown_partner", partners=", ".join(plan.partner_ids()))


def _led_by(definition: Definition, body: str) -> Iterator[str]:
    for commitment in definition.commitments:
        if commitment.lead == body:
            yield commitment.id
        yield from (milestone.id for milestone in commitment.milestones if milestone.lead == body)


# --- what a plan becomes --------------------------------------------------------------------------------------------


def joined(definition: Definition, partner: Partner) -> Definition:
    """A definition with one more partner."""
    return definition.model_copy(update={"partners": (*definition.partners, partner)})


def left(definition: Definition, event: PartnerLeft) -> Definition:
    """A definition without a body: what it led is led by nobody, and what could not be reached any more is lowered."""
    definition = _handed(definition, event.body, None)
    numbers = {"quorum": event.quorum, "adopts": event.adopts}
    lowered = {name: number for name, number in numbers.items() if number is not None}
    decisions = definition.policy.decisions.model_copy(update=lowered)
    partners = tuple(partner for partner in definition.partners if partner.id != event.body)
    policy = definition.policy.model_copy(update={"decisions": decisions})
    return definition.model_copy(update={"partners": partners, "policy": policy})


def succeeded(definition: Definition, body: str, successor: Partner) -> Definition:
    """A definition with a successor in a body's place."""
    partners = tuple(successor if partner.id == body else partner for partner in definition.partners)
    return _handed(definition, body, successor.id).model_copy(update={"partners": partners})


def _handed(definition: Definition, body: str, to: str | None) -> Definition:
    """A definition in which whatever a body held is held by another, or by nobody. Who approved the plan stays."""

    def one(held: str | None) -> str | None:
        return to if held == body else held

    def each(held: Collection[str]) -> tuple[str, ...]:
        return tuple(dict.fromkeys(now for now in map(one, held) if now is not None))

    decisions: Decisions = definition.policy.decisions
    decisions = decisions.model_copy(update={"bodies": each(decisions.bodies)})
    return definition.model_copy(
        update={
            "policy": definition.policy.model_copy(update={"decisions": decisions}),
            "awaited": tuple(
                awaited.model_copy(update={"told_by": each(awaited.told_by)}) for awaited in definition.awaited
            ),
            "commitments": tuple(
                commitment.model_copy(
                    update={
                        "lead": one(commitment.lead),
                        "supporting": each(commitment.supporting),
                        "milestones": tuple(
                            milestone.model_copy(
                                update={"lead": one(milestone.lead), "supporting": each(milestone.supporting)}
                            )
                            for milestone in commitment.milestones
                        ),
                    }
                )
                for commitment in definition.commitments
            ),
        }
    )


_HOLDERS = ("lead", "with", "bodies", "told_by")
"""The fields of a plan file that name who holds something."""


def in_present_names(plan: Plan, change: Change) -> Change:
    """A change that names a body since succeeded, as it reads now: a succession makes no proposal stale."""
    if change.add is not None:
        written = present_holders(plan, change.add.model_dump(mode="json", by_alias=True, exclude_none=True))
        return change.model_copy(update={"add": Addition.model_validate(written)})
    field = (change.field or "").split(".")[-1]
    said = {"was": change.was, "shall_be": change.shall_be}
    return change.model_copy(update={name: present_holders(plan, one, field) for name, one in said.items()})


def present_holders(plan: Plan, said: Any, field: str = "") -> Any:
    """What a field says, or fields by their names, with whoever holds now what a body held when it was written."""
    match said:
        case dict():
            return {name: present_holders(plan, one, name) for name, one in said.items()}
        case list() | tuple():
            return [present_holders(plan, one, field) for one in said]
        case str() if field in _HOLDERS:
            return plan.heir(said) or said
        case _:
            return said

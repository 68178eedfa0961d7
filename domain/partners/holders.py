"""What bodies hold in a plan's definition (leads, supporting roles, votes), and its transfer to successors."""

from collections.abc import Collection
from typing import Any

from domain.corrections.messages import Addition, Change
from domain.partners.messages import PartnerLeft
from domain.plan import Plan
from domain.plan_file.definition import Decisions, Definition, Partner


def with_partner(definition: Definition, partner: Partner) -> Definition:
    """The definition with one more partner."""
    return definition.model_copy(update={"partners": (*definition.partners, partner)})


def without_partner(definition: Definition, event: PartnerLeft) -> Definition:
    """The definition without a body: its items have no lead, and numbers that can no longer be met are lowered."""
    definition = _transferred(definition, event.body, None)
    numbers = {"quorum": event.quorum, "adopts": event.adopts}
    lowered = {name: number for name, number in numbers.items() if number is not None}
    decisions = definition.policy.decisions.model_copy(update=lowered)
    partners = tuple(partner for partner in definition.partners if partner.id != event.body)
    policy = definition.policy.model_copy(update={"decisions": decisions})
    return definition.model_copy(update={"partners": partners, "policy": policy})


def with_successor(definition: Definition, body: str, successor: Partner) -> Definition:
    """The definition with a successor in the place of a body."""
    partners = tuple(successor if partner.id == body else partner for partner in definition.partners)
    return _transferred(definition, body, successor.id).model_copy(update={"partners": partners})


def _transferred(definition: Definition, body: str, to: str | None) -> Definition:
    """The definition in which ``to`` holds everything that a body held. ``approved`` is history and stays."""

    def one(held: str | None) -> str | None:
        return to if held == body else held

    def each(held: Collection[str]) -> tuple[str, ...]:
        return tuple(dict.fromkeys(holder for holder in map(one, held) if holder is not None))

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
"""The fields of a plan file that name bodies."""


def with_current_holders(plan: Plan, change: Change) -> Change:
    """A change with current holders in place of succeeded bodies: a succession makes no proposal stale."""
    if change.add is not None:
        written = current_holders_in(plan, change.add.model_dump(mode="json", by_alias=True, exclude_none=True))
        return change.model_copy(update={"add": Addition.model_validate(written)})
    field = (change.field or "").split(".")[-1]
    values = {"was": change.was, "shall_be": change.shall_be}
    return change.model_copy(update={name: current_holders_in(plan, one, field) for name, one in values.items()})


def current_holders_in(plan: Plan, value: Any, field: str = "") -> Any:
    """The value of a field, or of several fields by name, with current holders in place of succeeded bodies."""
    match value:
        case dict():
            return {name: current_holders_in(plan, one, name) for name, one in value.items()}
        case list() | tuple():
            return [current_holders_in(plan, one, field) for one in value]
        case str() if field in _HOLDERS:
            return plan.current_holder(value) or value
        case _:
            return value

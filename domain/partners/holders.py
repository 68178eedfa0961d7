"""Who holds what in a plan's definition: leads, supporting roles, votes. Held things go to a successor."""

from collections.abc import Collection
from typing import Any

from domain.corrections.messages import Addition, Change
from domain.partners.messages import PartnerLeft
from domain.plan import Plan
from domain.plan_file.definition import Decisions, Definition, Partner


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

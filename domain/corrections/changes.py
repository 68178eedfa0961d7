"""Changes of a plan's definition: add, drop, or set a field from what it is to what it shall be."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any, assert_never

from pydantic import BaseModel, ValidationError

from domain.corrections.messages import Addition, Change
from domain.kernel.faults import Fault, explain
from domain.kernel.refused import Refused, because_of
from domain.kernel.text import same_text
from domain.plan_file.check import check
from domain.plan_file.definition import (
    Assumption,
    Awaited,
    Cause,
    Commitment,
    Definition,
    Indicator,
    Milestone,
    Naming,
    Policy,
    Problem,
)


def apply(definition: Definition, dropped: Collection[str], change: Change) -> Definition:
    """The definition after one change. Dropping marks, so it changes nothing here.

    Raises ``Refused``: ``from_no_longer_holds`` where the change is stale, else what is wrong with it.
    """
    subject = change.subject
    if change.add is None and subject in dropped:
        raise _dropped(dropped, subject)
    if change.add is not None:
        return _added(definition, dropped, change.add)
    if change.drop is not None:
        _part(definition, change.drop)
        return definition
    return _set(definition, change)


def apply_all(
    definition: Definition, dropped: Collection[str], changes: Sequence[Change]
) -> tuple[Definition, list[Change], list[Change]]:
    """The definition after the changes that still hold, those changes, and the stale ones.

    Where together they would leave a plan that does not hold together, none of them is applied.
    """
    before = definition
    applied: list[Change] = []
    stale: list[Change] = []
    gone = set(dropped)
    for change in changes:
        try:
            changed = apply(definition, gone, change)
        except Refused:
            stale.append(change)
            continue
        definition = changed
        applied.append(change)
        if change.drop:
            gone.add(change.drop)
    if _faults(definition):
        return before, [], list(changes)
    return definition, applied, stale


def require_fit(definition: Definition, dropped: Collection[str], changes: Sequence[Change]) -> None:
    """Hold that a proposal's changes fit the plan as it is now, one after the other, and leave it whole.

    What is in ``dropped``, or goes with what one of the changes drops, is not changed any more.
    """
    gone: dict[str, Any] = dict(dropped) if isinstance(dropped, Mapping) else dict.fromkeys(dropped, "-")
    for change in changes:
        definition = apply(definition, gone, change)
        if change.drop:
            gone |= dict.fromkeys(going_with(definition, change.drop), "-")
    if faults := _faults(definition):
        raise because_of("breaks_the_plan", faults[0])


def going_with(definition: Definition, item: str) -> tuple[str, ...]:
    """What is dropped with an item: itself, and of a commitment its milestones."""
    commitment = next((one for one in definition.commitments if one.id == item), None)
    return (item, *(milestone.id for milestone in commitment.milestones)) if commitment else (item,)


def _dropped(dropped: Collection[str], item: str) -> Refused:
    since = dropped.get(item, "-") if isinstance(dropped, Mapping) else "-"
    return Refused("item_dropped", item=item, since=since)


def _faults(definition: Definition) -> list[Fault]:
    """What would not hold together. Who approved the plan once may have left since."""
    return [fault for fault in check(definition).faults if fault.path[:1] != ("approved",)]


_Part = Commitment | Milestone | Indicator | Assumption | Awaited


def _part(definition: Definition, item: str) -> _Part:
    candidates: list[_Part] = [*definition.indicators, *definition.assumptions, *definition.awaited]
    for commitment in definition.commitments:
        candidates += [commitment, *commitment.milestones]
    for part in candidates:
        if part.id == item:
            return part
    raise Refused("unknown_item", item=item)


def _set(definition: Definition, change: Change) -> Definition:
    item, field = change.item or "", change.field or ""
    whole: BaseModel
    match item:
        case "problem" | "policy":
            whole = getattr(definition, item)
        case "plan":
            whole = definition.naming()
        case _:
            whole = _part(definition, item)
    was, now = _with_field(whole, item, field, change.was), _with_field(whole, item, field, change.shall_be)
    actual = _value(whole, field)
    if not same_text(_value(was, field), actual):
        raise Refused("from_no_longer_holds", item=item, field=field, actual=actual)
    return _replaced(definition, item, now)


def _with_field(whole: BaseModel, item: str, field: str, value: Any) -> BaseModel:
    """A copy with one field set, read as the plan file would be."""
    head, *rest = field.split(".")
    known = {info.alias or name for name, info in type(whole).model_fields.items()} - {"id", "milestones", "plan"}
    if head not in known:
        raise Refused("unknown_field", item=item, field=field, known=", ".join(sorted(known)))
    written = whole.model_dump(mode="json", by_alias=True, exclude_none=True)
    place = written
    for step in (head, *rest)[:-1]:
        place = place.setdefault(step, {})
        if not isinstance(place, dict):
            raise Refused("unknown_field", item=item, field=field, known=head)
    if value is None:
        place.pop((head, *rest)[-1], None)
    else:
        place[(head, *rest)[-1]] = value
    try:
        return type(whole).model_validate(written)
    except ValidationError as error:
        raise because_of("bad_value", explain(error)[0], item=item, field=field) from None


def _value(whole: BaseModel, field: str) -> Any:
    place: Any = whole.model_dump(mode="json", by_alias=True)
    for step in field.split("."):
        place = place.get(step) if isinstance(place, dict) else None
    return place


def _replaced(definition: Definition, item: str, now: BaseModel) -> Definition:
    match now:
        case Problem():
            return definition.model_copy(update={"problem": now})
        case Policy():
            return definition.model_copy(update={"policy": now})
        case Naming():
            return definition.model_copy(update={name: getattr(now, name) for name in Naming.model_fields})
        case Indicator():
            return definition.model_copy(update={"indicators": _swap(definition.indicators, now)})
        case Assumption():
            return definition.model_copy(update={"assumptions": _swap(definition.assumptions, now)})
        case Awaited():
            return definition.model_copy(update={"awaited": _swap(definition.awaited, now)})
        case Commitment():
            return definition.model_copy(update={"commitments": _swap(definition.commitments, now)})
        case Milestone():
            commitments = tuple(
                commitment.model_copy(update={"milestones": _swap(commitment.milestones, now)})
                for commitment in definition.commitments
            )
            return definition.model_copy(update={"commitments": commitments})
        case _:
            raise Refused("unknown_item", item=item)


def _swap(parts: Sequence[Any], now: Any) -> tuple[Any, ...]:
    return tuple(now if part.id == now.id else part for part in parts)


def _added(definition: Definition, dropped: Collection[str], addition: Addition) -> Definition:
    part = addition.part
    match part:
        case Milestone():
            parent = _part(definition, str(addition.commitment))
            if not isinstance(parent, Commitment):
                raise Refused("wrong_kind_of_item", item=parent.id, wanted="commitment")
            if parent.id in dropped:
                raise _dropped(dropped, parent.id)
            return _replaced(
                definition, parent.id, parent.model_copy(update={"milestones": (*parent.milestones, part)})
            )
        case Commitment():
            return definition.model_copy(update={"commitments": (*definition.commitments, part)})
        case Indicator():
            return definition.model_copy(update={"indicators": (*definition.indicators, part)})
        case Assumption():
            return definition.model_copy(update={"assumptions": (*definition.assumptions, part)})
        case Awaited():
            return definition.model_copy(update={"awaited": (*definition.awaited, part)})
        case Cause():
            problem = definition.problem
            return definition.model_copy(
                update={"problem": problem.model_copy(update={"causes": (*problem.causes, part)})}
            )
        case _:
            assert_never(part)

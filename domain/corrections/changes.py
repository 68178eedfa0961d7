"""Changes of a plan's definition: add an item, drop an item, or set a field from its present value to a new one."""

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
    """The definition after one change. A dropped item stays in the definition: the plan only marks it.

    Raises ``Refused``: ``from_no_longer_holds`` if the change is stale, otherwise the reason why it is not valid.
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
    """(definition after the changes that still apply, those changes, the stale changes).

    If the result has a fault, no change is applied and all are stale.
    """
    before = definition
    applied: list[Change] = []
    stale: list[Change] = []
    all_dropped = set(dropped)
    for change in changes:
        try:
            changed = apply(definition, all_dropped, change)
        except Refused:
            stale.append(change)
            continue
        definition = changed
        applied.append(change)
        if change.drop:
            all_dropped.add(change.drop)
    if _faults(definition):
        return before, [], list(changes)
    return definition, applied, stale


def require_fit(definition: Definition, dropped: Collection[str], changes: Sequence[Change]) -> None:
    """Require changes that apply to the present definition, one after the other, and leave it without a fault.

    No change may concern an item in ``dropped``, or an item that an earlier change drops.
    """
    all_dropped: dict[str, Any] = dict(dropped) if isinstance(dropped, Mapping) else dict.fromkeys(dropped, "-")
    for change in changes:
        definition = apply(definition, all_dropped, change)
        if change.drop:
            all_dropped |= dict.fromkeys(dropped_with(definition, change.drop), "-")
    if faults := _faults(definition):
        raise because_of("breaks_the_plan", faults[0])


def dropped_with(definition: Definition, item: str) -> tuple[str, ...]:
    """The ids dropped with an item: its own, and those of its milestones if it is a commitment."""
    commitment = next((one for one in definition.commitments if one.id == item), None)
    return (item, *(milestone.id for milestone in commitment.milestones)) if commitment else (item,)


def _dropped(dropped: Collection[str], item: str) -> Refused:
    since = dropped.get(item, "-") if isinstance(dropped, Mapping) else "-"
    return Refused("item_dropped", item=item, since=since)


def _faults(definition: Definition) -> list[Fault]:
    """The faults of a definition, without those of ``approved``: a body that approved the plan may have left since."""
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
    old, new = _with_field(whole, item, field, change.was), _with_field(whole, item, field, change.shall_be)
    actual = _value(whole, field)
    if not same_text(_value(old, field), actual):
        raise Refused("from_no_longer_holds", item=item, field=field, actual=actual)
    return _replaced(definition, item, new)


def _with_field(whole: BaseModel, item: str, field: str, value: Any) -> BaseModel:
    """A copy with one field set, validated as in a plan file."""
    head, *rest = field.split(".")
    known = {info.alias or name for name, info in type(whole).model_fields.items()} - {"id", "milestones", "plan"}
    if head not in known:
        raise Refused("unknown_field", item=item, field=field, known=", ".join(sorted(known)))
    written = whole.model_dump(mode="json", by_alias=True, exclude_none=True)
    parent = written
    for step in (head, *rest)[:-1]:
        parent = parent.setdefault(step, {})
        if not isinstance(parent, dict):
            raise Refused("unknown_field", item=item, field=field, known=head)
    if value is None:
        parent.pop((head, *rest)[-1], None)
    else:
        parent[(head, *rest)[-1]] = value
    try:
        return type(whole).model_validate(written)
    except ValidationError as error:
        raise because_of("bad_value", explain(error)[0], item=item, field=field) from None


def _value(whole: BaseModel, field: str) -> Any:
    value: Any = whole.model_dump(mode="json", by_alias=True)
    for step in field.split("."):
        value = value.get(step) if isinstance(value, dict) else None
    return value


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

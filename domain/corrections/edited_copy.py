"""An edited copy of a plan, converted to changes: items added, items dropped, fields set to another value.

A person may edit a copy of the plan file instead of writing a list of changes. The copy is compared with the plan
version from which it was made, so that later changes of the plan are not taken for edits.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any, Final

from pydantic import BaseModel

from domain.corrections.changes import apply
from domain.corrections.messages import Addition, Change
from domain.kernel.faults import Fault, Malformed, Path
from domain.kernel.refused import Refused
from domain.plan_file.definition import Assumption, Awaited, Commitment, Definition, Indicator, Milestone, Naming

_Part = Commitment | Milestone | Indicator | Assumption | Awaited

_BY_FIELD: Final = ("decisions", "visibility")
"""Parts of the policy in which each field is a change of its own: two people may change two fields."""


def without_dropped(definition: Definition, dropped: Collection[str]) -> Definition:
    """A definition without its dropped items: the content of a copy."""

    def kept(parts: Sequence[Any]) -> tuple[Any, ...]:
        return tuple(part for part in parts if part.id not in dropped)

    return definition.model_copy(
        update={
            "commitments": tuple(
                commitment.model_copy(update={"milestones": kept(commitment.milestones)})
                for commitment in kept(definition.commitments)
            ),
            "indicators": kept(definition.indicators),
            "assumptions": kept(definition.assumptions),
        }
    )


def changes_between(before: Definition, copy: Definition) -> list[Change]:
    """The changes from a plan version to an edited copy of it.

    Raises ``Malformed`` if the copy contains an edit that no course correction can make (another id for the same item,
    a milestone moved to another commitment, other partners), or no edit.
    """
    old, new = _parts(before), _parts(copy)
    renamed, places = _renamed(before, copy), _places(copy)
    faults = [*_unchangeable(before, copy), *_moved(before, copy, renamed)]
    faults += [Fault("id_renamed", (*places[id_], "id"), {"old": was, "new": id_}) for id_, was in renamed.items()]
    faults += [
        Fault("not_dropped", (), {"id": id_}) for id_ in old.keys() - new.keys() if isinstance(old[id_], Awaited)
    ]
    if faults:
        raise Malformed(faults)
    changes = [*_set_fields(before, copy, old, new), *_added(before, copy), *_dropped(before, copy)]
    if not changes:
        raise Malformed([Fault("copy_changes_nothing")])
    return changes


def changed_since(
    now: Definition, dropped: Collection[str], copy: Definition, changes: Sequence[Change]
) -> list[Fault]:
    """A fault for each change that is stale: the plan has changed since the copy was made."""
    places, all_dropped = _places(copy), set(dropped)
    faults: list[Fault] = []
    for change in changes:
        try:
            now = apply(now, all_dropped, change)
        except Refused as refused:
            path = places.get(change.subject, ())
            params = {
                "item": change.subject,
                "field": change.field or "",
                "now": str(refused.params.get("actual", "-")),
            }
            if refused.code == "from_no_longer_holds":
                faults.append(Fault("changed_since", (*path, *(change.field or "").split(".")), params))
            elif refused.code in ("item_dropped", "wrong_kind_of_item"):
                item = str(refused.params.get("item"))
                faults.append(Fault("dropped_since", places.get(item, path), params | {"item": item}))
        all_dropped |= {change.drop} if change.drop else set()
    return faults


def _parts(definition: Definition) -> dict[str, _Part]:
    parts: dict[str, _Part] = {}
    for commitment in definition.commitments:
        parts[commitment.id] = commitment
        parts |= {milestone.id: milestone for milestone in commitment.milestones}
    parts |= {part.id: part for part in definition.indicators}
    parts |= {part.id: part for part in definition.assumptions}
    return parts | {part.id: part for part in definition.awaited}


def _places(definition: Definition) -> dict[str, Path]:
    """The path of every part in the copy, by id."""
    places: dict[str, Path] = {"problem": ("problem",), "policy": ("policy",), "plan": ()}
    for c, commitment in enumerate(definition.commitments):
        places[commitment.id] = ("commitments", c)
        for m, milestone in enumerate(commitment.milestones):
            places[milestone.id] = ("commitments", c, "milestones", m)
    for name in ("indicators", "assumptions", "awaited"):
        places |= {part.id: (name, i) for i, part in enumerate(getattr(definition, name))}
    return places


def _written(part: BaseModel, *without: str) -> dict[str, Any]:
    written = part.model_dump(mode="json", by_alias=True, exclude_none=True)
    return {name: value for name, value in written.items() if name not in without}


# --- edits that are no course correction ----------------------------------------------------------------------------


def _unchangeable(before: Definition, copy: Definition) -> Iterator[Fault]:
    """A fault for each edited field that no course correction changes: the id, the time zone, the partners."""
    changeable = {*Naming.model_fields, "problem", "policy", "commitments", "indicators", "assumptions", "awaited"}
    for name in Definition.model_fields.keys() - changeable - {"partners"}:
        if getattr(before, name) != getattr(copy, name):
            yield Fault("not_by_correction", (name,), {"key": name})
    if before.partners != copy.partners:
        others = [i for i, partner in enumerate(copy.partners) if partner not in before.partners]
        yield Fault("partners_by_their_own", ("partners", *others[:1]))
    kept = {part.id: part for part in before.awaited}
    for i, part in enumerate(copy.awaited):
        if part.id in kept and kept[part.id] != part:
            yield Fault("not_by_correction", ("awaited", i), {"key": part.id})


def _renamed(before: Definition, copy: Definition) -> dict[str, str]:
    """Items with a new id, by new id, with the old one. That is a fault: an id never changes."""
    old, new = _identities(before), _identities(copy)
    missing = {identity: id_ for id_, identity in old.items() if id_ not in new}
    return {id_: missing[identity] for id_, identity in new.items() if id_ not in old and identity in missing}


def _identities(definition: Definition) -> dict[str, tuple[str, ...]]:
    """By id, what identifies a part besides its id: its kind, its commitment, its text."""
    found: dict[str, tuple[str, ...]] = {}
    for commitment in definition.commitments:
        found[commitment.id] = ("commitment", repr(commitment.title))
        found |= {one.id: ("milestone", commitment.id, repr(one.deliverable)) for one in commitment.milestones}
    found |= {one.id: ("indicator", repr(one.name)) for one in definition.indicators}
    found |= {one.id: ("assumption", repr(one.text)) for one in definition.assumptions}
    return found | {one.id: ("awaited", repr(one.what)) for one in definition.awaited}


def _moved(before: Definition, copy: Definition, renamed: Mapping[str, str]) -> Iterator[Fault]:
    parents = {milestone.id: commitment.id for commitment, milestone in before.milestones()}
    places = _places(copy)
    for commitment, milestone in copy.milestones():
        was = parents.get(milestone.id, commitment.id)
        if was not in (commitment.id, renamed.get(commitment.id)):
            yield Fault("moved", places[milestone.id], {"id": milestone.id, "was": was, "now": commitment.id})


# --- changes --------------------------------------------------------------------------------------------------------


def _set_fields(
    before: Definition, copy: Definition, old: Mapping[str, _Part], new: Mapping[str, _Part]
) -> Iterator[Change]:
    yield from _fields("plan", _written(before.naming()), _written(copy.naming()))
    yield from _fields("problem", _problem(before), _problem(copy))
    yield from _causes(before, copy)
    yield from _fields("policy", _policy(before), _policy(copy))
    for id_, part in new.items():
        if id_ in old and not isinstance(part, Awaited):
            yield from _fields(id_, _written(old[id_], "id", "milestones"), _written(part, "id", "milestones"))


def _fields(item: str, was: Mapping[str, Any], shall_be: Mapping[str, Any]) -> Iterator[Change]:
    for field in was.keys() | shall_be.keys():
        if was.get(field) != shall_be.get(field):
            yield Change(item=item, field=field, was=was.get(field), shall_be=shall_be.get(field))


def _problem(definition: Definition) -> dict[str, Any]:
    return _written(definition.problem, "causes")


def _policy(definition: Definition) -> dict[str, Any]:
    """The fields of the policy by dotted name."""
    written = _written(definition.policy, *_BY_FIELD)
    for name in _BY_FIELD:
        written |= {f"{name}.{key}": value for key, value in _written(getattr(definition.policy, name)).items()}
    return written


def _causes(before: Definition, copy: Definition) -> Iterator[Change]:
    """One change for each cause added at the end; any other edit of the causes is one change of the whole list."""
    was, shall_be = before.problem.causes, copy.problem.causes
    if shall_be[: len(was)] == was:
        for cause in shall_be[len(was) :]:
            yield Change(add=Addition(cause=cause))
        return
    listed = [[_written(cause) for cause in causes] for causes in (was, shall_be)]
    yield Change(item="problem", field="causes", was=listed[0], shall_be=listed[1])


def _added(before: Definition, copy: Definition) -> Iterator[Change]:
    """One change for each new item. Items to which others refer come first."""
    known = _parts(before).keys()
    for awaited in copy.awaited:
        if awaited.id not in known:
            yield Change(add=Addition(awaited=awaited))
    for indicator in copy.indicators:
        if indicator.id not in known:
            yield Change(add=Addition(indicator=indicator))
    for assumption in copy.assumptions:
        if assumption.id not in known:
            yield Change(add=Addition(assumption=assumption))
    for commitment in copy.commitments:
        if commitment.id not in known:
            yield Change(add=Addition(commitment=commitment))
            continue
        for milestone in commitment.milestones:
            if milestone.id not in known:
                yield Change(add=Addition(commitment=commitment.id, milestone=milestone))


def _dropped(before: Definition, copy: Definition) -> Iterator[Change]:
    """One change for each dropped item. The milestones of a commitment are dropped with it."""
    kept = _parts(copy).keys()
    for commitment in before.commitments:
        if commitment.id not in kept:
            yield Change(drop=commitment.id)
            continue
        for milestone in commitment.milestones:
            if milestone.id not in kept:
                yield Change(drop=milestone.id)
    parts: list[Indicator | Assumption] = [*before.indicators, *before.assumptions]
    for part in parts:
        if part.id not in kept:
            yield Change(drop=part.id)

"""An edited copy of a plan as the changes that it asks for: what was added, taken out, or set to something else.

Whoever would rather change the plan itself than write a list of changes gets a copy, edits it, and sends it back. Read
against the plan version it was made from, the copy says exactly what its editor meant, whatever has happened since.
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
"""Rules of the policy whose fields stand for themselves: two people may change two of them."""


def standing(definition: Definition, dropped: Collection[str]) -> Definition:
    """A definition without what was dropped from it: what a copy holds."""

    def left(parts: Sequence[Any]) -> tuple[Any, ...]:
        return tuple(part for part in parts if part.id not in dropped)

    return definition.model_copy(
        update={
            "commitments": tuple(
                commitment.model_copy(update={"milestones": left(commitment.milestones)})
                for commitment in left(definition.commitments)
            ),
            "indicators": left(definition.indicators),
            "assumptions": left(definition.assumptions),
        }
    )


def edited(before: Definition, copy: Definition) -> list[Change]:
    """The changes that lead from a plan, as it stood, to an edited copy of it.

    Raises ``Malformed`` where the copy asks for what no course correction does: another id for the same thing, a
    milestone under another commitment, other partners; and where it asks for nothing.
    """
    old, new = _parts(before), _parts(copy)
    renamed, places = _renamed(before, copy), _places(copy)
    faults = [*_fixed(before, copy), *_moved(before, copy, renamed)]
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
    """Where the plan has moved on since the copy was made: what a change takes for granted and is no longer so."""
    places, gone = _places(copy), set(dropped)
    faults: list[Fault] = []
    for change in changes:
        try:
            now = apply(now, gone, change)
        except Refused as refused:
            path = places.get(change.subject, ())
            said = {"item": change.subject, "field": change.field or "", "now": str(refused.params.get("actual", "-"))}
            if refused.code == "from_no_longer_holds":
                faults.append(Fault("changed_since", (*path, *(change.field or "").split(".")), said))
            elif refused.code in ("item_dropped", "wrong_kind_of_item"):
                item = str(refused.params.get("item"))
                faults.append(Fault("dropped_since", places.get(item, path), said | {"item": item}))
        gone |= {change.drop} if change.drop else set()
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
    """Where everything stands in the copy, by its id."""
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
    return {name: said for name, said in written.items() if name not in without}


# --- what a copy may not ask for ------------------------------------------------------------------------------------


def _fixed(before: Definition, copy: Definition) -> Iterator[Fault]:
    """What no course correction changes: the plan's name, its time zone, its partners."""
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
    """New ids of what is gone under its old one and says the same: an id names one thing for ever."""
    old, new = _said_by(before), _said_by(copy)
    gone = {said: id_ for id_, said in old.items() if id_ not in new}
    return {id_: gone[said] for id_, said in new.items() if id_ not in old and said in gone}


def _said_by(definition: Definition) -> dict[str, tuple[str, ...]]:
    """By its id, what every part is known by: what it is, what it belongs to, what it is called."""
    said: dict[str, tuple[str, ...]] = {}
    for commitment in definition.commitments:
        said[commitment.id] = ("commitment", repr(commitment.title))
        said |= {one.id: ("milestone", commitment.id, repr(one.deliverable)) for one in commitment.milestones}
    said |= {one.id: ("indicator", repr(one.name)) for one in definition.indicators}
    said |= {one.id: ("assumption", repr(one.text)) for one in definition.assumptions}
    return said | {one.id: ("awaited", repr(one.what)) for one in definition.awaited}


def _moved(before: Definition, copy: Definition, renamed: Mapping[str, str]) -> Iterator[Fault]:
    belonged = {milestone.id: commitment.id for commitment, milestone in before.milestones()}
    places = _places(copy)
    for commitment, milestone in copy.milestones():
        was = belonged.get(milestone.id, commitment.id)
        if was not in (commitment.id, renamed.get(commitment.id)):
            yield Fault("moved", places[milestone.id], {"id": milestone.id, "was": was, "now": commitment.id})


# --- what it asks for -----------------------------------------------------------------------------------------------


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
    """The rules by their dotted names."""
    written = _written(definition.policy, *_BY_FIELD)
    for name in _BY_FIELD:
        written |= {f"{name}.{key}": said for key, said in _written(getattr(definition.policy, name)).items()}
    return written


def _causes(before: Definition, copy: Definition) -> Iterator[Change]:
    """Causes that were added, each by itself; any other change of them as one of the whole list."""
    was, shall_be = before.problem.causes, copy.problem.causes
    if shall_be[: len(was)] == was:
        for cause in shall_be[len(was) :]:
            yield Change(add=Addition(cause=cause))
        return
    listed = [[_written(cause) for cause in causes] for causes in (was, shall_be)]
    yield Change(item="problem", field="causes", was=listed[0], shall_be=listed[1])


def _added(before: Definition, copy: Definition) -> Iterator[Change]:
    """What is new, each thing whole; what deadlines and assumptions name comes before them."""
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
    """What is gone. The milestones of a commitment go with it."""
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

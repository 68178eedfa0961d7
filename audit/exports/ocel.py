"""The entries as an object-centric event log for process mining: OCEL 2.0, JSON.

Berti et al., *OCEL (Object-Centric Event Log) 2.0 Specification* (2023), section 8. As in the published schema, every
value is text and its type is declared.
"""

import json
from collections.abc import Iterator, Mapping
from typing import Any, Final

from audit.exports.content import ExportContent, contested_by, text_of
from domain.links import items_of

Attributes = dict[str, str]
Relation = tuple[str, str]
"""The other object's id, and the qualifier."""

OBJECTS: Final[Mapping[str, tuple[str, ...]]] = {
    "plan": ("title", "status", "version"),
    "commitment": ("title", "status", "dropped"),
    "milestone": ("deliverable", "due", "status", "dropped"),
    "partner": ("name", "left_at", "successor"),
    "lesson": ("text", "therefore"),
    "correction": ("status", "draft", "trigger", "rationale"),
}
"""The object types and their attributes. Each value is dated by its effective time."""

EVENT: Final[Mapping[str, str]] = {
    "entry": "integer",
    "recorded_at": "time",
    "entered_afterwards": "boolean",
    "role": "string",
    "cycle": "integer",
    "phase": "string",
    "visibility": "string",
    "contested_by": "string",
    "hash": "string",
}


def write(content: ExportContent) -> Iterator[bytes]:
    """The whole log as one JSON document."""
    objects: dict[str, _Object] = {}
    for step in content.steps():
        moment = content.view(step.entry, step.hash)["effective_at"]
        for id_, (type_, attributes, related) in _objects(content.plan_at(step).as_json()).items():
            objects.setdefault(id_, _Object(id_, type_)).note(moment, attributes, related)
    kinds = dict.fromkeys(entry.kind for entry, _ in content.entries)
    log = {
        "objectTypes": [
            {"name": name, "attributes": [{"name": one, "type": "string"} for one in attributes]}
            for name, attributes in OBJECTS.items()
        ],
        "eventTypes": [
            {"name": kind, "attributes": [{"name": name, "type": type_} for name, type_ in EVENT.items()]}
            for kind in kinds
        ],
        "objects": [one.written() for one in objects.values()],
        "events": [_event(view, content.now.id, objects) for view in content.views()],
    }
    yield json.dumps(log, ensure_ascii=False).encode()


class _Object:
    """An object with the history of its values."""

    def __init__(self, id_: str, type_: str) -> None:
        self._id, self._type = id_, type_
        self._values: Attributes = {}
        self._history: list[dict[str, str]] = []
        self._related: dict[Relation, None] = {}

    def note(self, moment: str, attributes: Attributes, related: list[Relation]) -> None:
        """Record the values that differ from the last call."""
        for name, value in attributes.items():
            if self._values.get(name, "") != value:
                self._values[name] = value
                self._history.append({"name": name, "time": moment, "value": value})
        self._related |= dict.fromkeys(related)

    def written(self) -> dict[str, Any]:
        related = [{"objectId": other, "qualifier": qualifier} for other, qualifier in self._related]
        return {"id": self._id, "type": self._type, "attributes": self._history, "relationships": related}


def _objects(plan: Mapping[str, Any]) -> dict[str, tuple[str, Attributes, list[Relation]]]:
    """The objects in a view of the plan, by id: type, values, relations."""
    found: dict[str, tuple[str, Attributes, list[Relation]]] = {}
    plan_id = _id("plan", plan["id"])

    def note(type_: str, one: Mapping[str, Any], *related: Relation) -> None:
        values = {name: text_of(one.get(name)) for name in OBJECTS[type_]}
        found[_id(type_, one["id"])] = (type_, values, list(related))

    note("plan", dict(plan) | {"version": plan["revision"]})
    for partner in (*plan["partners"], *plan["former_partners"]):
        note("partner", partner, (plan_id, "takes part in"))
    for commitment in plan["commitments"]:
        note("commitment", commitment, (plan_id, "part of"), *_led(commitment))
        for milestone in commitment["milestones"]:
            note("milestone", milestone, (_id("commitment", commitment["id"]), "part of"), *_led(milestone))
    for lesson in plan["lessons"]:
        note("lesson", lesson, (plan_id, "learned in"))
    for correction in plan["corrections"]:
        rests_on = [(_id("lesson", ground), "rests on") for ground in correction["rests_on"]]
        changed = [(_id(type_, change["subject"]), "changes") for change in correction["changes"] for type_ in _PARTS]
        note("correction", correction, (plan_id, "corrects"), *rests_on, *changed)
    # Leave out relations to anything that is not an object: a report, an indicator, the policy.
    return {
        id_: (type_, values, [relation for relation in related if relation[0] in found])
        for id_, (type_, values, related) in found.items()
    }


_PARTS: Final = ("commitment", "milestone")


def _led(item: Mapping[str, Any]) -> Iterator[Relation]:
    if isinstance(item.get("lead"), str):
        yield _id("partner", item["lead"]), "led by"


def _event(view: Mapping[str, Any], plan: str, objects: Mapping[str, _Object]) -> dict[str, Any]:
    data = view["data"]
    values: dict[str, Any] = {**view, "entry": view["version"], "contested_by": contested_by(view)}
    related = [
        (_id("plan", plan), "in"),
        (_id("partner", str(view["on_behalf_of"])), "by"),
        (_id("partner", str(data.get("body"))), "of"),
        *((_id(type_, item), "about") for item in items_of(data) for type_ in _PARTS),
        (_id("correction", str(data.get("correction"))), "about"),
        (_id("lesson", str(data.get("id"))), "learned"),
        *((_id("lesson", ground), "rests on") for ground in data.get("rests_on", ())),
    ]
    present = [relation for relation in dict.fromkeys(related) if relation[0] in objects]
    return {
        "id": f"{plan}/{view['version']}",
        "type": view["kind"],
        "time": view["effective_at"],
        "attributes": [{"name": name, "value": _written(values[name])} for name in EVENT if values[name] is not None],
        "relationships": [{"objectId": other, "qualifier": qualifier} for other, qualifier in present],
    }


def _written(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _id(type_: str, name: str) -> str:
    """An id that is unique over all types: a partner and a milestone may have the same name."""
    return f"{type_}:{name}"

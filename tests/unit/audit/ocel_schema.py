"""The form of an OCEL 2.0 log in JSON, after the schema that its authors publish and section 8 of the specification.

https://www.ocel-standard.org/2.0/ocel20-schema-json.json: four arrays; of types their names and attributes, of events
id, type and time, of objects id and type; every value of an attribute a text. The specification adds what no schema of
one document can say: that types and objects which are named exist, and that ids are unique.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict


class Part(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class AttributeType(Part):
    name: str
    type: Literal["string", "time", "integer", "float", "boolean"]


class Type(Part):
    name: str
    attributes: list[AttributeType]


class Value(Part):
    name: str
    value: str


class TimedValue(Value):
    time: str


class Relationship(Part):
    objectId: str
    qualifier: str


class Event(Part):
    id: str
    type: str
    time: str
    attributes: list[Value] = []
    relationships: list[Relationship] = []


class Object(Part):
    id: str
    type: str
    attributes: list[TimedValue] = []
    relationships: list[Relationship] = []


class Log(Part):
    eventTypes: list[Type]
    objectTypes: list[Type]
    events: list[Event]
    objects: list[Object]


def read(written: bytes) -> Log:
    """A log that holds together; raises where it does not."""
    log = Log.model_validate_json(written)
    objects = {one.id for one in log.objects}
    assert len(objects) == len(log.objects)
    assert len({one.id for one in log.events}) == len(log.events)
    both: list[tuple[Sequence[Event | Object], list[Type]]] = [
        (log.events, log.eventTypes),
        (log.objects, log.objectTypes),
    ]
    for things, types in both:
        declared = {one.name: {attribute.name: attribute.type for attribute in one.attributes} for one in types}
        assert len(declared) == len(types)
        for thing in things:
            for value in thing.attributes:
                _hold_value(value.value, declared[thing.type][value.name])
            for relationship in thing.relationships:
                assert relationship.objectId in objects
    for event in log.events:
        _hold_value(event.time, "time")
    for one in log.objects:
        for timed in one.attributes:
            _hold_value(timed.time, "time")
    return log


def _hold_value(value: str, type_: str) -> None:
    match type_:
        case "time":
            assert datetime.fromisoformat(value).tzinfo is not None
        case "integer":
            int(value)
        case "boolean":
            assert value in ("true", "false")
        case _:
            pass


def history_of(log: Log, object_id: str, attribute: str) -> list[str]:
    """The values that an attribute of an object has had."""
    found: list[Any] = [one for one in log.objects if one.id == object_id]
    return [value.value for value in found[0].attributes if value.name == attribute]

"""The fields that an erratum can correct, of an entry or of a part of the plan that an entry set.

Functions of events and definitions only; none reads the state of a plan.
"""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from typing import Any, Final, TypeVar

from pydantic import BaseModel, ValidationError

from domain.corrections.messages import Addition, Change, CorrectionTookEffect
from domain.errata.messages import Erratum
from domain.kernel.entry import Entry
from domain.kernel.event import Event
from domain.loop.messages import PlanStarted
from domain.plan_file.definition import Cause, Milestone

Whole = TypeVar("Whole", bound=BaseModel)

PARTS: Final[Mapping[str, tuple[str, ...]]] = {
    "plan": ("title", "words", "questions"),
    "problem": ("statement", "who_suffers", "solved_when"),
    "causes": ("text",),
    "partners": ("name",),
    "stakeholders": ("name",),
    "awaited": ("what",),
    "indicators": ("name", "unit", "baseline", "target"),
    "assumptions": ("text", "weak_below", "weak_above"),
    "commitments": ("title", "lead", "with", "because", "note"),
    "milestones": ("deliverable", "due", "stated", "proof", "measure", "counts", "lead", "with", "note"),
}
"""By kind of part, its correctable fields. Policy and scale are rules, which only course corrections change."""

PROMISES: Final = {"due", "stated", "target", "lead", "deliverable", "status"}
"""The fields that state a promise. An erratum on one of them waits until another body confirms it."""


# --- reading and writing one field ----------------------------------------------------------------------------------


def fields_of(event: Event, item: str | None) -> tuple[str, ...]:
    """The correctable fields of an entry, or of a part of the plan that it set."""
    if item is None:
        return event.CORRECTABLE
    kind = next((kind for kind, _ in _set_by(event, item)), None)
    return PARTS.get(kind or "", ())


def stated_value(event: Event, item: str | None, field: str) -> Any:
    """The value that an entry gives a field of its own or of an item; ``None`` if it gives none."""
    if item is None:
        return field_value(event, None, field)
    return next((_at(part, field) for _, part in _set_by(event, item)), None)


def field_value(whole: BaseModel, item: str | None, field: str) -> Any:
    """The value of a field of an event, or of an item of a definition."""
    written = _written(whole)
    return _at(written if item is None else next((part for _, part in _parts(written, item)), None), field)


def with_field_value(whole: Whole, item: str | None, field: str, value: Any) -> Whole:
    """A copy of an event or a definition with one field set; raises ``ValidationError`` for a bad value."""
    written = _written(whole)
    parent = written if item is None else next((part for _, part in _parts(written, item)), None)
    *steps, last = field.split(".")
    for step in steps:
        parent = parent.get(step) if isinstance(parent, dict) else None
    if not isinstance(parent, dict):
        return whole
    parent[last] = value
    return type(whole).model_validate(written)


def _written(whole: BaseModel) -> dict[str, Any]:
    return whole.model_dump(mode="json", by_alias=True, exclude_none=True)


def _at(value: Any, field: str) -> Any:
    for step in field.split("."):
        value = value.get(step) if isinstance(value, dict) else None
    return value


def _parts(written: dict[str, Any], item: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """(kind, part) for the part of a written definition with an id."""
    if item == "plan":
        yield "plan", written
    if item == "problem" and isinstance(written.get("problem"), dict):
        yield "problem", written["problem"]
    commitments = written.get("commitments", [])
    milestones = [one for commitment in commitments for one in commitment.get("milestones", [])]
    nested = {"commitments": commitments, "milestones": milestones, "causes": _at(written, "problem.causes") or []}
    for kind in PARTS:
        for part in nested.get(kind, written.get(kind, [])):
            if isinstance(part, dict) and part.get("id") == item:
                yield kind, part


def _set_by(event: Event, item: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """(kind, values) that an event sets on an item, the last change first."""
    match event:
        case PlanStarted():
            yield from _parts(_written(event.definition), item)
        case CorrectionTookEffect():
            for change in reversed(event.applied):
                yield from _changed(change, item)
        case _:
            return


def _changed(change: Change, item: str) -> Iterator[tuple[str, dict[str, Any]]]:
    if change.add is not None:
        part = _written(change.add.part)
        match change.add:
            case Addition(milestone=Milestone()):
                yield from _parts({"commitments": [{"milestones": [part]}]}, item)
            case Addition(cause=Cause()):
                yield from _parts({"problem": {"causes": [part]}}, item)
            case _:
                lists = ("indicators", "assumptions", "awaited", "commitments")
                yield from _parts({name: [part] for name in lists if name.startswith(_kind_of(change.add))}, item)
    elif change.item == item and change.field is not None:
        *steps, last = change.field.split(".")
        part = {last: _written(change).get("to")}
        for step in reversed(steps):
            part = {step: part}
        yield from ((kind, part) for kind, fields in PARTS.items() if change.field.split(".")[0] in fields)


def _kind_of(addition: Addition) -> str:
    return next(name for name in ("indicator", "assumption", "awaited", "commitment") if getattr(addition, name))


# --- applying errata ------------------------------------------------------------------------------------------------


def with_errata(entry: Entry, errata: Iterable[Erratum]) -> Entry:
    """The entry with its errata in effect applied. An erratum that gives an invalid event is left out."""
    fixes = [erratum for erratum in errata if erratum.item is None and erratum.in_effect]
    return entry.with_event(lambda event: _fixed(event, fixes)) if fixes else entry


def _fixed(event: Event, fixes: Iterable[Erratum]) -> Event:
    for erratum in fixes:
        with suppress(ValidationError):
            event = with_field_value(event, None, erratum.field, erratum.should_say)
    return event

"""What an erratum does: one entry reads as it should have been written, and all that is added up from it with it.

A promise of the plan is mended in the plan as it is now only while that entry is the last that set it: what a course
correction has changed since stays changed.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, Final, TypeVar

from pydantic import BaseModel, ValidationError

from domain.check import check
from domain.definition import Cause, Definition, Milestone
from domain.entry import Entry, Event
from domain.events import (
    AssumptionTested,
    CorrectionTookEffect,
    EvidenceAttached,
    IndicatorMeasured,
    LessonRecorded,
    OccurrenceRecorded,
    PlanStarted,
    ProgressReported,
    ReflectionSubmitted,
)
from domain.partners import present_holders
from domain.plan import Erratum, Plan
from domain.statements import Addition, Change

Whole = TypeVar("Whole", bound=BaseModel)

FIELDS: Final[Mapping[type[Event], tuple[str, ...]]] = {
    ProgressReported: ("status", "as_at", "count", "of", "what", "text", "challenge", "next_step"),
    EvidenceAttached: ("evidence",),
    IndicatorMeasured: ("value", "as_at", "text"),
    OccurrenceRecorded: ("text",),
    ReflectionSubmitted: ("answers",),
    LessonRecorded: ("text", "therefore"),
    AssumptionTested: ("text",),
}
"""What can have been typed wrongly in what people tell. What it is about, and what a body decided, is no typing."""

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
"""The same for each kind of part of a plan; its policy and its scale are rules, and changed by course corrections."""

PROMISES: Final = {"due", "stated", "target", "lead", "deliverable", "status"}
"""What a plan promises. An erratum on it waits until another body confirms it."""


# --- reading and writing one field ----------------------------------------------------------------------------------


def fields_of(event: Event, item: str | None) -> tuple[str, ...]:
    """The fields of an entry, or of a part of the plan that it set, in which an erratum can mend something."""
    if item is None:
        return FIELDS.get(type(event), ())
    found = next((kind for kind, part in _set_by(event, item)), None)
    return PARTS.get(found or "", ())


def said_in(event: Event, item: str | None, field: str) -> Any:
    """What an entry says in a field; ``None`` for nothing."""
    if item is None:
        return value_in(event, None, field)
    return next((_at(part, field) for _, part in _set_by(event, item)), None)


def value_in(whole: BaseModel, item: str | None, field: str) -> Any:
    """What stands in a field of an event, or of a part of a definition."""
    written = _written(whole)
    return _at(written if item is None else next((part for _, part in _parts(written, item)), None), field)


def with_said(whole: Whole, item: str | None, field: str, value: Any) -> Whole:
    """An entry's event, or a definition, with one field read anew; raises ``ValidationError``."""
    written = _written(whole)
    place = written if item is None else next((part for _, part in _parts(written, item)), None)
    *steps, last = field.split(".")
    for step in steps:
        place = place.get(step) if isinstance(place, dict) else None
    if not isinstance(place, dict):
        return whole
    place[last] = value
    return type(whole).model_validate(written)


def _written(whole: BaseModel) -> dict[str, Any]:
    return whole.model_dump(mode="json", by_alias=True, exclude_none=True)


def _at(place: Any, field: str) -> Any:
    for step in field.split("."):
        place = place.get(step) if isinstance(place, dict) else None
    return place


def _parts(written: dict[str, Any], item: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """The part of a written definition that has an id, with its kind."""
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
    """What an entry that shapes the plan says of a part: the last of its changes first."""
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


# --- what holds then ------------------------------------------------------------------------------------------------


def as_mended(plan: Plan, entry: Entry) -> Entry:
    """An entry as its errata in effect have it. One that no longer fits what the others left is passed over."""
    for erratum in plan.errata_on(entry.version):
        if erratum.item is None and erratum.in_effect:
            try:
                entry = replace(entry, event=with_said(entry.event, None, erratum.field, erratum.should_say))
            except ValidationError:
                continue
    return entry


def mended_definition(plan: Plan, erratum: Erratum) -> Definition | None:
    """The plan's definition as the errata in effect have it; as it is, where it could not stand like that any more."""
    mended = restated(plan, erratum)
    return plan.definition if mended is None or check(mended).faults else mended


def restated(plan: Plan, erratum: Erratum) -> Definition | None:
    """The definition with a part as the errata in effect on it have it, from what the entry itself said on.

    Whoever it names goes by their present holders. ``None`` where the erratum is of no part, or overtaken.
    """
    if plan.definition is None or erratum.item is None:
        return None
    if overtaken(plan, erratum.entry, erratum.item, erratum.head):
        return None
    same = [one for one in plan.errata_on(erratum.entry) if (one.item, one.head) == (erratum.item, erratum.head)]
    said = [(one.field, one.says) for one in reversed(same)]
    said += [(one.field, one.should_say) for one in same if one.in_effect]
    definition = plan.definition
    try:
        for field, value in said:
            now = present_holders(plan, value, field.split(".")[-1])
            definition = with_said(definition, erratum.item, field, now)
    except ValidationError:
        return None
    return definition


def overtaken(plan: Plan, entry: int, item: str, head: str) -> bool:
    """Whether another entry has set since what an erratum on this one mends."""
    added = plan.set_by.get(item, plan.started_in)
    return plan.set_by.get(f"{item}.{head}", added) != entry

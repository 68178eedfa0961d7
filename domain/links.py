"""What holds entries together: what each belongs to, and what it rests on. Read off the record, never stated twice."""

from collections.abc import Iterator, Mapping
from typing import Any

from domain.kernel.entry import Entry
from domain.kernel.event import Event
from domain.learning.messages import LessonRecorded

ABOUT = ("milestone", "commitment", "indicator", "item", "assumption", "awaited", "stakeholder")
"""The fields in which a statement names what it is about."""


def thread_of(entry: Entry) -> str | None:
    """What an entry belongs to: a course correction, a finding, a lesson, or else the command that led to it.

    ``None`` for what the clock did. It is the name by which others may rest on it.
    """
    if isinstance(entry.event, LessonRecorded):
        return entry.event.id
    names = (getattr(entry.event, kind, None) for kind in ("correction", "finding", "erratum"))
    name: str | None = next(filter(None, names), None)
    return name or entry.cause


def entry_of(event: Event) -> int | None:
    """The entry that another speaks of, by its number."""
    number: int | None = getattr(event, "entry", None)
    return number


def grounds_of(event: Event) -> tuple[str, ...]:
    """What an entry says that it rests on, by name."""
    grounds: tuple[str, ...] = getattr(event, "rests_on", ())
    return grounds


def items_of(data: Mapping[str, Any]) -> Iterator[str]:
    """The parts of a plan that an event speaks of, as it is written (``PLAN.write``)."""
    for field in ABOUT:
        if isinstance(data.get(field), str):
            yield data[field]
    yield from data.get("about", ())
    for change in (*data.get("changes", ()), *data.get("applied", ())):
        match change:
            case {"item": str() as item} | {"drop": str() as item}:
                yield item
            case {"add": dict() as added}:
                yield from (part["id"] for part in added.values() if isinstance(part, dict))
            case _:
                pass

"""Links between entries: the thread that each belongs to, the entry it is about, its grounds and its items."""

from collections.abc import Iterator, Mapping
from typing import Any

from domain.kernel.entry import Entry
from domain.kernel.event import Event
from domain.learning.messages import LessonRecorded

ABOUT = ("milestone", "commitment", "indicator", "item", "assumption", "awaited", "stakeholder")
"""The fields in which a statement names an item or a stakeholder."""


def thread_of(entry: Entry) -> str | None:
    """The name of an entry's thread: its course correction, finding, erratum or lesson, or else its command's id.

    ``None`` for entries of the clock. Lessons and course corrections rest on an entry by this name.
    """
    if isinstance(entry.event, LessonRecorded):
        return entry.event.id
    names = (getattr(entry.event, kind, None) for kind in ("correction", "finding", "erratum"))
    name: str | None = next(filter(None, names), None)
    return name or entry.cause


def entry_of(event: Event) -> int | None:
    """The number of the entry that an event is about, such as the contested one."""
    number: int | None = getattr(event, "entry", None)
    return number


def grounds_of(event: Event) -> tuple[str, ...]:
    """The names of the entries that an event rests on."""
    grounds: tuple[str, ...] = getattr(event, "rests_on", ())
    return grounds


def items_of(data: Mapping[str, Any]) -> Iterator[str]:
    """The ids of the items and stakeholders that a written event (``PLAN.write``) names."""
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

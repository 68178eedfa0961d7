"""Facts derived from a plan's history: by subject, from the entries that count, cached in the subject's thread.

A value stays valid until an entry about its subject is added, contested or corrected by an erratum. After an addition
only the new entries are read; after a contest or an erratum, all entries of that subject.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from domain.kernel.entry import Entry, Stamp
from domain.kernel.history import History, Thread
from domain.kernel.registry import Fact

V_co = TypeVar("V_co", covariant=True)

Counting = Callable[[Entry, list[Entry]], Entry | None]
"""The part of an entry that counts, given all entries about its subject; ``None`` if it does not count."""


@dataclass(frozen=True, slots=True)
class _Derived:
    upto: int
    """From how many entries of the thread it is derived."""
    touched: int
    """How many contests and errata on the thread's entries it takes into account."""
    value: Any
    finished: Any
    stamp: Stamp | None = None
    """Of a single-valued fact: the stamp of the entry that states the value."""


class Facts(Mapping[str, V_co]):
    """One fact of every subject that has it, by the subject's id, in the order of the subjects' first entries."""

    __slots__ = ("_counting", "_fact", "_history", "_plan")

    def __init__(self, plan: Any, history: History[Any], fact: Fact, counting: Counting) -> None:
        self._plan, self._history, self._fact, self._counting = plan, history, fact, counting

    def __getitem__(self, id_: str) -> V_co:
        thread = self._history.thread((self._fact.subject, id_))
        value = self._value(thread) if thread is not None else None
        if value is None:
            raise KeyError(id_)
        found: V_co = value
        return found

    def get(self, id_: str, default: Any = None) -> Any:
        """The value, or the default. Raises no exception inside, because it is called most."""
        thread = self._history.thread((self._fact.subject, id_))
        value = self._value(thread) if thread is not None else None
        return default if value is None else value

    def __contains__(self, id_: object) -> bool:
        return isinstance(id_, str) and self.get(id_) is not None

    def __iter__(self) -> Iterator[str]:
        return (id_ for id_ in self._history.ids(self._fact.subject) if self.get(id_) is not None)

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def __repr__(self) -> str:
        return f"Facts({self._fact.name}: {dict(self)!r})"

    def _value(self, thread: Thread) -> Any:
        upto, touched = self._history.seen(thread), self._history.touched(thread)
        kept: tuple[_Derived, ...] = thread.derived.get(self._fact.name, ())
        start = None
        for one in kept:
            if one.touched == touched and one.upto <= upto:
                if one.upto == upto:
                    return one.finished
                start = one
                break
        derived = self._derive(thread, start, upto, touched)
        if not kept or (derived.upto, derived.touched) > (kept[0].upto, kept[0].touched):
            thread.derived[self._fact.name] = (derived, *kept[:1])
        return derived.finished

    def _derive(self, thread: Thread, start: _Derived | None, upto: int, touched: int) -> _Derived:
        entries = thread.entries[:upto]
        added = [one for one in entries[start.upto if start else 0 :] if one.kind in self._fact.kinds]
        value, stamp = (start.value, start.stamp) if start else (None, None)
        if self._fact.step is not None:
            for entry in added:
                if (counted := self._counting(entry, entries)) is not None:
                    value = self._fact.step(self._plan, value, counted)
        elif self._fact.find is not None:
            for entry in sorted(added, key=lambda one: one.stamp, reverse=True):
                if stamp is not None and entry.stamp <= stamp:
                    break
                counted = self._counting(entry, entries)
                found = self._fact.find(self._plan, counted) if counted is not None else None
                if found is not None:
                    value, stamp = found, entry.stamp
                    break
        finished = value
        if value is not None and self._fact.finish is not None:
            finished = self._fact.finish(self._plan, value, entries)
        return _Derived(upto, touched, value, finished, stamp)

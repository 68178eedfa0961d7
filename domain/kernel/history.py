"""The entries of a plan by number, name and subject. Append-only, and immutable to its callers.

``plus`` returns another history in constant time. Histories of one plan share their storage: each sees only what was
added before it was made. Adding to an older one copies the storage first. One thread adds to a history at a time.
"""

from array import array
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final, Generic, TypeVar

from domain.kernel.entry import Entry
from domain.kernel.event import Subject

Mark = TypeVar("Mark")

_CLOCK_MAX: Final = 2**63


class Thread:
    """The entries about one subject, each with the moment in the history's storage at which it was added."""

    __slots__ = ("derived", "entries", "marked", "times")

    def __init__(self) -> None:
        self.entries: list[Entry] = []
        self.times = array("Q")
        self.marked = array("Q")
        """When one of its entries began to read or count differently: it was contested, or an erratum changed it."""
        self.derived: dict[str, Any] = {}
        """Values that somebody derived from it, by their names. The owner of a name knows when its value is stale."""


class _Storage(Generic[Mark]):
    __slots__ = ("causes", "entries", "marks", "names", "subjects", "time", "versions")

    def __init__(self) -> None:
        self.time = 0
        """How many times something was added."""
        self.entries: list[Entry] = []
        self.versions = array("Q")
        self.causes: dict[str, tuple[int, Entry]] = {}
        self.names: dict[str, tuple[int, Entry]] = {}
        self.subjects: dict[str, dict[str, Thread]] = {}
        self.marks: dict[int, list[tuple[int, Mark]]] = {}


class History(Generic[Mark]):
    """The entries that facts are derived from. A ``Mark`` says of one entry that a body contests it."""

    __slots__ = ("_count", "_storage", "_time")

    def __init__(self) -> None:
        self._storage: _Storage[Mark] = _Storage()
        self._time = 0
        self._count = 0

    def __eq__(self, other: object) -> bool:
        """Equal entries with equal marks; storage and derived values make no difference."""
        if not isinstance(other, History):
            return NotImplemented
        marks = [{version: one.marks(version) for version in one.marked_versions()} for one in (self, other)]
        return self.entries() == other.entries() and marks[0] == marks[1]

    __hash__ = None  # type: ignore[assignment]

    # --- adding -----------------------------------------------------------------------------------------------------

    def plus(self, entry: Entry, subjects: Iterable[Subject], name: str | None) -> "History[Mark]":
        """With one more entry about some subjects. ``name``: its name as a ground; the first of a name wins."""
        storage = self._own_storage()
        now = storage.time
        storage.entries.append(entry)
        storage.versions.append(entry.version)
        if entry.cause is not None:
            storage.causes.setdefault(entry.cause, (now, entry))
        if name is not None:
            storage.names.setdefault(name, (now, entry))
        for kind, id_ in subjects:
            threads = storage.subjects.setdefault(kind, {})
            thread = threads.get(id_)
            if thread is None:
                thread = threads[id_] = Thread()
            thread.entries.append(entry)
            thread.times.append(now)
        return self._next(storage, self._count + 1)

    def marking(self, version: int, mark: Mark) -> "History[Mark]":
        """With a mark on the entry of a number."""
        storage = self._own_storage()
        storage.marks.setdefault(version, []).append((storage.time, mark))
        return self._next(storage, self._count)

    def touching(self, subjects: Iterable[Subject]) -> "History[Mark]":
        """With the note that entries about these subjects read or count differently from now on."""
        storage = self._own_storage()
        for kind, id_ in subjects:
            thread = storage.subjects.get(kind, {}).get(id_)
            if thread is not None:
                thread.marked.append(storage.time)
        return self._next(storage, self._count)

    def _own_storage(self) -> _Storage[Mark]:
        """The storage, if this is its newest history; else a copy of what this history sees."""
        old = self._storage
        if self._time == old.time and self._time > 0:
            return old
        new: _Storage[Mark] = _Storage()
        new.time = self._time
        new.entries, new.versions = old.entries[: self._count], old.versions[: self._count]
        new.causes = {key: value for key, value in old.causes.items() if value[0] < self._time}
        new.names = {key: value for key, value in old.names.items() if value[0] < self._time}
        new.marks = {version: seen for version in old.marks if (seen := self._marks(version))}
        for kind, threads in old.subjects.items():
            new.subjects[kind] = {id_: self._copied(thread) for id_, thread in threads.items() if self._sees(thread)}
        return new

    def _copied(self, thread: Thread) -> Thread:
        copy = Thread()
        count = bisect_left(thread.times, self._time)
        copy.entries, copy.times = thread.entries[:count], thread.times[:count]
        copy.marked = thread.marked[: bisect_left(thread.marked, self._time)]
        return copy

    @staticmethod
    def _next(storage: _Storage[Mark], count: int) -> "History[Mark]":
        storage.time += 1
        after: History[Mark] = History.__new__(History)
        after._storage, after._time, after._count = storage, storage.time, count
        return after

    # --- reading ----------------------------------------------------------------------------------------------------

    def entries(self) -> list[Entry]:
        """Every entry, in stream order."""
        return self._storage.entries[: self._count]

    def entry(self, name: int | str) -> Entry | None:
        """An entry by its number, or the first that a command caused."""
        if isinstance(name, str):
            return self._first(self._storage.causes, name)
        place = bisect_left(self._storage.versions, name, hi=self._count)
        found = self._storage.entries[place] if place < self._count else None
        return found if found is not None and found.version == name else None

    def ground(self, name: str) -> Entry | None:
        """The entry that a lesson or a course correction may rest on by this name."""
        return self._first(self._storage.names, name)

    def grounds(self) -> Iterator[str]:
        """The names of all grounds, in the order in which they were recorded."""
        names = list(self._storage.names.items())
        return (name for name, (time, _) in names if time < self._time)

    def ids(self, kind: str) -> Iterator[str]:
        """The ids of all subjects of a kind, in the order of their first entries."""
        threads = list(self._storage.subjects.get(kind, {}).items())
        return (id_ for id_, thread in threads if self._sees(thread))

    def thread(self, subject: Subject) -> Thread | None:
        """The thread about a subject. It may hold later entries too: see ``seen`` and ``marked``."""
        thread = self._storage.subjects.get(subject[0], {}).get(subject[1])
        return thread if thread is not None and self._sees(thread) else None

    def seen(self, thread: Thread) -> int:
        """How many entries of a thread this history has."""
        return bisect_left(thread.times, self._time) if thread.times[-1] >= self._time else len(thread.times)

    def marked(self, thread: Thread) -> int:
        """How many times entries of a thread began to read or count differently."""
        return bisect_left(thread.marked, self._time) if thread.marked else 0

    def about(self, subject: Subject) -> list[Entry]:
        """The entries about a subject, in stream order."""
        thread = self.thread(subject)
        return thread.entries[: self.seen(thread)] if thread is not None else []

    def marks(self, version: int) -> list[Mark]:
        """The marks on an entry, in the order in which they were made."""
        return [mark for _, mark in self._marks(version)] if self._storage.marks else []

    def marked_versions(self) -> Iterator[int]:
        """The numbers of the entries with marks, in the order of their first marks."""
        return (version for version in list(self._storage.marks) if self._marks(version))

    def _marks(self, version: int) -> list[tuple[int, Mark]]:
        return [one for one in self._storage.marks.get(version, ()) if one[0] < self._time]

    def _sees(self, thread: Thread) -> bool:
        return thread.times[0] < self._time

    def _first(self, found: dict[str, tuple[int, Entry]], name: str) -> Entry | None:
        time, entry = found.get(name, (_CLOCK_MAX, None))
        return entry if time < self._time else None


class Grounds(Mapping[str, Entry]):
    """The entries that a lesson or a course correction may rest on, by their names, in the order of recording."""

    __slots__ = ("_history",)

    def __init__(self, history: History[Any]) -> None:
        self._history = history

    def __getitem__(self, name: str) -> Entry:
        entry = self._history.ground(name)
        if entry is None:
            raise KeyError(name)
        return entry

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and self._history.ground(name) is not None

    def __iter__(self) -> Iterator[str]:
        return self._history.grounds()

    def __len__(self) -> int:
        return sum(1 for _ in self)

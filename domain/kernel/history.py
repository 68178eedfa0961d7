"""The entries of a plan by number, name and subject: a persistent, append-only data structure.

Adding an entry returns a new history in constant time. The histories of one plan share their storage, and each sees
only entries up to its own last one. Adding to an older history copies the storage first. Only one OS thread may add to
a history at a time.
"""

from array import array
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Generic, Self, TypeVar

from domain.kernel.entry import Entry
from domain.kernel.event import Subject

Mark = TypeVar("Mark")


class Thread:
    """The entries about one subject."""

    __slots__ = ("derived", "entries", "touched", "versions")

    def __init__(self) -> None:
        self.entries: list[Entry] = []
        self.versions = array("Q")
        self.touched = array("Q")
        """The numbers of the contests and errata on entries of this thread."""
        self.derived: dict[str, Any] = {}
        """Cached facts by name. Their writer, ``Facts``, checks whether they are stale."""


class _Storage(Generic[Mark]):
    __slots__ = ("causes", "entries", "last", "marks", "names", "subjects", "touching", "versions")

    def __init__(self) -> None:
        self.last = 0
        """The number of the last entry that changed the storage."""
        self.entries: list[Entry] = []
        self.versions = array("Q")
        self.causes: dict[str, Entry] = {}
        """By command id, the first entry that the command caused."""
        self.names: dict[str, Entry] = {}
        """By name, the first ground that cannot be found through ``causes``."""
        self.subjects: defaultdict[str, dict[str, Thread]] = defaultdict(dict)
        self.marks: dict[int, list[tuple[int, Mark]]] = {}
        """By entry number, its marks, each with the number of the entry that made it."""
        self.touching: set[int] = set()
        """The numbers of all contests and errata."""


class History(Generic[Mark]):
    """The entries from which facts are derived. A ``Mark`` is attached to an entry: a contest."""

    __slots__ = ("_last", "_storage")

    def __init__(self) -> None:
        self._storage: _Storage[Mark] = _Storage()
        self._last = 0

    def __eq__(self, other: object) -> bool:
        """Equal entries with equal marks. Shared storage and cached facts do not matter."""
        if not isinstance(other, History):
            return NotImplemented
        marks = [{version: one.marks(version) for version in one.marked_versions()} for one in (self, other)]
        return self.entries() == other.entries() and marks[0] == marks[1]

    __hash__ = None  # type: ignore[assignment]

    # --- adding -----------------------------------------------------------------------------------------------------

    def plus(self, entry: Entry, subjects: Sequence[Subject]) -> Self:
        """The history with one more entry; the first subject is its main one."""
        storage, version = self._own_storage(), entry.version
        storage.entries.append(entry)
        storage.versions.append(version)
        first = storage.causes.setdefault(entry.cause, entry) if entry.cause is not None else entry
        kind = entry.kind_of_event
        if kind.IS_GROUND and (kind.NAMED_BY_SUBJECT or first is not entry):
            name = subjects[0][1] if kind.NAMED_BY_SUBJECT else entry.cause
            if name is not None:
                storage.names.setdefault(name, entry)
        for of, id_ in subjects:
            threads = storage.subjects[of]
            thread = threads.get(id_) or Thread()
            thread.entries.append(entry)
            thread.versions.append(version)
            threads.setdefault(id_, thread)  # filled first: another thread of the program may be reading
        return self._upto(storage, version)

    def marking(self, entry: Entry, mark: Mark, by: int) -> Self:
        """The history with a mark on an entry, made by the later entry ``by``. Facts of its subjects become stale."""
        storage = self._own_storage()
        storage.marks.setdefault(entry.version, []).append((by, mark))
        return self._touching(storage, entry, by)

    def touching(self, entry: Entry, by: int) -> Self:
        """The history in which the later entry ``by`` corrects an entry. Facts of its subjects become stale."""
        return self._touching(self._own_storage(), entry, by)

    def _touching(self, storage: _Storage[Mark], entry: Entry, by: int) -> Self:
        storage.touching.add(by)
        for kind, id_ in entry.subjects():
            thread = storage.subjects[kind].get(id_)
            if thread is not None:
                thread.touched.append(by)
        return self._upto(storage, by)

    def _own_storage(self) -> _Storage[Mark]:
        """The shared storage if this is its newest history; otherwise a copy of the part that this history sees."""
        old = self._storage
        if self._last == old.last > 0:
            return old
        new: _Storage[Mark] = _Storage()
        new.last, new.touching = self._last, {by for by in old.touching if by <= self._last}
        new.entries, new.versions = self.entries(), old.versions[: self._count()]
        new.causes = {name: entry for name, entry in old.causes.items() if entry.version <= self._last}
        new.names = {name: entry for name, entry in old.names.items() if entry.version <= self._last}
        new.marks = {version: seen for version in old.marks if (seen := self._marks(version))}
        for kind, threads in old.subjects.items():
            new.subjects[kind] = {id_: self._copied(thread) for id_, thread in threads.items() if self._sees(thread)}
        return new

    def _copied(self, thread: Thread) -> Thread:
        copy, count = Thread(), self.seen(thread)
        copy.entries, copy.versions = thread.entries[:count], thread.versions[:count]
        copy.touched = thread.touched[: self.touched(thread)]
        return copy

    def _upto(self, storage: _Storage[Mark], version: int) -> Self:
        storage.last = version
        after = self.__new__(type(self))
        after._storage, after._last = storage, version
        return after

    # --- reading ----------------------------------------------------------------------------------------------------

    def entries(self) -> list[Entry]:
        """Every entry, in stream order."""
        return self._storage.entries[: self._count()]

    def entry(self, name: int | str) -> Entry | None:
        """An entry by its number, or the first entry that a command caused, by the command's id."""
        if isinstance(name, str):
            found = self._storage.causes.get(name)
        else:
            index = bisect_right(self._storage.versions, name) - 1
            found = self._storage.entries[index] if index >= 0 else None
            found = found if found is not None and found.version == name else None
        return found if found is not None and found.version <= self._last else None

    def ground(self, name: str) -> Entry | None:
        """The first entry with this name that a lesson or a course correction may rest on."""
        caused, named = self._storage.causes.get(name), self._storage.names.get(name)
        by_cause = caused is not None and caused.kind_of_event.IS_GROUND and not caused.kind_of_event.NAMED_BY_SUBJECT
        found = [one for one in (caused if by_cause else None, named) if one is not None and one.version <= self._last]
        return min(found, key=lambda one: one.version, default=None)

    def grounds(self) -> Iterator[str]:
        """The names of all grounds, in the order in which they were recorded."""
        names = dict.fromkeys([*list(self._storage.causes), *list(self._storage.names)])
        found = [(entry.version, name) for name in names if (entry := self.ground(name)) is not None]
        return (name for _, name in sorted(found))

    def ids(self, kind: str) -> Iterator[str]:
        """The ids of all subjects of a kind, in the order of their first entries."""
        threads = list(self._storage.subjects.get(kind, {}).items())
        return (id_ for id_, thread in threads if self._sees(thread))

    def thread(self, subject: Subject) -> Thread | None:
        """The thread about a subject. It may contain later entries: see ``seen`` and ``touched``."""
        thread = self._storage.subjects.get(subject[0], {}).get(subject[1])
        return thread if thread is not None and self._sees(thread) else None

    def seen(self, thread: Thread) -> int:
        """How many entries of a thread this history sees."""
        versions = thread.versions
        return len(versions) if versions[-1] <= self._last else bisect_right(versions, self._last)

    def touched(self, thread: Thread) -> int:
        """How many contests and errata on entries of a thread this history sees."""
        return bisect_right(thread.touched, self._last) if thread.touched else 0

    def about(self, subject: Subject) -> list[Entry]:
        """The entries about a subject, in stream order."""
        thread = self.thread(subject)
        return thread.entries[: self.seen(thread)] if thread is not None else []

    @property
    def is_plain(self) -> bool:
        """Whether there is no contest and no erratum, so that every entry counts as it was recorded."""
        return not self._storage.touching

    def touches(self, version: int) -> bool:
        """Whether an entry is a contest or an erratum, by its number."""
        return version in self._storage.touching

    def marks(self, version: int) -> list[Mark]:
        """The marks on an entry, in the order in which they were made."""
        return [mark for _, mark in self._marks(version)] if self._storage.marks else []

    def marked_versions(self) -> Iterator[int]:
        """The numbers of the entries with marks, in the order of their first marks."""
        return (version for version in list(self._storage.marks) if self._marks(version))

    def _marks(self, version: int) -> list[tuple[int, Mark]]:
        return [one for one in self._storage.marks.get(version, ()) if one[0] <= self._last]

    def _sees(self, thread: Thread) -> bool:
        return thread.versions[0] <= self._last

    def _count(self) -> int:
        return bisect_right(self._storage.versions, self._last)


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

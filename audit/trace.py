"""Traces causes and consequences: the entries that led to an entry, and those that followed from it."""

from collections import defaultdict
from collections.abc import Collection, Iterable

from domain.kernel.entry import Entry
from domain.links import entry_of, grounds_of, thread_of

HashedEntry = tuple[Entry, str]
"""An entry and its leaf hash in hex."""


class Threads:
    """Groups entries into threads and links each thread to those it rests on. Entries are added one by one, in order.

    A thread is the entries about one subject, transitively: an entry about another entry belongs to that one's thread.
    """

    def __init__(self, entries: Iterable[HashedEntry] = ()) -> None:
        self._entries: defaultdict[str, list[HashedEntry]] = defaultdict(list)
        self._grounds: defaultdict[str, list[tuple[int, str]]] = defaultdict(list)
        self._resting: defaultdict[str, list[str]] = defaultdict(list)
        self._led_to: defaultdict[str, list[HashedEntry]] = defaultdict(list)
        self._threads: dict[int | str, str] = {}
        for entry, hash_ in entries:
            self.add(entry, hash_)

    def add(self, entry: Entry, hash_: str) -> None:
        if entry.cause is not None:
            self._led_to[entry.cause].append((entry, hash_))
        thread = self._thread(entry)
        if thread is None:
            return
        self._threads[entry.version] = thread
        if entry_of(entry.event) is not None and entry.cause is not None:
            self._threads[entry.cause] = thread
        self._entries[thread].append((entry, hash_))
        for ground in grounds_of(entry.event):
            self._grounds[thread].append((entry.version, ground))
            self._resting[ground].append(thread)

    def _thread(self, entry: Entry) -> str | None:
        """The name of the thread that an entry belongs to; ``None`` if it is about the plan as a whole."""
        name = thread_of(entry)
        return self._threads.get(entry_of(entry.event) or 0) or self._threads.get(name or 0, name)

    def named(self, name: str) -> list[HashedEntry]:
        """The entries that the command with this id produced; otherwise the whole thread of this name."""
        return self._led_to.get(name) or self._entries.get(name, [])

    def because(self, entry: Entry) -> list[HashedEntry]:
        """The earlier entries that led to an entry, in order: the earlier part of its thread, of the threads that this
        rests on, and so on transitively.
        """
        found: dict[int, HashedEntry] = {}
        seen: set[str] = set()
        todo = [self._thread(entry)]
        while todo:
            thread = todo.pop()
            if thread is None or thread in seen:
                continue
            seen.add(thread)
            found |= {one[0].version: one for one in self._entries[thread] if one[0].version < entry.version}
            todo += [ground for version, ground in self._grounds[thread] if version <= entry.version]
        return _in_order(found)

    def came_of(self, entries: Collection[HashedEntry]) -> list[HashedEntry]:
        """The later entries that followed from some entries: the later part of their threads and of the threads that
        rest on those, transitively.
        """
        first = min((entry.version for entry, _ in entries), default=0)
        own = {entry.version for entry, _ in entries}
        found: dict[int, HashedEntry] = {}
        seen: set[str] = set()
        todo = [self._thread(entry) for entry, _ in entries]
        while todo:
            thread = todo.pop()
            if thread is None or thread in seen:
                continue
            seen.add(thread)
            later = (one for one in self._entries[thread] if one[0].version > first and one[0].version not in own)
            found |= {one[0].version: one for one in later}
            todo += self._resting.get(thread, [])
        return _in_order(found)


def _in_order(found: dict[int, HashedEntry]) -> list[HashedEntry]:
    return [found[version] for version in sorted(found)]

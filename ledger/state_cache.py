"""An LRU cache of folded plan states; a hit folds only the entries that are newer.

The cache is never authoritative and any state may be dropped at any time: an idle plan costs no memory, however long
its history, and is folded again on its next use. One cache for each process, used in its event loop.
"""

import asyncio
import ctypes
import platform
from collections import OrderedDict
from typing import Final, Generic
from weakref import WeakValueDictionary

from ledger import fold
from ledger.connection import Pool, Queryable
from ledger.fold import Folded, FoldPort, State

IDLE: Final = 60.0
"""Seconds after its last use at which a state is dropped."""
PLANS: Final = 500
"""Most states in the cache, by default."""
ENTRIES: Final = 50_000
"""Most entries, in total, that the cached states were folded from. A plan with more is cached alone."""
PART: Final = 10_000
"""Entries to fold before the intermediate state is cached."""
LARGE: Final = 10_000
"""Entries behind the states dropped at once from which on their memory, 1.2 KiB an entry, is returned to the system."""


class StateCache(Generic[State]):
    """Caches the results of `ledger.fold.fold_from`."""

    def __init__(
        self, port: FoldPort[State], pool: Pool, *, idle: float = IDLE, plans: int = PLANS, entries: int = ENTRIES
    ) -> None:
        self._port = port
        self._pool = pool
        self._idle, self._plans, self._most = idle, plans, entries
        self._states: OrderedDict[str, tuple[Folded[State], float]] = OrderedDict()
        """The least recently used first, each with the time of its last use."""
        self._entries = 0
        self._unfinished: set[str] = set()
        """Plans that are only partly folded."""
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        """Each lock exists while it is held or waited for."""
        self._long = asyncio.Lock()
        self._expiry: asyncio.TimerHandle | None = None

    async def current(self, plan: str, part: int = PART) -> Folded[State]:
        """A plan's present state. Raises what `fold.fold_from` raises.

        Concurrent calls for one plan fold it once, and long histories are folded one at a time. Each part is cached
        when it is done and not evicted before the fold is complete, so the next call continues a cancelled one. A
        cached state of a ledger that was set back since (a restore, a lagging standby) is folded from the start.
        """
        lock = self._locks.setdefault(plan, asyncio.Lock())
        async with lock:
            since, _ = self._states.get(plan, (None, 0.0))
            async with self._pool.acquire() as connection:
                folded, more = await self._fold_from(connection, plan, since, part)
            if more:
                async with self._long, self._pool.acquire() as connection:
                    while more:
                        folded, more = await self._fold_from(connection, plan, folded, part)
            return folded

    async def _fold_from(
        self, connection: Queryable, plan: str, since: Folded[State] | None, part: int
    ) -> tuple[Folded[State], bool]:
        folded, more = await fold.fold_from(self._port, connection, plan, since, most=part)
        self.keep(plan, folded)
        if more:
            self._unfinished.add(plan)
        return folded, more

    def keep(self, plan: str, folded: Folded[State]) -> None:
        """Cache a state; the next call of `current` continues from it."""
        self.forget(plan)
        if folded.version == 0:
            return
        loop = asyncio.get_running_loop()
        self._states[plan] = folded, loop.time()
        self._entries += folded.version
        if self._too_many():
            for other in [one for one in self._states if one != plan and one not in self._unfinished]:
                self.forget(other)
                if not self._too_many():
                    break
        if self._expiry is None:
            self._expiry = loop.call_later(self._idle, self._expire)

    def _too_many(self) -> bool:
        return len(self._states) > self._plans or (len(self._states) > 1 and self._entries > self._most)

    def forget(self, plan: str) -> None:
        """Drop a state; the next call of `current` folds the plan from its first entry."""
        self._unfinished.discard(plan)
        if found := self._states.pop(plan, None):
            self._entries -= found[0].version

    def __len__(self) -> int:
        return len(self._states)

    def _expire(self) -> None:
        """Drop the idle states, and schedule the next call for the earliest moment at which another is idle."""
        loop = asyncio.get_running_loop()
        idle = [plan for plan, (_, used) in self._states.items() if used + self._idle <= loop.time()]
        before = self._entries
        for plan in idle:
            self.forget(plan)
        if before - self._entries >= LARGE:
            return_free_memory()
        oldest = next((used for _, used in self._states.values()), None)
        self._expiry = None if oldest is None else loop.call_at(oldest + self._idle, self._expire)


def return_free_memory() -> None:
    """Return free memory to the operating system: CPython does so by the mebibyte, glibc (Linux) only when asked."""
    if platform.libc_ver()[0] == "glibc":
        ctypes.CDLL(None).malloc_trim(0)

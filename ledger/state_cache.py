"""The states of plans that were lately spoken to, so that the next word folds only what came since.

Nothing here proves anything, and all of it can be let go at any time: a plan that stays silent costs no memory however
old it is, and is folded again when it wakes. One to a process, in its event loop.
"""

import asyncio
from collections import OrderedDict
from typing import Final, Generic
from weakref import WeakValueDictionary

from ledger import fold
from ledger.connection import Pool
from ledger.fold import Folded, FoldPort, State

IDLE: Final = 60.0
"""Seconds after which the state of a plan that nobody spoke to is let go."""
PLANS: Final = 500
"""How many plans' states are kept at most, unless said otherwise."""
ENTRIES: Final = 50_000
"""How many entries those are made of together at most; the state of a larger plan is kept alone."""
PART: Final = 10_000
"""Entries that are folded before what they lead to is kept."""


class StateCache(Generic[State]):
    """What `ledger.fold.on_from` gives, for plans that are asked for again and again."""

    def __init__(
        self, port: FoldPort[State], pool: Pool, *, idle: float = IDLE, plans: int = PLANS, entries: int = ENTRIES
    ) -> None:
        self._port = port
        self._pool = pool
        self._idle, self._plans, self._most = idle, plans, entries
        self._states: OrderedDict[str, tuple[Folded[State], float]] = OrderedDict()
        """The longest silent first, each with when it was last spoken to."""
        self._entries = 0
        self._unfinished: set[str] = set()
        """Plans of which only parts are folded yet."""
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        """Each as long as somebody holds it or waits for it."""
        self._long = asyncio.Lock()
        self._letting_go: asyncio.TimerHandle | None = None

    async def current(self, plan: str, part: int = PART) -> Folded[State]:
        """A plan as it stands. Raises what `fold.on_from` raises.

        Of many who ask for a plan at once one folds, and long histories are folded one after another. Parts are kept as
        they are done, and not pushed out before the whole is: whoever comes after one who was broken off goes on. What
        was kept of a ledger that was set back since (a restore, a standby that was behind) is folded anew.
        """
        lock = self._locks.setdefault(plan, asyncio.Lock())
        async with lock:
            since, _ = self._states.get(plan, (None, 0.0))
            folded, more = await self._fold_from(plan, since, part)
            if more:
                async with self._long:
                    while more:
                        folded, more = await self._fold_from(plan, folded, part)
            return folded

    async def _fold_from(self, plan: str, since: Folded[State] | None, part: int) -> tuple[Folded[State], bool]:
        folded, more = await fold.fold_from(self._port, self._pool, plan, since, most=part)
        self.keep(plan, folded)
        if more:
            self._unfinished.add(plan)
        return folded, more

    def keep(self, plan: str, folded: Folded[State]) -> None:
        """Have a state that whoever asks next goes on from."""
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
        if self._letting_go is None:
            self._letting_go = loop.call_later(self._idle, self._let_go)

    def _too_many(self) -> bool:
        return len(self._states) > self._plans or (len(self._states) > 1 and self._entries > self._most)

    def forget(self, plan: str) -> None:
        """Let a state go; the next who asks folds the plan from its start."""
        self._unfinished.discard(plan)
        if found := self._states.pop(plan, None):
            self._entries -= found[0].version

    def __len__(self) -> int:
        return len(self._states)

    def _let_go(self) -> None:
        """Let go what was silent for too long, and look again when the next may be."""
        loop = asyncio.get_running_loop()
        silent = [plan for plan, (_, spoken) in self._states.items() if spoken + self._idle <= loop.time()]
        for plan in silent:
            self.forget(plan)
        spoken = next((spoken for _, spoken in self._states.values()), None)
        self._letting_go = None if spoken is None else loop.call_at(spoken + self._idle, self._let_go)

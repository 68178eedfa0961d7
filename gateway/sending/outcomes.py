"""Waiting for what became of a command: everybody waits on one bell, and one query asks for all of them."""

import asyncio
from collections import defaultdict
from typing import Any, Final

from gateway.commit_listener import CommitListener
from ledger.connection import Pool, is_transient
from ledger.outcomes import CommandKey, RecordedOutcome, outcome_of, outcomes_of

_NET: Final = 1.0
"""Seconds after which an outcome is looked for even if no bell rang."""


class Outcomes:
    """The outcomes that somebody in this process waits for."""

    def __init__(self, pool: Pool, commit_listener: CommitListener) -> None:
        self._pool = pool
        self._bell = commit_listener
        self._asked: defaultdict[CommandKey, set[asyncio.Future[RecordedOutcome]]] = defaultdict(set)
        self._joined = asyncio.Event()

    async def wait(self, key: CommandKey, seconds: float) -> RecordedOutcome | None:
        """A command's outcome as soon as it is recorded; ``None`` if that takes longer than ``seconds``."""
        if seconds <= 0:
            return await outcome_of(self._pool, *key)
        found: asyncio.Future[RecordedOutcome] = asyncio.get_running_loop().create_future()
        self._asked[key].add(found)
        self._joined.set()
        try:
            return await asyncio.wait_for(found, seconds)
        except TimeoutError:
            pass
        finally:
            self._asked[key].discard(found)
            if not self._asked[key]:
                del self._asked[key]
        try:  # the bell may have rung between the last look and now: the ledger has the last word
            return await outcome_of(self._pool, *key)
        except Exception as error:
            if not is_transient(error):
                raise
            return None  # it does not answer now; what was accepted will have its outcome

    async def run(self) -> None:
        """Look whenever the ledger grew or somebody joined, and every second; a task of the gateway."""
        while True:
            rung = self._bell.next
            self._joined.clear()
            if self._asked:
                await self._look()
            joined = asyncio.create_task(self._joined.wait())
            either: list[asyncio.Future[Any]] = [rung, joined]
            try:
                await asyncio.wait(either, timeout=_NET, return_when=asyncio.FIRST_COMPLETED)
            finally:
                joined.cancel()

    async def _look(self) -> None:
        for key, stood in (await outcomes_of(self._pool, self._asked.keys())).items():
            for found in self._asked.get(key, ()):
                if not found.done():
                    found.set_result(stood)

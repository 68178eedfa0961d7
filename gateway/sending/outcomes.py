"""Waits for the outcomes of commands: one query after each commit serves all waiting requests."""

import asyncio
from collections import defaultdict
from typing import Any, Final

from gateway.commit_listener import CommitListener
from ledger.connection import Pool, is_transient
from ledger.outcomes import CommandKey, RecordedOutcome, outcome_of, outcomes_of

_POLL: Final = 1.0
"""Seconds after which outcomes are read even if no commit was notified."""


class Outcomes:
    """The outcomes that requests of this process wait for."""

    def __init__(self, pool: Pool, commit_listener: CommitListener) -> None:
        self._pool = pool
        self._commit_listener = commit_listener
        self._waiting: defaultdict[CommandKey, set[asyncio.Future[RecordedOutcome]]] = defaultdict(set)
        self._joined = asyncio.Event()
        """Set when a request begins to wait."""

    async def wait(self, key: CommandKey, seconds: float) -> RecordedOutcome | None:
        """A command's outcome as soon as it is recorded; ``None`` if that takes longer than ``seconds``."""
        if seconds <= 0:
            return await outcome_of(self._pool, *key)
        found: asyncio.Future[RecordedOutcome] = asyncio.get_running_loop().create_future()
        self._waiting[key].add(found)
        self._joined.set()
        try:
            return await asyncio.wait_for(found, seconds)
        except TimeoutError:
            pass
        finally:
            self._waiting[key].discard(found)
            if not self._waiting[key]:
                del self._waiting[key]
        try:  # it may have been recorded between the last look and now
            return await outcome_of(self._pool, *key)
        except Exception as error:
            if not is_transient(error):
                raise
            return None  # the ledger does not answer now; the accepted command will have its outcome

    async def run(self) -> None:
        """Look after each commit, when a request begins to wait, and every second. Supervised."""
        while True:
            committed = self._commit_listener.next
            self._joined.clear()
            if self._waiting:
                await self._look()
            joined = asyncio.create_task(self._joined.wait())
            either: list[asyncio.Future[Any]] = [committed, joined]
            try:
                await asyncio.wait(either, timeout=_POLL, return_when=asyncio.FIRST_COMPLETED)
            finally:
                joined.cancel()

    async def _look(self) -> None:
        for key, recorded in (await outcomes_of(self._pool, self._waiting.keys())).items():
            for found in self._waiting.get(key, ()):
                if not found.done():
                    found.set_result(recorded)

"""Waiting for what became of a command: everybody waits on one bell, and one query asks for all of them."""

import asyncio
from collections import Counter
from typing import Final

from gateway.bell import Bell
from ledger.connection import Pool
from ledger.outcomes import Stood, outcome_of

Key = tuple[str, str, str]
"""Plan, actor, command id."""

_NET: Final = 1.0
"""Seconds after which an outcome is looked for even if no bell rang."""


class Outcomes:
    """The outcomes that somebody in this process waits for."""

    def __init__(self, pool: Pool, bell: Bell) -> None:
        self._pool = pool
        self._bell = bell
        self._asked: Counter[Key] = Counter()
        self._found: dict[Key, asyncio.Event] = {}

    async def wait(self, key: Key, seconds: float) -> Stood | None:
        """A command's outcome as soon as it is recorded; ``None`` if that takes longer than ``seconds``."""
        found = self._found.setdefault(key, asyncio.Event())
        self._asked[key] += 1
        try:
            if (stood := await outcome_of(self._pool, *key)) is not None or seconds <= 0:
                return stood
            await asyncio.wait_for(found.wait(), seconds)
        except TimeoutError:
            pass  # the bell may have rung between the last query and now: the ledger has the last word
        finally:
            self._asked[key] -= 1
            if not self._asked[key]:
                del self._asked[key], self._found[key]
        return await outcome_of(self._pool, *key)

    async def run(self) -> None:
        """Look whenever the ledger grew, and every second; a task of the gateway."""
        while True:
            await self._bell.wait(_NET)
            if self._found:
                await self._look()

    async def _look(self) -> None:
        plans, actors, commands = zip(*self._found, strict=True)
        rows = await self._pool.fetch(
            """SELECT o.plan, o.actor, o.command FROM ledger.outcomes o
               JOIN unnest($1::text[], $2::text[], $3::text[]) AS asked(plan, actor, command)
               USING (plan, actor, command)""",
            plans, actors, commands,
        )  # fmt: skip
        for row in rows:
            if found := self._found.get((row["plan"], row["actor"], row["command"])):
                found.set()

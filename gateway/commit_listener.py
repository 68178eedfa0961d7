"""A bell that rings when the ledger grows: one connection listens for everybody in this process.

Postgres' NOTIFY only says that it is worth looking now. Whoever waits looks again after a while anyway, so a lost ring
costs a moment and nothing else.
"""

import asyncio
from typing import Any

from ledger.connection import Pool
from ledger.log import CHANNEL


class CommitListener:
    """Rings for all who wait on it."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self.next: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        """Done when the ledger grows: whoever takes it before looking misses nothing that happens while they look."""

    def ring(self, *_: Any) -> None:
        rung, self.next = self.next, asyncio.get_running_loop().create_future()
        if not rung.done():
            rung.set_result(None)

    async def run(self) -> None:
        """Listen until the connection is lost; a task of the gateway, which begins it again."""
        try:
            await self._listen()
        finally:
            self.ring()

    async def _listen(self) -> None:
        lost = asyncio.Event()

        def hang_up(*_: Any) -> None:
            lost.set()

        async with self._pool.acquire() as connection:
            await connection.add_listener(CHANNEL, self.ring)
            connection.add_termination_listener(hang_up)
            try:
                await lost.wait()
            finally:
                if not connection.is_closed():
                    await connection.remove_listener(CHANNEL, self.ring)
                    connection.remove_termination_listener(hang_up)

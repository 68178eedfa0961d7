"""Listens for commits to the ledger: one connection with LISTEN serves all waiting tasks of this process.

A notification only says that reading now is worthwhile. Every waiting task also reads at intervals, so a lost
notification delays it by about a second and loses nothing.
"""

import asyncio
from typing import Any

from ledger.connection import Pool
from ledger.log import CHANNEL


class CommitListener:
    """Wakes all tasks that wait for the next commit."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self.next: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        """Done at the next commit. Take it before you read the ledger: then no commit during the read is missed."""

    def notify(self, *_: Any) -> None:
        """Wake everybody who waits on `next`."""
        done, self.next = self.next, asyncio.get_running_loop().create_future()
        if not done.done():
            done.set_result(None)

    async def run(self) -> None:
        """Listen until the connection is lost. Supervised: it is then restarted on another connection."""
        try:
            await self._listen()
        finally:
            self.notify()

    async def _listen(self) -> None:
        lost = asyncio.Event()

        def on_termination(*_: Any) -> None:
            lost.set()

        async with self._pool.acquire() as connection:
            await connection.add_listener(CHANNEL, self.notify)
            connection.add_termination_listener(on_termination)
            try:
                await lost.wait()
            finally:
                if not connection.is_closed():
                    await connection.remove_listener(CHANNEL, self.notify)
                    connection.remove_termination_listener(on_termination)

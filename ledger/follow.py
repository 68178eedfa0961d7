"""Following the log: every entry, in order, none missed, for as long as one likes.

Positions are dense and become visible in order, so *greater than the last one seen* is all there is to remember.
Postgres' NOTIFY only says that it is worth looking now; whoever misses it looks a second later anyway.
"""

import asyncio
import contextlib
from collections.abc import AsyncGenerator, AsyncIterator
from typing import Any, Final

from ledger import log
from ledger.connection import Pool, is_transient
from ledger.log import StoredEntry

CHANNEL: Final = "ledger"
PAUSE: Final = 1.0
"""Seconds between attempts to reach a server that is away."""


class Gap(Exception):
    """A position is missing: the log was tampered with, or restored beneath its readers. Nothing may be skipped."""

    code = "log_has_a_gap"

    def __init__(self, expected: int, found: int) -> None:
        super().__init__(
            f"Entry {expected} of the log is missing: the next is {found}. Compare it with an old checkpoint."
        )


async def follow(pool: Pool, after: int = -1, poll: float = 1.0) -> AsyncGenerator[StoredEntry]:
    """Every entry with a position greater than ``after``, for ever; survives a server that is away. Raises `Gap`.

    Holds one connection of the pool to listen on. Close the iterator when done (``contextlib.aclosing``).
    """
    while True:
        try:
            async with _listening(pool) as (wake, lost):
                while not lost.is_set():
                    wake.clear()
                    async for one in _from(pool, after):
                        yield one
                        after = one.position
                    with contextlib.suppress(TimeoutError):
                        await asyncio.wait_for(wake.wait(), poll)
        except Exception as error:
            if not is_transient(error):
                raise
            await asyncio.sleep(min(poll, PAUSE))


async def _from(pool: Pool, after: int) -> AsyncIterator[StoredEntry]:
    while entries := await log.page(pool, after):
        for one in entries:
            if one.position != after + 1:
                raise Gap(after + 1, one.position)
            yield one
            after = one.position


@contextlib.asynccontextmanager
async def _listening(pool: Pool) -> AsyncIterator[tuple[asyncio.Event, asyncio.Event]]:
    """Two events: it is worth looking now; and the connection that listens is lost."""
    wake, lost = asyncio.Event(), asyncio.Event()

    def hear(*_: Any) -> None:
        wake.set()

    def lose(*_: Any) -> None:
        lost.set()
        wake.set()

    connection = await pool.acquire()
    try:
        await connection.add_listener(CHANNEL, hear)
        connection.add_termination_listener(lose)
        yield wake, lost
    finally:
        # A server that has gone hears no goodbye. Were that an error here, it would stand in the place of whatever ends
        # the following, a cancellation or the closing of the iterator, and the following would go on.
        try:
            if not lost.is_set():
                connection.remove_termination_listener(lose)
                await connection.remove_listener(CHANNEL, hear)
            await pool.release(connection)
        except Exception as error:
            if not is_transient(error):
                raise

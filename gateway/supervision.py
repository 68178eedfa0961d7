"""The tasks that run beside the requests for as long as the gateway does, whatever ledger and Temporal go through."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Final

import structlog

from gateway.sending.signalling import is_temporal_unavailable
from ledger.connection import is_transient

AGAIN: Final = 1.0
"""Seconds after which a task that ended is begun again."""

log = structlog.get_logger("gateway")


@contextlib.asynccontextmanager
async def supervised(name: str, work: Callable[[], Awaitable[None]], again: float = AGAIN) -> AsyncIterator[None]:
    """Keeps a task at work while the block runs: however it ends, it is begun again."""
    task = asyncio.create_task(_keep(name, work, again), name=name)
    try:
        yield
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


async def _keep(name: str, work: Callable[[], Awaitable[None]], again: float) -> None:
    while True:
        try:
            await work()
        except Exception as error:
            if is_transient(error) or is_temporal_unavailable(error):
                log.warning("task.waits", task=name, why=type(error).__name__)
            else:
                log.exception("task.failed", task=name)
        await asyncio.sleep(again)

"""Supervision: background tasks that are restarted until the gateway stops, whatever ends them."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Final

import structlog

from gateway.sending.signalling import is_temporal_unavailable
from ledger.connection import is_transient

RESTART_AFTER: Final = 1.0
"""Seconds between the end of a task and its restart."""

log = structlog.get_logger("gateway")


@contextlib.asynccontextmanager
async def supervised(
    name: str, work: Callable[[], Awaitable[None]], restart_after: float = RESTART_AFTER
) -> AsyncIterator[None]:
    """Run a task while the block runs, and restart it each time it returns or raises."""
    task = asyncio.create_task(_run(name, work, restart_after), name=name)
    try:
        yield
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


async def _run(name: str, work: Callable[[], Awaitable[None]], restart_after: float) -> None:
    while True:
        try:
            await work()
        except Exception as error:
            if is_transient(error) or is_temporal_unavailable(error):
                log.warning("task.waits", task=name, why=type(error).__name__)
            else:
                log.exception("task.failed", task=name)
        await asyncio.sleep(restart_after)

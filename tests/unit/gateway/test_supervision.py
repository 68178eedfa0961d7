"""Supervised tasks are restarted, whatever ends them."""

import asyncio

import asyncpg
import pytest

from gateway.errors import as_problem
from gateway.supervision import supervised


@pytest.mark.parametrize(
    "fault",
    [
        asyncpg.DiskFullError(""),
        asyncpg.InternalClientError("got result for unknown protocol state"),
        asyncpg.ConnectionDoesNotExistError(""),
        RuntimeError("Failed client connect"),
        ValueError("a fault of ours"),
    ],
    ids=lambda fault: type(fault).__name__,
)
async def test_a_task_that_fails_is_restarted(fault: Exception) -> None:
    begun = asyncio.Semaphore(0)

    async def work() -> None:
        begun.release()
        raise fault

    async with asyncio.timeout(10), supervised("work", work, restart_after=0.0):
        for _ in range(3):
            await begun.acquire()


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (asyncpg.DiskFullError(""), 503, "ledger_away"),
        (asyncpg.InternalClientError(""), 503, "ledger_away"),
        (asyncpg.TransactionTimeoutError(""), 503, "ledger_away"),
        (ConnectionRefusedError(), 503, "ledger_away"),
        (asyncpg.UndefinedTableError(""), 500, "internal"),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else str(value),
)
def test_transient_ledger_errors_are_answered_503_and_others_are_not(error: Exception, status: int, code: str) -> None:
    found = as_problem(error)
    assert (found.status, found.code) == (status, code)

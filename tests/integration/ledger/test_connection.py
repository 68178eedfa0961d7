"""A pool opens on a live server and is closed whatever has become of it since."""

import asyncio
import contextlib
import os
import signal
from pathlib import Path
from typing import Any

import pytest

from ledger import connection
from ledger.appender import LedgerUnavailable, Written, appending
from ledger.connection import open_pool
from tests.chaos.wire import Wire
from tests.integration.ledger.tally import write


async def test_a_pool_closes_although_its_server_no_longer_answers(dsn: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "CLOSE_TIMEOUT", 0.2)
    async with asyncio.timeout(10), open_pool(dsn) as pool:
        backend = await pool.fetchval("SELECT pg_backend_pid()")
        os.kill(backend, signal.SIGSTOP)
    os.kill(backend, signal.SIGCONT)


async def test_a_pool_closes_after_its_server_ended_the_connections(dsn: str, superuser: Any) -> None:
    for _ in range(20):
        async with open_pool(dsn) as pool:
            backend = await pool.fetchval("SELECT pg_backend_pid()")
            await superuser.execute("SELECT pg_terminate_backend($1)", backend)


async def test_a_server_that_vanishes_without_closing_delays_other_writers_only_briefly(
    dsn: str, tmp_path: Path, postgres_cluster: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The answer to one write never comes, and nobody hangs up. The others wait for its turn to end."""
    monkeypatch.setattr(connection, "COMMAND_TIMEOUT", 0.5)
    async with contextlib.AsyncExitStack() as stack:
        wire = await stack.enter_async_context(Wire(tmp_path / "wire", postgres_cluster.sockets).laid())
        pool = await stack.enter_async_context(open_pool(dsn.partition("?")[0] + f"?host={wire.folder}"))
        appender = await stack.enter_async_context(appending(pool))
        hold = await stack.enter_async_context(wire.held("append", "answer"))
        lost = asyncio.create_task(appender.append(write("roads")))
        async with asyncio.timeout(60):
            await hold.caught.wait()
            assert isinstance(await appender.append(write("parks")), Written)
        with pytest.raises(LedgerUnavailable):
            await lost

"""A pool opens on a live server and is closed whatever has become of it since."""

import asyncio
import os
import signal
from typing import Any

import pytest

from ledger import connection
from ledger.connection import open_pool


async def test_a_pool_parts_from_a_server_that_no_longer_answers(dsn: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "LONGEST_GOODBYE", 0.2)
    async with asyncio.timeout(10), open_pool(dsn) as pool:
        backend = await pool.fetchval("SELECT pg_backend_pid()")
        os.kill(backend, signal.SIGSTOP)
    os.kill(backend, signal.SIGCONT)


async def test_a_pool_parts_from_a_server_that_hung_up(dsn: str, superuser: Any) -> None:
    for _ in range(20):
        async with open_pool(dsn) as pool:
            backend = await pool.fetchval("SELECT pg_backend_pid()")
            await superuser.execute("SELECT pg_terminate_backend($1)", backend)

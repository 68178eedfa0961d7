"""A ledger with a sealer: what is appended can be signed, and what is signed can be attacked."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from audit.log_folder import LogFolder
from audit.sealer import Sealer
from ledger.appender import Appender, appending
from ledger.connection import Pool, open_pool
from ledger.identity import establish

ORIGIN = "test.example/log"


@pytest.fixture
def dsn(database: str) -> str:
    return database


@pytest.fixture
async def pool(dsn: str) -> AsyncIterator[Pool]:
    async with open_pool(dsn) as opened:
        await establish(opened, ORIGIN, "live")
        yield opened


@pytest.fixture
async def appender(pool: Pool) -> AsyncIterator[Appender]:
    async with appending(pool) as one:
        yield one


@pytest.fixture
def folder(tmp_path: Path) -> LogFolder:
    return LogFolder(tmp_path / "keyring" / "log")


@pytest.fixture
async def sealers(dsn: str, pool: Pool) -> AsyncIterator[Pool]:
    """A pool that may do what the sealer may."""
    async with open_pool(dsn, "sealer", max_size=2) as opened:
        yield opened


@pytest.fixture
def sealer(sealers: Pool, folder: LogFolder) -> Sealer:
    return Sealer(sealers, folder)


@pytest.fixture
async def superuser(dsn: str) -> AsyncIterator[Any]:
    connection = await asyncpg.connect(dsn)
    yield connection
    await connection.close()

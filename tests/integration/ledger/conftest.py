"""A migrated ledger of the test's own, in a real Postgres, and the ways into it."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from ledger.appender import Appender, appending
from ledger.connection import Pool, open_pool
from ledger.keyring import Keyring


@pytest.fixture
def dsn(database: str) -> str:
    return database


@pytest.fixture
async def pool(dsn: str) -> AsyncIterator[Pool]:
    async with open_pool(dsn) as opened:
        yield opened


@pytest.fixture
async def appender(pool: Pool) -> AsyncIterator[Appender]:
    async with appending(pool) as one:
        yield one


@pytest.fixture
async def superuser(dsn: str) -> AsyncIterator[Any]:
    """A connection that may do everything: for what an attacker, an operator or a broken program might."""
    connection = await asyncpg.connect(dsn)
    yield connection
    await connection.close()


@pytest.fixture
def keyring(tmp_path: Path) -> Keyring:
    return Keyring(tmp_path / "keyring")

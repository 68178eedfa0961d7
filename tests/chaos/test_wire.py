"""The wire stops what it is told to stop, where it is told to, and nothing else."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import pytest

from embedded import postgres
from ledger import log
from ledger.appender import LedgerUnavailable, Written, appending
from ledger.connection import Pool, open_pool
from tests.chaos.wire import Wire
from tests.integration.ledger.tally import write


@pytest.fixture
async def wire(tmp_path: Path, postgres_cluster: postgres.Cluster) -> AsyncIterator[Wire]:
    async with Wire(tmp_path / "wire", postgres_cluster.sockets).laid() as wire:
        yield wire


@pytest.fixture
async def behind(database: str, wire: Wire) -> AsyncIterator[Pool]:
    """A ledger, reached by the wire."""
    async with open_pool(database.partition("?")[0] + f"?host={wire.folder}") as pool:
        yield pool


@pytest.fixture
async def straight(database: str, behind: Pool) -> AsyncIterator[Pool]:
    """The same ledger, reached without it."""
    async with open_pool(database) as pool:
        yield pool


async def test_who_is_left_alone_notices_nothing(behind: Pool) -> None:
    async with appending(behind) as appender:
        assert await appender.append(write("roads")) == Written("roads", 1, 0)
    assert len(await behind.fetchval("SELECT repeat('x', 300000)")) == 300_000


async def test_a_held_call_has_not_reached_postgres(wire: Wire, behind: Pool, straight: Pool) -> None:
    async with appending(behind) as appender:
        async with wire.held("append", "call") as hold:
            writing = asyncio.create_task(appender.append(write("roads")))
            await asyncio.wait_for(hold.caught.wait(), 10)
            assert await log.size(straight) == 0
        assert isinstance(await writing, Written)


async def test_a_held_answer_is_committed_and_nobody_knows(wire: Wire, behind: Pool, straight: Pool) -> None:
    async with appending(behind) as appender, wire.held("append", "answer") as hold:
        writing = asyncio.create_task(appender.append(write("roads")))
        await asyncio.wait_for(hold.caught.wait(), 10)
        assert await log.size(straight) == 1
        assert not writing.done()
        wire.hang_up()
        with pytest.raises(LedgerUnavailable):
            await writing


async def test_only_the_function_that_was_named_is_held(wire: Wire, behind: Pool) -> None:
    async with appending(behind) as appender, wire.held("accept", "call") as hold:
        assert isinstance(await appender.append(write("roads")), Written)
        assert not hold.caught.is_set()


async def test_through_a_cut_wire_nobody_gets_and_through_a_mended_one_everybody(wire: Wire, behind: Pool) -> None:
    wire.cut = True
    wire.hang_up()
    with pytest.raises((OSError, asyncpg.PostgresError, asyncpg.InterfaceError)):
        await behind.fetchval("SELECT 1")
    wire.cut = False
    assert await behind.fetchval("SELECT 1") == 1

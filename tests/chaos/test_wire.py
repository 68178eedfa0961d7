"""The proxy holds only the chosen calls, at the chosen side."""

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
    """A pool that reaches the ledger through the proxy."""
    async with open_pool(database.partition("?")[0] + f"?host={wire.folder}") as pool:
        yield pool


@pytest.fixture
async def straight(database: str, behind: Pool) -> AsyncIterator[Pool]:
    """A pool that reaches the same ledger directly."""
    async with open_pool(database) as pool:
        yield pool


async def test_an_undisturbed_connection_works_as_usual(behind: Pool) -> None:
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


async def test_a_held_answer_is_committed_but_not_received(wire: Wire, behind: Pool, straight: Pool) -> None:
    async with appending(behind) as appender, wire.held("append", "answer") as hold:
        writing = asyncio.create_task(appender.append(write("roads")))
        await asyncio.wait_for(hold.caught.wait(), 10)
        assert await log.size(straight) == 1
        assert not writing.done()
        wire.hang_up()
        with pytest.raises(LedgerUnavailable):
            await writing


async def test_only_calls_of_the_named_function_are_held(wire: Wire, behind: Pool) -> None:
    async with appending(behind) as appender, wire.held("accept", "call") as hold:
        assert isinstance(await appender.append(write("roads")), Written)
        assert not hold.caught.is_set()


async def test_a_cut_wire_blocks_all_connections_and_a_repaired_one_none(wire: Wire, behind: Pool) -> None:
    wire.cut = True
    wire.hang_up()
    with pytest.raises((OSError, asyncpg.PostgresError, asyncpg.InterfaceError)):
        await behind.fetchval("SELECT 1")
    wire.cut = False
    assert await behind.fetchval("SELECT 1") == 1

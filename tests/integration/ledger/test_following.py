"""A follower sees every entry once, in order, whatever happens meanwhile."""

import asyncio
import contextlib
from typing import Any

import pytest

from ledger import fold
from ledger.appender import Appender, Written, appending
from ledger.connection import Pool, open_pool
from ledger.follow import Gap, follow
from tests.integration.ledger.tally import PORT, append, write


async def _see(pool: Pool, upto: int, after: int = -1, poll: float = 0.2) -> list[int]:
    seen: list[int] = []
    async with contextlib.aclosing(follow(pool, after, poll)) as entries:
        async for one in entries:
            seen.append(one.position)
            if one.position == upto:
                return seen
    raise AssertionError


async def test_a_follower_misses_nothing_while_sixteen_write(dsn: str, pool: Pool) -> None:
    async def caller(plan: str, appender: Appender) -> None:
        for _ in range(20):
            now = await fold.current(PORT, pool, plan)
            assert isinstance(await appender.append(write(plan, now.version, now.last_hash)), Written)

    async with open_pool(dsn, "reader") as reading, open_pool(dsn) as other:
        following = asyncio.create_task(_see(reading, 16 * 20 - 1))
        async with appending(pool) as mine, appending(other) as theirs:
            await asyncio.gather(*(caller(f"plan-{n}", mine if n % 2 else theirs) for n in range(16)))
        assert await asyncio.wait_for(following, 10) == list(range(320))


async def test_a_follower_begins_where_it_is_told(pool: Pool, appender: Appender) -> None:
    await append(appender, write("roads", amounts=range(10)))
    assert await _see(pool, 9, after=6) == [7, 8, 9]


async def test_a_follower_is_woken_and_does_not_only_poll(pool: Pool, appender: Appender) -> None:
    following = asyncio.create_task(_see(pool, 0, poll=30))
    await asyncio.sleep(0.2)
    await append(appender, write("roads"))
    assert await asyncio.wait_for(following, 5) == [0]


async def test_a_follower_survives_the_loss_of_its_connections(pool: Pool, superuser: Any, dsn: str) -> None:
    async with open_pool(dsn, "reader") as reading:
        following = asyncio.create_task(_see(reading, 2))
        previous = None
        async with appending(pool) as appender:
            for version in range(3):
                one = write("roads", version, previous.entries[-1].hash if previous else bytes(32))
                await append(appender, one)
                previous = one
                await asyncio.sleep(0.1)
                await superuser.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'rumbo reader'"
                )
        assert await asyncio.wait_for(following, 10) == [0, 1, 2]


async def test_a_follower_that_lost_its_ear_listens_again(
    dsn: str, pool: Pool, appender: Appender, superuser: Any
) -> None:
    listening = "FROM pg_stat_activity WHERE datname = current_database() AND query ~ '^LISTEN'"
    async with open_pool(dsn, "reader") as reading:
        following = asyncio.create_task(_see(reading, 0, poll=60))
        for command in ("pg_terminate_backend(pid)", "pid"):
            async with asyncio.timeout(10):
                while not await superuser.fetch(f"SELECT {command} {listening}"):  # noqa: ASYNC110 (Postgres has no event)
                    await asyncio.sleep(0.05)
            await asyncio.sleep(0.2)
        await append(appender, write("roads"))
        assert await asyncio.wait_for(following, 10) == [0]


async def test_a_follower_stops_at_a_gap(pool: Pool, appender: Appender, superuser: Any) -> None:
    await append(appender, write("roads", amounts=(1, 2, 3)))
    await superuser.execute("SET session_replication_role = replica; DELETE FROM ledger.events WHERE position = 1")
    with pytest.raises(Gap, match="Entry 1 of the log is missing"):
        await _see(pool, 2)


async def test_a_follower_that_is_closed_as_its_server_goes_is_closed(dsn: str, pool: Pool, superuser: Any) -> None:
    async with appending(pool) as appender:
        await append(appender, write("roads"))
    for _ in range(10):
        async with open_pool(dsn, "reader") as reading:
            entries = follow(reading)
            assert (await anext(entries)).position == 0
            await superuser.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'rumbo reader'"
            )
            await asyncio.wait_for(entries.aclose(), 5)

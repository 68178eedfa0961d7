"""States are kept for who asks again soon, and are never more than what the entries add up to."""

import asyncio
from typing import Any

import pytest

from domain.kernel.event import Event
from ledger import fold
from ledger.appender import Appender
from ledger.connection import Pool
from ledger.state_cache import StateCache
from tests.integration.ledger.tally import PORT, TallyPort, append, write


class Reading(TallyPort):
    """Notes how many entries were read, and fails at one if told to."""

    def __init__(self) -> None:
        self.read_so_far = 0
        self.fails_at: int | None = None

    def read(self, kind: str, schema: int, data: str | bytes) -> Event:
        if self.read_so_far == self.fails_at:
            raise TimeoutError
        self.read_so_far += 1
        return super().read(kind, schema, data)


async def test_a_cache_hit_reads_only_newer_entries(pool: Pool, appender: Appender) -> None:
    await append(appender, first := write("roads", amounts=range(7)))
    port = Reading()
    kept = StateCache(port, pool)
    now = await kept.current("roads")
    assert (now.state.total, port.read_so_far) == (21, 7)
    await append(appender, write("roads", now.version, first.entries[-1].hash, (5,)))
    assert ((await kept.current("roads")).state.total, port.read_so_far) == (26, 8)
    kept.forget("roads")
    assert ((await kept.current("roads")).state.total, port.read_so_far) == (26, 16)


async def test_the_state_of_an_idle_plan_is_dropped_and_folded_again_on_next_use(
    pool: Pool, appender: Appender
) -> None:
    await append(appender, write("roads", amounts=range(7)))
    await append(appender, write("parks", amounts=range(3)))
    kept = StateCache(PORT, pool, idle=0.01)
    for _ in range(2):
        assert (await kept.current("roads")).state.total == 21
        assert (await kept.current("parks")).state.total == 3
        async with asyncio.timeout(60):
            while len(kept):  # noqa: ASYNC110  (what lets go tells nobody)
                await asyncio.sleep(0.01)


async def test_least_recently_used_states_are_evicted_and_a_very_large_plan_is_cached_alone(
    pool: Pool, appender: Appender
) -> None:
    for plan, length in (("roads", 4), ("parks", 4), ("trees", 30)):
        await append(appender, write(plan, amounts=range(length)))
    port = Reading()
    kept = StateCache(port, pool, entries=8)
    await kept.current("roads")
    await kept.current("parks")
    await kept.current("roads")
    assert (len(kept), port.read_so_far) == (2, 8)
    await kept.current("trees")
    await kept.current("trees")
    assert (len(kept), port.read_so_far) == (1, 38)
    await kept.current("roads")
    assert len(kept) == 1


async def test_with_many_plans_the_most_recently_used_states_stay_cached(pool: Pool, appender: Appender) -> None:
    for plan in ("roads", "parks", "trees"):
        await append(appender, write(plan, amounts=range(4)))
    port = Reading()
    kept = StateCache(port, pool, plans=2)
    for plan in ("roads", "parks", "roads", "trees", "roads"):
        await kept.current(plan)
    assert (len(kept), port.read_so_far) == (2, 12)
    await kept.current("parks")
    assert (len(kept), port.read_so_far) == (2, 16)


async def test_a_cancelled_fold_of_a_long_history_is_continued_by_the_next_call(pool: Pool, appender: Appender) -> None:
    await append(appender, write("roads", amounts=range(25)))
    port = Reading()
    kept = StateCache(port, pool)
    port.fails_at = 23
    with pytest.raises(TimeoutError):
        await kept.current("roads", part=10)
    port.fails_at = None
    assert (await kept.current("roads", part=10)).state.total == 300
    assert port.read_so_far == 23 + 5


async def test_two_long_histories_folded_at_once_do_not_evict_each_other(pool: Pool, appender: Appender) -> None:
    for plan in ("roads", "parks"):
        await append(appender, write(plan, amounts=range(200)))
    port = Reading()
    kept = StateCache(port, pool, entries=50)
    async with asyncio.timeout(60):
        folded = await asyncio.gather(*(kept.current(plan, part=20) for plan in ("roads", "parks", "roads", "parks")))
    assert {one.version for one in folded} == {200}
    assert port.read_so_far == 2 * 200


async def test_a_partly_folded_state_is_not_evicted_by_another_plan(pool: Pool, appender: Appender) -> None:
    await append(appender, write("roads", amounts=range(100)))
    await append(appender, write("parks", amounts=range(3)))
    port = Reading()
    kept = StateCache(port, pool, entries=50)
    port.fails_at = 85
    with pytest.raises(TimeoutError):
        await kept.current("roads", part=10)
    port.fails_at = None
    await kept.current("parks", part=10)
    assert (await kept.current("roads", part=10)).version == 100
    assert port.read_so_far == 85 + 3 + 20
    await kept.current("parks", part=10)
    assert len(kept) == 1


async def test_concurrent_calls_for_one_plan_fold_it_once(pool: Pool, appender: Appender) -> None:
    await append(appender, write("roads", amounts=range(7)))
    port = Reading()
    kept = StateCache(port, pool)
    first = [asyncio.create_task(kept.current("roads")) for _ in range(2)]
    await first[0]
    await asyncio.gather(*first, *(kept.current("roads") for _ in range(5)))
    assert port.read_so_far == 7


async def test_a_plan_without_entries_is_not_cached(pool: Pool) -> None:
    kept = StateCache(PORT, pool)
    assert (await kept.current("nothing")).version == 0
    assert len(kept) == 0


async def test_a_cached_state_is_not_reused_after_the_ledger_was_set_back(
    pool: Pool, appender: Appender, superuser: Any
) -> None:
    """A standby that was behind takes over: the version is there again, and is another entry."""
    await append(appender, first := write("roads", amounts=(1, 2)))
    await append(appender, write("roads", 2, first.entries[-1].hash, (100,)))
    kept = StateCache(PORT, pool)
    assert (await kept.current("roads")).state.total == 103
    await superuser.execute(
        """SET session_replication_role = replica;
           DELETE FROM ledger.events WHERE plan = 'roads' AND version = 3;
           UPDATE ledger.head SET size = size - 1;
           UPDATE ledger.streams s SET version = 2, last_hash =
             (SELECT leaf_hash FROM ledger.events e WHERE e.plan = s.plan AND e.version = 2)"""
    )
    assert (await kept.current("roads")).state.total == 3
    await kept.current("roads")
    await append(appender, write("roads", 2, first.entries[-1].hash, (7, 8)))
    assert await kept.current("roads") == await fold.current(PORT, pool, "roads")

"""The one way in: dense, in order, fenced, and each write on its own."""

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from ledger import fold, log
from ledger.appender import Appender, Conflict, LedgerUnavailable, WriteRefused, Written, appending
from ledger.connection import Pool, open_pool
from ledger.envelope import ZERO_HASH
from ledger.outcomes import outcome_of
from tests.integration.ledger.tally import PORT, append, write


async def test_stored_entries_are_read_back_byte_for_byte(pool: Pool, appender: Appender) -> None:
    one = write("roads", amounts=(1, 2, 3), command="c1")
    assert await appender.append(one) == Written("roads", 3, 0)
    read = [entry async for entry in log.entries(pool, "roads")]
    assert [(entry.envelope, entry.data, entry.salt, entry.leaf_hash) for entry in read] == [
        (leaf.envelope, leaf.data, leaf.salt, leaf.hash) for leaf in one.entries
    ]
    assert await log.stream_head(pool, "roads") == log.StreamHead(3, one.entries[-1].hash)
    assert await log.size(pool) == 3


async def test_sixteen_writers_in_two_processes_leave_no_gap_and_no_fork(dsn: str, pool: Pool) -> None:
    """Eight callers each on two appenders with pools of their own, all on four plans."""

    async def caller(number: int, appender: Appender) -> None:
        for turn in range(6):
            while True:
                now = await fold.current(PORT, pool, f"plan-{number % 4}")
                one = write(f"plan-{number % 4}", now.version, now.last_hash, (1, 2), command=f"{number}-{turn}")
                if isinstance(await appender.append(one), Written):
                    break

    async with open_pool(dsn) as other, appending(pool) as mine, appending(other) as theirs:
        await asyncio.gather(*(caller(number, mine if number < 8 else theirs) for number in range(16)))

    written = await log.page(pool, limit=1000)
    assert [entry.position for entry in written] == list(range(16 * 6 * 2))
    for plan in range(4):
        stream = [entry async for entry in log.entries(pool, f"plan-{plan}")]
        assert [entry.version for entry in stream] == list(range(1, 49))
        assert [entry.prev for entry in stream] == [ZERO_HASH, *(entry.leaf_hash for entry in stream)][:-1]
        assert all(entry.computed_hash() == entry.leaf_hash for entry in stream)


async def test_a_reader_that_pages_by_position_misses_no_entry_while_sixteen_callers_append(
    dsn: str, pool: Pool
) -> None:
    async def caller(plan: str, appender: Appender) -> None:
        for _ in range(20):
            now = await fold.current(PORT, pool, plan)
            assert isinstance(await appender.append(write(plan, now.version, now.last_hash)), Written)

    async def read_on(reading: Pool) -> list[int]:
        seen: list[int] = []
        while len(seen) < 16 * 20:
            seen += [entry.position for entry in await log.page(reading, seen[-1] if seen else -1)]
            await asyncio.sleep(0)
        return seen

    async with open_pool(dsn, "reader") as reading, open_pool(dsn) as other:
        positions = asyncio.create_task(read_on(reading))
        async with appending(pool) as mine, appending(other) as theirs:
            await asyncio.gather(*(caller(f"plan-{n}", mine if n % 2 else theirs) for n in range(16)))
        assert await asyncio.wait_for(positions, 10) == list(range(320))


async def test_a_decision_taken_on_an_old_version_cannot_be_appended(pool: Pool, appender: Appender) -> None:
    """Two take their decision on the same version: the barrier holds both between reading and appending."""
    both_have_read = asyncio.Barrier(2)

    async def decide(command: str) -> Written | Conflict:
        now = await fold.current(PORT, pool, "roads")
        await both_have_read.wait()
        return await appender.append(write("roads", now.version, now.last_hash, command=command))

    answers = await asyncio.gather(decide("adopt"), decide("withdraw"))
    assert sorted(type(answer).__name__ for answer in answers) == ["Conflict", "Written"]
    assert [answer for answer in answers if isinstance(answer, Conflict)] == [Conflict("roads", "version", 1)]
    assert await log.size(pool) == 1


async def test_a_decision_on_another_history_of_the_same_length_cannot_be_appended(appender: Appender) -> None:
    await append(appender, write("roads"))
    assert await appender.append(write("roads", 1, b"x" * 32)) == Conflict("roads", "version", 1)


async def test_a_decision_on_the_right_hash_but_another_version_cannot_be_appended(appender: Appender) -> None:
    first = write("roads")
    await append(appender, first)
    assert await appender.append(write("roads", 5, first.entries[0].hash)) == Conflict("roads", "version", 1)


async def test_a_command_with_an_outcome_gets_no_second_one(pool: Pool, appender: Appender) -> None:
    first = write("roads", command="c1")
    await append(appender, first)
    again = write("roads", 1, first.entries[-1].hash, command="c1")
    assert await appender.append(again) == Conflict("roads", "outcome", 1)
    assert await log.size(pool) == 1
    stood = await outcome_of(pool, "roads", "ana", "c1")
    assert stood is not None
    assert stood.outcome == first.outcomes[0]
    somebody_elses = replace(again, outcomes=[replace(again.outcomes[0], actor="bea")])
    assert isinstance(await appender.append(somebody_elses), Written)


async def test_a_write_without_entries_records_its_outcome_once(pool: Pool, appender: Appender) -> None:
    assert await appender.append(write("roads", amounts=(), command="c1")) == Written("roads", 0, None)
    assert await appender.append(write("roads", amounts=(), command="c1")) == Conflict("roads", "outcome", 0)
    assert await log.size(pool) == 0


async def test_of_two_writes_in_one_group_the_second_to_a_plan_is_a_conflict(appender: Appender) -> None:
    """A stale one before them does not take the place of the one that fits."""
    await append(appender, write("roads"))
    fits = write("parks")
    group = [write("parks", 7, b"x" * 32), fits, write("parks"), write("schools", amounts=(1, 1))]
    answers = await asyncio.gather(*(appender.append(one) for one in group))
    assert answers == [
        Conflict("parks", "version", 1), Written("parks", 1, 1), Conflict("parks", "version", 1),
        Written("schools", 2, 2),
    ]  # fmt: skip


async def test_one_bad_write_in_a_group_fails_alone(pool: Pool, appender: Appender) -> None:
    good = [write(f"plan-{number}", command="c") for number in range(5)]
    leaf = good[2].entries[0]
    wrong_hash = replace(good[2], plan="plan-2", entries=[replace(leaf, hash=b"x" * 32)])
    wrong_data = replace(good[3], entries=[replace(good[3].entries[0], data='{"amount":9,"kind":"counted"}')])
    answers = await asyncio.gather(
        *(appender.append(one) for one in (good[0], good[1], wrong_hash, wrong_data, good[4])), return_exceptions=True
    )
    assert [type(answer) for answer in answers] == [Written, Written, WriteRefused, WriteRefused, Written]
    assert [answer.rule for answer in answers if isinstance(answer, WriteRefused)] == [
        "leaf_hash_fits", "leaf_hash_fits",
    ]  # fmt: skip
    assert await log.size(pool) == 3
    assert await outcome_of(pool, "plan-2", "ana", "c") is None


@pytest.mark.parametrize(
    ("broken", "rule"),
    [
        (lambda one: replace(one, entries=[one.entries[0], one.entries[0]]), "leaf_hash_fits"),
        (lambda one: replace(one, plan="parks"), "leaf_hash_fits"),
        (lambda one: replace(one, summary={"text": "x" * 9000}), "summary_is_short"),
        (lambda one: replace(one, outcomes=[*one.outcomes, *one.outcomes]), "outcomes_pkey"),
        (lambda one: replace(one, summary={"text": "\0"}), "NotCanonical"),
        (lambda one: replace(one, outcomes=[replace(one.outcomes[0], params={"item": "\0"})]), "NotCanonical"),
        (lambda one: replace(one, handled=["many"]), "DataError"),
        (lambda one: replace(one, plan="\0"), "CharacterNotInRepertoireError"),
    ],
)
async def test_an_inconsistent_write_is_refused_without_repeating_its_content(
    pool: Pool, appender: Appender, broken: Any, rule: str
) -> None:
    with pytest.raises(WriteRefused) as refused:
        await appender.append(broken(write("roads", amounts=(4, 5), command="c1", said="Ana took it")))
    assert refused.value.rule == rule
    assert "Ana took it" not in f"{refused.value!r}{refused.value.__cause__}"
    assert await log.size(pool) == 0


async def test_a_fault_that_an_operator_can_repair_is_not_blamed_on_the_write(
    pool: Pool, superuser: Any, appender: Appender
) -> None:
    await superuser.execute("REVOKE EXECUTE ON FUNCTION ledger.append FROM rumbo_appender")
    with pytest.raises(LedgerUnavailable, match="42501"):
        await appender.append(write("roads"))
    await superuser.execute("GRANT EXECUTE ON FUNCTION ledger.append TO rumbo_appender")
    assert isinstance(await appender.append(write("roads")), Written)


async def test_writes_that_wait_when_the_appender_ends_are_still_stored(pool: Pool) -> None:
    async with appending(pool) as appender:
        waiting = [asyncio.create_task(appender.append(write(f"plan-{n}"))) for n in range(300)]
        await asyncio.sleep(0)
    assert all(isinstance(answer, Written) for answer in await asyncio.gather(*waiting))


async def test_a_caller_who_gives_up_does_not_disturb_the_others(pool: Pool, appender: Appender) -> None:
    tasks = [asyncio.create_task(appender.append(write(f"plan-{n}"))) for n in range(3)]
    await asyncio.sleep(0)
    tasks[1].cancel()
    answers = await asyncio.gather(*tasks, return_exceptions=True)
    assert [type(answer) for answer in answers] == [Written, asyncio.CancelledError, Written]


async def test_no_input_stops_the_appender_for_other_callers(appender: Appender) -> None:
    with pytest.raises(WriteRefused):
        await appender.append(replace(write("roads"), outcomes=[None]))  # type: ignore[list-item]
    assert isinstance(await appender.append(write("roads")), Written)


async def test_an_ended_appender_fails_all_waiting_callers(pool: Pool) -> None:
    async def fail_with_writes_waiting() -> None:
        async with appending(pool) as appender:
            ended.append(appender)
            waiting.extend(asyncio.create_task(appender.append(write(f"plan-{n}"))) for n in range(3))
            await asyncio.sleep(0)
            raise ZeroDivisionError

    ended: list[Appender] = []
    waiting: list[asyncio.Task[Written | Conflict]] = []
    with pytest.raises(ZeroDivisionError):
        await fail_with_writes_waiting()
    assert [type(answer) for answer in await asyncio.gather(*waiting)] == [Written] * 3
    with pytest.raises(LedgerUnavailable):
        await ended[0].append(write("roads"))

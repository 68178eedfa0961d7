"""State = fold, at any version and as of any two moments; the read model is a fold too."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from domain.port import UnknownKind
from ledger import fold, read_model
from ledger.appender import Appender, Write
from ledger.connection import Pool
from ledger.envelope import ZERO_HASH
from ledger.gateway_keys import introduce_gateway_key
from ledger.keyring import Keyring, public_bytes
from ledger.read_model import PlanRow
from ledger.system_stream import read
from tests.integration.ledger.tally import NOON, PORT, Tally, append, counted, leaves, write

DAY = timedelta(days=1)


def summary(state: Tally) -> dict[str, Any]:
    return {"total": state.total}


async def test_a_plan_is_folded_to_any_version_and_continued_from_there(pool: Pool, appender: Appender) -> None:
    one = write("roads", amounts=range(1, 1101))  # more than two pages
    await append(appender, one)
    assert (await fold.state_at(PORT, pool, "roads", version=3)).amounts == (1, 2, 3)
    now = await fold.current(PORT, pool, "roads")
    assert (now.state.total, now.version, now.last_hash) == (1100 * 1101 // 2, 1100, one.entries[-1].hash)
    part, more = await fold.fold_from(PORT, pool, "roads", None, most=700)
    assert more
    assert (part.state.total, part.version, part.last_hash) == (700 * 701 // 2, 700, one.entries[699].hash)
    assert await fold.fold_from(PORT, pool, "roads", part, most=700) == (now, False)
    await append(appender, write("roads", now.version, now.last_hash, (5,)))
    further, _ = await fold.fold_from(PORT, pool, "roads", now)
    assert further.state.total == now.state.total + 5
    assert await fold.current(PORT, pool, "nothing") == fold.Folded(Tally(), 0, ZERO_HASH)


async def test_as_of_selects_by_both_clocks_and_keeps_stream_order(pool: Pool, appender: Appender) -> None:
    entries = [
        counted("roads", 1, 1, effective=0 * DAY, recorded=0 * DAY),
        counted("roads", 2, 2, effective=5 * DAY, recorded=6 * DAY),
        counted("roads", 3, 4, effective=1 * DAY, recorded=7 * DAY),  # told late
    ]
    await append(appender, Write(plan="roads", expected_version=0, prev=ZERO_HASH, entries=leaves(entries)))

    async def as_of(effective: int | None, recorded: int | None) -> tuple[int, ...]:
        state = await fold.state_at(
            PORT, pool, "roads",
            effective=None if effective is None else NOON + effective * DAY,
            recorded=None if recorded is None else NOON + recorded * DAY,
        )  # fmt: skip
        return state.amounts

    assert await as_of(None, None) == (1, 2, 4)
    assert await as_of(2, None) == (1, 4)
    assert await as_of(2, 6) == (1,)
    assert await as_of(5, 6) == (1, 2)
    assert await as_of(-1, None) == ()


async def test_the_read_model_is_written_with_the_append(pool: Pool, appender: Appender) -> None:
    one = write("roads", summary={"total": 1})
    await append(appender, one)
    await append(appender, write("parks", summary={"total": 1}))
    await append(appender, write("roads", 1, one.entries[0].hash, summary={"total": 2}))
    await appender.append(write("roads", 1, one.entries[0].hash, summary={"total": 99}))
    assert await read_model.plan_rows(pool) == [PlanRow("parks", 1, {"total": 1}), PlanRow("roads", 2, {"total": 2})]
    assert await read_model.plan_rows(pool, after="parks", limit=1) == [PlanRow("roads", 2, {"total": 2})]


async def test_rebuilding_gives_the_same_rows_and_removes_rows_without_a_stream(
    pool: Pool, appender: Appender, superuser: Any, keyring: Keyring
) -> None:
    await introduce_gateway_key(pool, appender, public_bytes(keyring.gateway_key()), NOON)
    for number in range(7):
        await append(
            appender, write(f"plan-{number}", amounts=range(number + 1), summary={"total": sum(range(number + 1))})
        )
    before = await read_model.plan_rows(pool)
    await superuser.execute(
        """DELETE FROM ledger.plans WHERE plan > 'plan-3';
           UPDATE ledger.plans SET summary = '{"total":-1}', version = 77;
           INSERT INTO ledger.plans (plan, version, summary) VALUES ('ghost', 1, '{}')"""
    )
    assert await read_model.rebuild(pool, PORT, summary, batch=3) == 7
    assert await read_model.plan_rows(pool) == before


async def test_rebuilding_while_others_append_never_puts_an_old_row_over_a_new_one(
    pool: Pool, appender: Appender
) -> None:
    async def keep_counting() -> None:
        for _ in range(40):
            now = await fold.current(PORT, pool, "roads")
            total = now.state.total + 1
            await append(appender, write("roads", now.version, now.last_hash, summary={"total": total}))

    counting = asyncio.create_task(keep_counting())
    while not counting.done():
        await read_model.rebuild(pool, PORT, summary)
    await counting
    assert await read_model.plan_rows(pool) == [PlanRow("roads", 40, {"total": 40})]


async def test_a_row_folded_at_an_old_version_is_left_out(pool: Pool, appender: Appender) -> None:
    await append(appender, write("roads", amounts=(1, 1), summary={"total": 2}))
    await pool.execute("""SELECT ledger.rebuild('{roads}', '{1}', ARRAY['{"total":1}'::json])""")
    assert await read_model.plan_rows(pool) == [PlanRow("roads", 2, {"total": 2})]


def test_an_unknown_event_of_the_system_stream_is_reported_as_unknown() -> None:
    with pytest.raises(UnknownKind):
        read("gateway_key_renamed", 1, "{}")
    with pytest.raises(UnknownKind):
        read("gateway_key_retired", 2, "{}")

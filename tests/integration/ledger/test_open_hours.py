"""When the door was open is written down once an hour, while it is, and by nobody who could accept nothing."""

from datetime import timedelta
from typing import Any

import asyncpg
import pytest

from ledger.connection import Pool
from ledger.identity import establish
from ledger.open_hours import OpenHours, mark


async def test_an_hour_is_recorded_once_however_often_it_is_marked(pool: Pool) -> None:
    begun = await pool.fetchval("SELECT date_trunc('hour', clock_timestamp(), 'UTC')")
    for _ in range(3):
        await mark(pool)
    hours = list(await OpenHours(pool).known())
    assert hours[0] >= begun
    assert len(hours) == len(set(hours)) <= 2  # the hour may have ended in between


async def test_new_hours_are_found_without_reading_old_ones_again(pool: Pool, superuser: Any) -> None:
    door = OpenHours(pool)
    assert list(await door.known()) == []
    await mark(pool)
    first = list(await door.known())
    await superuser.execute("DELETE FROM ledger.open_hours")
    await superuser.execute("INSERT INTO ledger.open_hours VALUES ($1)", first[-1] + timedelta(hours=5))
    assert list(await door.known()) == [*first, first[-1] + timedelta(hours=5)]


async def test_a_recorded_hour_starts_on_the_hour(superuser: Any) -> None:
    with pytest.raises(asyncpg.CheckViolationError):
        await superuser.execute("INSERT INTO ledger.open_hours VALUES ('2027-03-01T12:30:00Z')")


async def test_a_forked_ledger_records_no_availability(pool: Pool, superuser: Any) -> None:
    await establish(pool, "plans.example/ledger", "live")
    await superuser.execute(
        "INSERT INTO ledger.forks (origin, size, root, found) VALUES ('plans.example/ledger', 1, '\\x00', 0)"
    )
    with pytest.raises(asyncpg.ObjectNotInPrerequisiteStateError):
        await mark(pool)


async def test_a_recorded_hour_cannot_be_removed(pool: Pool) -> None:
    await mark(pool)
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await pool.execute("DELETE FROM ledger.open_hours")


async def test_an_hour_from_a_clock_ahead_does_not_hide_hours_recorded_later(pool: Pool, superuser: Any) -> None:
    door = OpenHours(pool)
    for ahead in ("30 days", "1 hour", "2 hours"):
        await superuser.execute(
            "INSERT INTO ledger.open_hours VALUES (date_trunc('hour', now() + $1::text::interval, 'UTC'))", ahead
        )
        assert list(await door.known()) == list(await OpenHours(pool).known())

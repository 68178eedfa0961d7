"""What the database itself holds against programs, operators and accidents."""

import asyncio
from typing import Any

import asyncpg
import pytest

from ledger import log
from ledger.appender import Appender, LedgerUnavailable, Written, appending
from ledger.clock import database_time
from ledger.connection import Pool, open_pool
from ledger.envelope import ZERO_HASH, digest, entry_hash
from tests.integration.ledger.tally import append, write

LOCKS_AND_WRITES = (
    "SELECT pg_advisory_lock(1)",
    "SELECT pg_advisory_lock_shared(1, 2)",
    "SELECT pg_try_advisory_lock(1)",
    "SELECT pg_advisory_xact_lock(1)",
    "SELECT pg_try_advisory_xact_lock_shared(1)",
    "SELECT ledger.take_append_lock()",
    "INSERT INTO ledger.events (position) VALUES (0)",
    "DELETE FROM ledger.streams",
    "UPDATE ledger.head SET size = 0",
    "UPDATE ledger.journal SET body = NULL",
    "DELETE FROM ledger.sealed",
    "ALTER TABLE ledger.events DISABLE TRIGGER append_only",
)
NOT_FOR_AUDITORS = (
    "SELECT ledger.append('{}')",
    "SELECT ledger.prune()",
    "SELECT ledger.erase('x', 'y', 'z')",
    "INSERT INTO ledger.identity (origin, mode) VALUES ('x', 'live')",
    "SELECT * FROM ledger.sealed",
    "SELECT body FROM ledger.journal",
    "SELECT salt FROM ledger.journal",
    "SELECT * FROM ledger.tokens",
    "SELECT * FROM ledger.people",
)


@pytest.mark.parametrize("table", ["events", "outcomes"])
async def test_recorded_entries_cannot_be_changed_or_removed_even_by_a_superuser(
    appender: Appender, superuser: Any, table: str
) -> None:
    await append(appender, write("roads", command="c1"))
    for change in ("UPDATE ledger.{} SET plan = 'x'", "DELETE FROM ledger.{}", "TRUNCATE ledger.{}"):
        with pytest.raises(asyncpg.InsufficientPrivilegeError, match="append-only"):
            await superuser.execute(change.format(table))


@pytest.mark.parametrize("role", ["appender", "reader"])
async def test_no_program_may_take_the_lock_or_write_past_the_function(dsn: str, role: Any) -> None:
    async with open_pool(dsn, role) as pool, pool.acquire() as connection:
        await connection.execute("SET default_transaction_read_only = off")  # a courtesy, not the guard
        for statement in LOCKS_AND_WRITES:
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await connection.execute(statement)


async def test_the_auditor_reads_the_record_and_nothing_else(dsn: str) -> None:
    async with open_pool(dsn, "reader") as pool, pool.acquire() as connection:
        await connection.execute("SET default_transaction_read_only = off")
        for statement in NOT_FOR_AUDITORS:
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await connection.execute(statement)
        assert await connection.fetch("SELECT * FROM ledger.events") == []
        assert await connection.fetch("SELECT commitment, signature FROM ledger.journal") == []


async def test_a_client_that_freezes_with_the_lock_stops_the_others_only_for_a_while(dsn: str, pool: Pool) -> None:
    async with open_pool(dsn) as freezing, freezing.acquire() as frozen:
        assert await frozen.fetchval("SHOW transaction_timeout") == "5s"
        await frozen.execute("SET transaction_timeout = '1s'")
        await frozen.execute("BEGIN; SELECT ledger.append('{}')")
        async with appending(pool) as appender:
            started = asyncio.get_running_loop().time()
            assert isinstance(await appender.append(write("roads")), Written)
            assert 0.5 < asyncio.get_running_loop().time() - started < 3


async def test_a_write_that_waits_too_long_for_the_lock_can_be_retried(pool: Pool, superuser: Any) -> None:
    async with superuser.transaction():
        await superuser.execute("SELECT ledger.take_append_lock()")
        async with pool.acquire() as connection, appending(_Only(connection)) as appender:  # type: ignore[arg-type]
            await connection.execute("SET transaction_timeout = '200ms'")
            with pytest.raises(LedgerUnavailable):
                await appender.append(write("roads"))
    assert await log.size(pool) == 0


class _Only:
    """A pool of one given connection."""

    def __init__(self, connection: Any) -> None:
        self.fetch = connection.fetch


async def test_after_a_server_restart_the_appender_works_again(pool: Pool, appender: Appender, superuser: Any) -> None:
    await append(appender, write("roads"))
    await superuser.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE 'rumbo%'"
    )
    answers = [
        await asyncio.gather(appender.append(write(f"plan-{turn}")), return_exceptions=True) for turn in range(12)
    ]
    assert {type(answer) for (answer,) in answers} <= {Written, LedgerUnavailable}
    assert isinstance(answers[-1][0], Written)


async def test_a_stale_snapshot_cannot_append(pool: Pool) -> None:
    async with pool.acquire() as connection:
        with pytest.raises(asyncpg.InvalidTransactionStateError):
            async with connection.transaction(isolation="repeatable_read"):
                await connection.fetch("SELECT ledger.append('{}')")


@pytest.mark.parametrize("data", ['{"kind":"counted","said":"\\u0000"}', '{"kind":"counted","\\ud800":1}'])
async def test_the_table_itself_refuses_nul_and_half_surrogates(superuser: Any, data: str) -> None:
    envelope, said = '{"id":"i","kind":"k"}', bytes(16) + data.encode()
    with pytest.raises(
        asyncpg.UntranslatableCharacterError if "0000" in data else asyncpg.InvalidTextRepresentationError
    ):
        await superuser.execute(
            """INSERT INTO ledger.events (position, plan, version, envelope, data, salt, prev, leaf_hash)
               VALUES (0, 'p', 1, $1, $2, $3, $4, $5)""",
            envelope, data, bytes(16), ZERO_HASH,
            entry_hash("p", 1, ZERO_HASH, digest(envelope.encode()), digest(said)),
        )  # fmt: skip


async def test_database_time_is_in_utc(pool: Pool) -> None:
    assert (await database_time(pool)).utcoffset() is not None

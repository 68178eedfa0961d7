"""The sealer signs extensions of what it signed, whatever becomes of the database, and otherwise stops everything."""

import asyncio
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from audit import tree
from audit.checkpoint import log_key
from audit.log_folder import LogFolder
from audit.merkle import consistency, consistent, inclusion
from audit.sealer import Sealer
from audit.verify import Checkpoint, CompactRange, included, parse_checkpoint, signers
from ledger import log
from ledger.appender import Appender, LogIsForked
from ledger.connection import Pool, open_pool
from ledger.keyring import UnusableKey
from tests.integration.audit.conftest import ORIGIN
from tests.integration.ledger.tally import append, write


async def sealed(sealer: Sealer) -> Checkpoint:
    note = await sealer.seal()
    assert note
    return parse_checkpoint(note)


async def grow(appender: Appender, plan: str, by: int) -> None:
    """A plan of its own with so many entries."""
    await append(appender, write(plan, amounts=(1,) * by))


async def test_new_entries_are_signed_by_the_logs_key(
    pool: Pool, appender: Appender, sealer: Sealer, folder: LogFolder
) -> None:
    assert await sealer.seal() is None, "there is nothing to sign yet"
    await grow(appender, "roads", 3)
    first = await sealed(sealer)
    assert (first.origin, first.size) == (ORIGIN, 3)
    assert signers(first, [log_key(ORIGIN, folder.key())])
    assert await sealed(sealer) == first, "nothing new, nothing signed"
    await grow(appender, "parks", 2)
    second = await sealed(sealer)
    assert second.size == 5
    kept = await pool.fetch("SELECT note FROM ledger.checkpoints ORDER BY size")
    assert [parse_checkpoint(row["note"].encode()) for row in kept] == [first, second]


async def test_the_stored_tree_equals_the_tree_of_the_leaves_in_whatever_steps_it_grew(
    pool: Pool, appender: Appender, sealer: Sealer
) -> None:
    """Past 256 and 512 leaves, in steps that end before, on and after the edge of a tile."""
    sizes = []
    for number, step in enumerate((1, 254, 1, 1, 255, 3, 300)):
        await grow(appender, f"plan-{number}", step)
        checkpoint = await sealed(sealer)
        sizes.append(checkpoint)
    leaves = await tree.hashes(pool, 0, 0, sizes[-1].size)
    grown = CompactRange()
    for checkpoint in sizes:
        for leaf in leaves[grown.size : checkpoint.size]:
            grown.append(leaf)
        assert grown.root() == checkpoint.root
    for old in sizes[:-1]:
        proof = await tree.roots(pool, consistency(old.size, sizes[-1].size))
        assert consistent(old.size, sizes[-1].size, old.root, sizes[-1].root, proof)
    for index in (0, 255, 256, 511, 700, sizes[-1].size - 1):
        path = await tree.roots(pool, inclusion(index, sizes[-1].size))
        assert included(leaves[index], index, sizes[-1].size, path, sizes[-1].root)
    assert await pool.fetchval("SELECT count(*) FROM ledger.tree") == sizes[-1].size // 256


async def test_two_sealers_at_once_sign_one_history(
    dsn: str, appender: Appender, sealer: Sealer, sealers: Pool, folder: LogFolder, pool: Pool
) -> None:
    other = Sealer(sealers, folder)
    for number in range(8):
        await grow(appender, f"plan-{number}", 40)
        await asyncio.gather(sealer.seal(), other.seal())
    last = await sealed(sealer)
    rows = await pool.fetch("SELECT note FROM ledger.checkpoints ORDER BY size")
    for old in (parse_checkpoint(row["note"].encode()) for row in rows):
        proof = await tree.roots(pool, consistency(old.size, last.size))
        assert consistent(old.size, last.size, old.root, last.root, proof)


async def test_a_checkpoint_that_was_kept_but_not_published_is_published_by_the_next(
    appender: Appender, sealer: Sealer, superuser: Any
) -> None:
    """As after a crash between the two."""
    await grow(appender, "roads", 3)
    first = await sealed(sealer)
    await superuser.execute("SET session_replication_role = replica; DELETE FROM ledger.checkpoints")
    assert await sealed(sealer) == first
    assert await superuser.fetchval("SELECT count(*) FROM ledger.checkpoints") == 1


ATTACKS = {
    "a restored backup": "DELETE FROM ledger.events WHERE position >= 4; UPDATE ledger.head SET size = 4",
    "an older backup, filled up again": "UPDATE ledger.events SET leaf_hash = sha256(leaf_hash) WHERE position >= 4",
    "an entry taken away": "DELETE FROM ledger.events WHERE position = 2",
}


@pytest.mark.parametrize("attack", ATTACKS)
async def test_a_ledger_that_does_not_extend_its_checkpoint_is_not_signed_and_refuses_writes(
    appender: Appender, sealer: Sealer, superuser: Any, folder: LogFolder, attack: str
) -> None:
    await grow(appender, "roads", 6)
    first = await sealed(sealer)
    await superuser.execute(
        "SET session_replication_role = replica; ALTER TABLE ledger.events DROP CONSTRAINT leaf_hash_fits"
    )
    await superuser.execute(ATTACKS[attack])
    with pytest.raises(LogIsForked):
        await sealer.seal()
    assert folder.last(ORIGIN) == first
    with pytest.raises(LogIsForked):
        await grow(appender, "parks", 1)
    row = await superuser.fetchrow("SELECT origin, size, root FROM ledger.forks")
    assert tuple(row) == (ORIGIN, 6, first.root)


async def test_a_change_deep_in_the_past_is_found_by_checking_the_whole_log(
    appender: Appender, sealer: Sealer, superuser: Any
) -> None:
    """Where every hash in the tables was left as it was, and only what the entry says was changed."""
    await grow(appender, "roads", 300)
    await sealed(sealer)
    await sealer.check_whole()
    await superuser.execute(
        """SET session_replication_role = replica;
           ALTER TABLE ledger.events DROP CONSTRAINT leaf_hash_fits;
           UPDATE ledger.events SET envelope = replace(envelope::text, '"treasury"', '"ministry"')::json
             WHERE position = 7"""
    )
    await sealer.check()
    with pytest.raises(LogIsForked):
        await sealer.check_whole()


async def test_a_log_with_missing_entries_is_not_signed(appender: Appender, sealer: Sealer, superuser: Any) -> None:
    await grow(appender, "roads", 6)
    await sealed(sealer)
    await superuser.execute("UPDATE ledger.head SET size = 9")
    with pytest.raises(LogIsForked):
        await sealer.seal()


async def test_an_unreadable_last_checkpoint_stops_the_sealer(
    appender: Appender, sealer: Sealer, tmp_path: Path
) -> None:
    """Forgetting what was signed would mean signing anything."""
    await grow(appender, "roads", 1)
    await sealed(sealer)
    [kept] = (tmp_path / "keyring" / "log" / "signed").iterdir()
    kept.write_text("lost")
    with pytest.raises(UnusableKey):
        await sealer.seal()


SEALER_MAY_NOT = (
    "SELECT ledger.append('{}')",
    "SELECT * FROM ledger.sealed",
    "SELECT * FROM ledger.journal",
    "SELECT * FROM ledger.people",
    "DELETE FROM ledger.checkpoints",
    "UPDATE ledger.identity SET origin = 'x'",
    "DELETE FROM ledger.tree",
)


async def test_the_sealers_database_role_may_only_sign(sealers: Pool) -> None:
    async with sealers.acquire() as connection:
        for statement in SEALER_MAY_NOT:
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await connection.execute(statement)


@pytest.mark.parametrize("role", ["appender", "reader"])
async def test_no_other_database_role_may_publish_a_checkpoint(dsn: str, pool: Pool, role: Any) -> None:
    async with open_pool(dsn, role) as other, other.acquire() as connection:
        await connection.execute("SET default_transaction_read_only = off")
        for statement in (
            "INSERT INTO ledger.checkpoints (origin, size, note) VALUES ('x', 1, 'y')",
            "INSERT INTO ledger.tree VALUES (1, 1, '\\x00')",
            "INSERT INTO ledger.forks (origin, size, root, found) VALUES ('x', 1, '\\x00', 1)",
            "SELECT ledger.go_on_as('x')",
        ):
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await connection.execute(statement)
        assert await log.size(other) == 0


@pytest.mark.parametrize("table", ["checkpoints", "forks"])
async def test_published_checkpoints_cannot_be_changed_or_removed_even_by_a_superuser(
    appender: Appender, sealer: Sealer, superuser: Any, table: str
) -> None:
    await grow(appender, "roads", 1)
    await sealed(sealer)
    for change in ("UPDATE ledger.{} SET origin = 'x'", "DELETE FROM ledger.{}", "TRUNCATE ledger.{} CASCADE"):
        with pytest.raises(asyncpg.InsufficientPrivilegeError, match="append-only"):
            await superuser.execute(change.format(table))


class Counting:
    """A pool that counts the rows it is asked for."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self.rows = 0

    async def fetch(self, *asked: Any) -> Any:
        found = await self._pool.fetch(*asked)
        self.rows += len(found)
        return found

    def __getattr__(self, name: str) -> Any:
        return getattr(self._pool, name)


async def test_sealing_and_proving_read_few_rows_however_long_the_log_is(
    pool: Pool, appender: Appender, sealers: Pool, folder: LogFolder
) -> None:
    """At most two tiles a level, however many lie before them."""
    counting = Counting(sealers)
    sealer = Sealer(counting, folder)  # type: ignore[arg-type]
    most = []
    for number in range(8):
        await grow(appender, f"plan-{number}", 511)
        await sealed(sealer)
        await grow(appender, f"one-{number}", 1)
        counting.rows = 0
        size = (await sealed(sealer)).size
        read = [counting.rows]
        for index in (0, size // 2, size - 1):
            counting.rows = 0
            await tree.inclusion_path(counting, index, size)  # type: ignore[arg-type]
            read.append(counting.rows)
        counting.rows = 0
        await tree.consistency_proof(counting, size // 3, size)  # type: ignore[arg-type]
        most.append(max(*read, counting.rows))
    assert size == 8 * 512
    assert max(most) <= 2 * 256 + 2 * 16

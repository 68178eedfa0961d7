"""A database comes to its shape once, whoever tries, and tells when the files no longer say what it went through."""

import asyncio
import shutil
import subprocess
import sys
from pathlib import Path

import asyncpg
import pytest

import ledger.migrate
from ledger.connection import open_pool
from ledger.identity import Identity, OtherLedger, establish, identify
from ledger.migrate import MigrationRefused, migrate, migrations, raise_reader
from settings import Settings


@pytest.fixture
def files(tmp_path: Path) -> Path:
    return Path(shutil.copytree(Path(ledger.migrate.__file__).with_name("migrations"), tmp_path / "migrations"))


async def test_of_eight_concurrent_migrations_exactly_one_applies(empty_database: str) -> None:
    applied = await asyncio.gather(*(migrate(empty_database) for _ in range(8)))
    assert sorted(map(len, applied)) == [0] * 7 + [len(migrations())]


async def test_an_edited_migration_is_refused(empty_database: str, files: Path) -> None:
    await migrate(empty_database, files)
    edited = files / "0001_ledger.sql"
    edited.write_text(edited.read_text() + "\n-- never mind\n")
    with pytest.raises(MigrationRefused, match=r"0001_ledger\.sql is not what was applied"):
        await migrate(empty_database, files)


async def test_a_migration_that_fails_leaves_nothing_behind(empty_database: str, files: Path) -> None:
    number = len(migrations()) + 1
    (files / f"{number:04}_half.sql").write_text("CREATE TABLE ledger.half (one int); SELECT 1 / 0;")
    with pytest.raises(asyncpg.DivisionByZeroError):
        await migrate(empty_database, files)
    assert await migrate(empty_database) == []
    connection = await asyncpg.connect(empty_database)
    assert await connection.fetchval("SELECT to_regclass('ledger.half')") is None
    await connection.close()


async def test_an_older_program_refuses_a_newer_database(empty_database: str, files: Path) -> None:
    await migrate(empty_database)
    (files / migrations()[-1].name).unlink()
    with pytest.raises(MigrationRefused, match="Run a newer program"):
        await migrate(empty_database, files)


def test_a_missing_migration_is_named_as_a_fault(files: Path) -> None:
    (files / "0001_ledger.sql").unlink()
    with pytest.raises(MigrationRefused, match="without a gap"):
        migrations(files)


async def test_the_command_migrates_the_database_in_the_settings(empty_database: str) -> None:
    command = [sys.executable, "-m", "ledger.migrate"]
    environment = Settings(database_url=empty_database).environment()
    done = await asyncio.to_thread(subprocess.run, command, env=environment, capture_output=True, check=False)
    assert (done.returncode, done.stderr) == (0, b"")
    assert await migrate(empty_database) == []


async def test_a_ledger_keeps_its_first_origin(dsn: str) -> None:
    async with open_pool(dsn) as pool:
        named = await asyncio.gather(*(establish(pool, "plans.example/ledger", "live") for _ in range(4)))
        assert named == [Identity("plans.example/ledger", 1, "live")] * 4
        with pytest.raises(OtherLedger, match=r"holds the live ledger plans\.example/ledger"):
            await establish(pool, "plans.example/ledger", "rehearsal")


async def test_raising_the_reader_is_never_undone(empty_database: str) -> None:
    await migrate(empty_database)
    async with open_pool(empty_database) as pool:
        await establish(pool, "plans.example/ledger", "live")
        for raised, wanted in ((3, 3), (2, 3), (4, 4)):
            await raise_reader(empty_database, raised)
            found = await identify(pool)
            assert found is not None
            assert found.min_reader == wanted

"""Migrates a database to the present ledger schema: numbered SQL files, each applied once, in order.

    python -m ledger.migrate [--raise-reader]

With ``--raise-reader`` the ledger lets in no older program from then on, and this one may write entries that older ones
cannot read. Use it when no older program runs any more.

Each file is one transaction. If several processes migrate at once, one applies the files and the others find them
applied. An applied file must not change: a database whose recorded hash differs from the file is refused.
"""

import asyncio
import hashlib
import os
import re
import sys
from dataclasses import dataclass
from importlib import resources
from importlib.resources.abc import Traversable
from typing import Any, Final

import asyncpg

_NAME: Final = re.compile(r"(\d{4})_\w+\.sql")
_UNREACHABLE: Final = (
    OSError,
    asyncpg.InterfaceError,  # includes an invalid address
    asyncpg.PostgresConnectionError,
    asyncpg.CannotConnectNowError,
    asyncpg.InvalidAuthorizationSpecificationError,
    asyncpg.InvalidCatalogNameError,
)
_LOCK: Final = int.from_bytes(b"migrate", "big")


class MigrationRefused(Exception):
    """The files do not match the migrations applied to the database. Nothing was changed."""

    code = "migration_refused"


@dataclass(frozen=True, slots=True)
class Migration:
    number: int
    name: str
    sql: str

    @property
    def sha256(self) -> bytes:
        return hashlib.sha256(self.sql.encode()).digest()


def migrations(folder: Traversable | None = None) -> list[Migration]:
    """The migration files, in order. Raises `MigrationRefused` unless they are numbered 1, 2, 3, …"""
    folder = folder or resources.files("ledger") / "migrations"
    found = sorted(
        (Migration(int(match[1]), one.name, one.read_text(encoding="utf-8"))
         for one in folder.iterdir() if (match := _NAME.fullmatch(one.name))),
        key=lambda migration: migration.number,
    )  # fmt: skip
    if [one.number for one in found] != list(range(1, len(found) + 1)):
        raise MigrationRefused("The migrations are not numbered 0001, 0002, … without a gap. Restore the missing file.")
    return found


async def migrate(dsn: str, folder: Traversable | None = None) -> list[str]:
    """Apply the missing files; returns their names. Raises `MigrationRefused`, or asyncpg's error if the SQL fails."""
    known = migrations(folder)
    connection = await asyncpg.connect(dsn)
    try:
        # A session lock: Postgres releases it if this process dies.
        await connection.execute("SELECT pg_advisory_lock($1)", _LOCK)
        applied = await _applied(connection)
        for one in known[: len(applied)]:
            if applied[one.number] != one.sha256:
                raise MigrationRefused(
                    f"{one.name} is not what was applied to this database. "
                    "Restore the file as it was and put the change into a new migration."
                )
        if len(applied) > len(known):
            raise MigrationRefused(
                f"The database is at migration {len(applied)}, this program knows {len(known)}. Run a newer program."
            )
        missing = known[len(applied) :]
        for one in missing:
            async with connection.transaction():
                await connection.execute(one.sql)
                await connection.execute("RESET ROLE")
                await connection.execute(
                    "INSERT INTO ledger.migrations (number, name, sha256) VALUES ($1, $2, $3)",
                    one.number, one.name, one.sha256,
                )  # fmt: skip
        return [one.name for one in missing]
    finally:
        await connection.close()


async def raise_reader(dsn: str, reader: int) -> None:
    """Let in no reader older than ``reader`` from now on. Never lowers the limit."""
    connection = await asyncpg.connect(dsn)
    try:
        await connection.execute("UPDATE ledger.identity SET min_reader = greatest(min_reader, $1)", reader)
    finally:
        await connection.close()


async def _applied(connection: Any) -> dict[int, bytes]:
    await connection.execute(
        """SET client_min_messages = warning;
           CREATE SCHEMA IF NOT EXISTS ledger;
           CREATE TABLE IF NOT EXISTS ledger.migrations (
             number int PRIMARY KEY, name text NOT NULL, sha256 bytea NOT NULL,
             applied_at timestamptz NOT NULL DEFAULT clock_timestamp())"""
    )
    return {
        row["number"]: row["sha256"] for row in await connection.fetch("SELECT number, sha256 FROM ledger.migrations")
    }


def main() -> int:
    """Migrate the database that the settings name. Exits with 75 (EX_TEMPFAIL in sysexits.h) if it is unreachable."""
    # Imported here, so that callers with their own URL load this module quickly.
    from domain.kernel.upcast import READER  # noqa: PLC0415
    from settings import Settings  # noqa: PLC0415

    url = Settings().database_url
    try:
        asyncio.run(migrate(url))
        if "--raise-reader" in sys.argv[1:]:
            asyncio.run(raise_reader(url, READER))
    except MigrationRefused as refused:
        sys.stderr.write(f"{refused}\n")
        return 1
    except _UNREACHABLE as error:
        sys.stderr.write(f"The database that RUMBO_DATABASE_URL names cannot be reached: {error}\n")
        return os.EX_TEMPFAIL
    return 0


if __name__ == "__main__":
    raise SystemExit(main())

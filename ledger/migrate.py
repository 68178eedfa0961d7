"""Brings a database to the present shape of the ledger: numbered SQL files, each applied once, in order, for ever.

    python -m ledger.migrate [--raise-reader]

With ``--raise-reader`` the ledger then lets in no program older than this one, which may from there on write entries
that older ones cannot read: to be said once none of them is left.

Each file is one transaction. Of several runners at once one applies, the others find it done. A file that was edited
after it was applied is refused: what a database went through must be what the files say.
"""

import asyncio
import hashlib
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
    asyncpg.InterfaceError,  # an address that makes no sense among them
    asyncpg.PostgresConnectionError,
    asyncpg.CannotConnectNowError,
    asyncpg.InvalidAuthorizationSpecificationError,
    asyncpg.InvalidCatalogNameError,
)
_LOCK: Final = int.from_bytes(b"migrate", "big")


class MigrationRefused(Exception):
    """The files do not fit what the database went through. Nothing was changed."""

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
    """The files, in order. Raises `MigrationRefused` unless they are numbered 1, 2, 3, …"""
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
    """Applies what is missing; returns its names. Raises `MigrationRefused`, or asyncpg's error for SQL that fails."""
    known = migrations(folder)
    connection = await asyncpg.connect(dsn)
    try:
        # Held by the session, so that a runner that dies lets go of it.
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
    """Let no older reader into the ledger from now on; never let one in again that was kept out."""
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
    """Migrates the database that the settings name; EX_TEMPFAIL of sysexits.h where it cannot be reached."""
    # The rest of the module is for those who bring their own URL, and quick to load.
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
        return 75
    return 0


if __name__ == "__main__":
    raise SystemExit(main())

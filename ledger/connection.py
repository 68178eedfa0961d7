"""Connections to the ledger, each in the database role that its work needs.

A program signs in as whoever its URL names and works as ``rumbo_appender``, ``rumbo_sealer`` or ``rumbo_auditor``.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final, Literal

import asyncpg

DatabaseRole = Literal["appender", "sealer", "reader"]

_ROLES: Final[dict[DatabaseRole, str]] = {
    "appender": "rumbo_appender",
    "sealer": "rumbo_sealer",
    "reader": "rumbo_auditor",
}

TRANSACTION_TIMEOUT: Final = "5s"
"""A writer that takes longer is cut off by Postgres: a frozen client must not hold the append lock."""

COMMAND_TIMEOUT: Final = 8.0
"""Seconds after which a writer gives up on an answer. Postgres has cut it off by then, so the connection is dead, and a
server that vanished without a word would be waited for by everybody, for ever."""

CLOSE_TIMEOUT: Final = 3.0
"""Seconds that a pool may take to part from its server before it hangs up."""

Pool = asyncpg.Pool

Queryable = asyncpg.Pool | asyncpg.pool.PoolConnectionProxy
"""Who is asked: a pool, or one connection of it by who has more to ask and must not queue in between."""

_PASSING: Final = {"08", "25", "40", "53", "55", "57", "58"}
"""SQLSTATE classes: connections, transaction state (a timeout), rollbacks, resources, locks, operators, the system."""


class UnresetConnection(asyncpg.Connection):
    """A connection that a pool takes back as it is.

    asyncpg would ask Postgres each time to forget what a session can keep: as many round trips again as there are
    queries. Ours keep nothing: no setting is made, no advisory lock may be taken, whoever listens stops by itself,
    and a transaction is ended by its block.
    """

    def get_reset_query(self) -> str:
        return ""


def is_transient(error: BaseException) -> bool:
    """Whether the same thing may well succeed later: the fault lies with the connection or the server's day."""
    if isinstance(error, asyncpg.PostgresError):
        return (error.sqlstate or "")[:2] in _PASSING
    if isinstance(error, asyncpg.DataError):  # a value that does not fit its type: to asyncpg an interface error
        return False
    # An internal error is what asyncpg says when the server ends the session between two messages of one call.
    return isinstance(error, OSError | asyncpg.InterfaceError | asyncpg.InternalClientError)


@asynccontextmanager
async def open_pool(dsn: str, role: DatabaseRole = "appender", *, max_size: int = 8) -> AsyncIterator[Pool]:
    """A pool of connections: ``appender`` may append, journal and keep the gateway's tables, ``sealer`` writes
    what the log signs, ``reader`` only reads.

    It is closed at the end, whatever has become of the server: nobody who stops waits for one that is gone.
    READ COMMITTED: what is checked under the append lock must be what is there, not what was there before the wait.
    """
    settings = {
        "role": _ROLES[role],
        "application_name": f"rumbo {role}",
        "default_transaction_isolation": "read committed",
        "timezone": "UTC",
    }
    if role == "reader":
        settings["default_transaction_read_only"] = "on"
    else:
        settings["transaction_timeout"] = TRANSACTION_TIMEOUT
    pool = await asyncpg.create_pool(
        dsn,
        min_size=1,
        max_size=max_size,
        server_settings=settings,
        connection_class=UnresetConnection,
        command_timeout=None if role == "reader" else COMMAND_TIMEOUT,
    )
    try:
        yield pool
    finally:
        await _part_from(pool)


async def _part_from(pool: Pool) -> None:
    """A connection that the server ended between two messages may never answer a goodbye, or break when it is said."""
    try:
        async with asyncio.timeout(CLOSE_TIMEOUT):
            await pool.close()
    except Exception as error:
        if not is_transient(error):  # TimeoutError is an OSError
            raise
    finally:
        pool.terminate()

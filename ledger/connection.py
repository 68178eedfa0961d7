"""Connections to the ledger, each with the database role that its work needs.

A program signs in as the user in its URL and then works as ``rumbo_appender``, ``rumbo_sealer`` or ``rumbo_auditor``.
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
"""Postgres ends a longer write transaction, so that a frozen client cannot hold the append lock."""

COMMAND_TIMEOUT: Final = 8.0
"""Seconds that a writer waits for an answer. By then `TRANSACTION_TIMEOUT` has ended the transaction, so the connection
is dead. Without this limit all callers would wait for ever on a server that vanished without closing its socket."""

CLOSE_TIMEOUT: Final = 3.0
"""Seconds that a pool may take to close its connections before they are terminated."""

Pool = asyncpg.Pool

Queryable = asyncpg.Pool | asyncpg.pool.PoolConnectionProxy
"""A pool, or one connection of it for several queries in a row that must not queue in between."""

_TRANSIENT: Final = {"08", "25", "40", "53", "55", "57", "58"}
"""SQLSTATE classes: connections, transaction state (a timeout), rollbacks, resources, locks, operators, the system."""


class UnresetConnection(asyncpg.Connection):
    """A connection that returns to its pool without a reset query.

    asyncpg's reset costs one more round trip for each query. Our sessions keep no state to reset: they change no
    setting, may take no session advisory lock, remove their own listeners, and end each transaction by its block.
    """

    def get_reset_query(self) -> str:
        return ""


def is_transient(error: BaseException) -> bool:
    """Whether a retry may succeed: the cause is the connection or the present condition of the server."""
    if isinstance(error, asyncpg.PostgresError):
        return (error.sqlstate or "")[:2] in _TRANSIENT
    if isinstance(
        error, asyncpg.DataError
    ):  # a value that does not fit its type; asyncpg derives it from InterfaceError
        return False
    # asyncpg raises an internal error if the server ends the session between two messages of one call.
    return isinstance(error, OSError | asyncpg.InterfaceError | asyncpg.InternalClientError)


@asynccontextmanager
async def open_pool(dsn: str, role: DatabaseRole = "appender", *, max_size: int = 8) -> AsyncIterator[Pool]:
    """A pool of connections. ``appender`` appends, journals and writes the gateway's tables; ``sealer`` writes what the
    log signs; ``reader`` only reads.

    The pool closes within `CLOSE_TIMEOUT` even if the server is gone. READ COMMITTED, so that checks under the append
    lock see the rows as they are then, not as they were before the wait for the lock.
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
        await _close(pool)


async def _close(pool: Pool) -> None:
    """Close a pool. A connection that the server ended may never answer the closing message, or fail on it."""
    try:
        async with asyncio.timeout(CLOSE_TIMEOUT):
            await pool.close()
    except Exception as error:
        if not is_transient(error):  # TimeoutError is an OSError
            raise
    finally:
        pool.terminate()

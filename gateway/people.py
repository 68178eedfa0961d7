"""Erases a person's name. The opaque actor id stays in the record, and can no longer be linked to a name.

The name is encrypted under a data key of its own. The key is destroyed first, which makes the name unreadable in every
backup of the database too. The person's tokens are revoked. The erasure, with its authority and reason, becomes an
entry of the public system stream; the entry therefore does not name the actor id.
"""

from datetime import UTC, datetime

from gateway.access.callers import Caller
from ledger import log, system_stream
from ledger.appender import appending
from ledger.connection import Pool
from ledger.keyring import Keyring
from ledger.system_stream import NameErased


class OwnNameErasure(Exception):
    """Administrators cannot erase their own name: their token would be revoked, and it may be the last one."""

    code = "own_name"


async def erase_name(
    pool: Pool, keyring: Keyring, requester: Caller, actor: str, *, authority: str, reason: str
) -> int | None:
    """Erase an actor's name; returns the number of tokens revoked, or ``None`` if no name of this actor is stored.

    If it is interrupted, it can be repeated; at worst the system stream then has two entries for one erasure. Raises
    `OwnNameErasure`, and what appending raises.
    """
    if actor == requester.actor:
        raise OwnNameErasure
    async with appending(pool) as appender, pool.acquire() as connection, connection.transaction():
        key_id = await connection.fetchval("DELETE FROM ledger.people WHERE actor = $1 RETURNING key_id", actor)
        if key_id is None:
            return None
        revoked = await connection.fetch(
            """UPDATE ledger.tokens SET revoked_at = clock_timestamp()
               WHERE actor = $1 AND revoked_at IS NULL RETURNING id""",
            actor,
        )
        keyring.destroy(key_id)
        event = NameErased(authority=authority, reason=reason)
        while not await system_stream.append(
            appender, await log.stream_head(pool, system_stream.STREAM), event, datetime.now(UTC)
        ):
            pass  # another entry took this version: retry with the new head
    return len(revoked)

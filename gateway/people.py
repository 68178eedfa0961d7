"""Erasing a person's name. The opaque id stays in the record, and from then on stands for nobody that anyone can name.

The name rests under a key of its own, which is destroyed first: with it the name is gone from every backup of the
database too. The person's tokens end. That a name was erased, by whose authority and why, is an entry of the ledger's
own stream, which is public: so it does not say of which id.
"""

from datetime import UTC, datetime

from gateway.access.callers import Caller
from ledger import log, system_stream
from ledger.appender import appending
from ledger.connection import Pool
from ledger.keyring import Keyring
from ledger.system_stream import NameErased


class OwnNameErasure(Exception):
    """Whoever asks would lose the token that they ask with, and perhaps nobody would be left to administer."""

    code = "own_name"


async def erase_name(
    pool: Pool, keyring: Keyring, requester: Caller, actor: str, *, authority: str, reason: str
) -> int | None:
    """Erase the name behind an actor; how many tokens ended by it, or ``None`` where no name of such an actor is kept.

    Interrupted it can be asked for again; at worst the record then says twice that a name was erased. Raises
    `OwnNameErasure`, and what appending does.
    """
    if actor == requester.actor:
        raise OwnNameErasure
    async with appending(pool) as appender, pool.acquire() as connection, connection.transaction():
        key_id = await connection.fetchval("DELETE FROM ledger.people WHERE actor = $1 RETURNING key_id", actor)
        if key_id is None:
            return None
        ended = await connection.fetch(
            """UPDATE ledger.tokens SET revoked_at = clock_timestamp()
               WHERE actor = $1 AND revoked_at IS NULL RETURNING id""",
            actor,
        )
        keyring.destroy(key_id)
        event = NameErased(authority=authority, reason=reason)
        while not await system_stream.append(
            appender, await log.stream_head(pool, system_stream.STREAM), event, datetime.now(UTC)
        ):
            pass  # somebody else's entry came first
    return len(ended)

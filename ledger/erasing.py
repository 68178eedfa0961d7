"""Erasing the sealed values of an entry for ever, in backups and in the write-ahead log too.

An entry contains only salted digests of sealed values. They stay, so every hash, proof and fold stays valid. The values
and salts are encrypted under a data key outside Postgres, and destroying that key is the erasure: a DELETE alone would
leave the rows in the write-ahead log and in backups. The command's salt is encrypted under the same key, so
no salt remains with which a value could be guessed.

The entries contain no text of a refused command, but its body was in the journal, and so is in the write-ahead log and
in backups, encrypted under a data key of its own. Erasing the entry of the refusal erases that body.
"""

import json

from ledger.connection import Pool
from ledger.keyring import Keyring
from ledger.sealed import seal_digests


async def erase(pool: Pool, keyring: Keyring, plan: str, version: int) -> bool:
    """Destroy the data keys of the command that caused an entry: all that the command sealed and, if the entry is its
    refusal, its body too.

    Returns whether the entry or its command has anything sealed. A second call returns the same, so an interrupted
    caller may retry. The caller records the erasure after this returns.
    """
    row = await pool.fetchrow(
        "SELECT envelope, data FROM ledger.events WHERE plan = $1 AND version = $2", plan, version
    )
    if row is None:
        return False
    envelope = json.loads(row["envelope"])
    key = plan, envelope["actor"], envelope["cause"]
    sealed = any(seal_digests([json.loads(row["data"]), envelope["source"]]))
    if not sealed and not await _is_refusal(pool, version, key):
        return False
    keys = await pool.fetch(
        """SELECT key_id FROM ledger.sealed WHERE plan = $1 AND actor = $2 AND command = $3
           UNION SELECT key_id FROM ledger.journal WHERE plan = $1 AND actor = $2 AND command = $3""",
        *key,
    )
    for one in keys:
        if one["key_id"] is not None:
            keyring.destroy(one["key_id"])
    # Last, because these rows contain the key ids: an interrupted call must find them again.
    await pool.execute("SELECT ledger.erase($1, $2, $3)", *key)
    return True


async def _is_refusal(pool: Pool, version: int, key: tuple[str, str, str | None]) -> bool:
    """Whether an entry is the refusal of a command that was journalled under its own data key."""
    found: bool = await pool.fetchval(
        """SELECT EXISTS (
             SELECT FROM ledger.outcomes JOIN ledger.journal USING (plan, actor, command)
             WHERE plan = $2 AND actor = $3 AND command = $4
               AND outcome = 'refused' AND $1::int = ANY(versions) AND key_id IS NOT NULL)""",
        version, *key,
    )  # fmt: skip
    return found

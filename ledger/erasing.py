"""Erasing what was sealed in an entry, for ever and everywhere: in backups and in the write-ahead log too.

What stands in the record are salted digests; they stay, and with them every hash, proof and fold. What opens them is
encrypted under a data key that lies outside Postgres. Destroying that key is what erases: a DELETE alone would leave
the rows in the log and in backups. The command's own salt rests under the same key, so that nothing is
left by which a value could be guessed.
"""

import json

from ledger.connection import Pool
from ledger.keyring import Keyring
from ledger.sealed import seals


async def erase(pool: Pool, keyring: Keyring, plan: str, version: int) -> bool:
    """Destroys what opens the seals of an entry, and of all else that the command behind it sealed.

    Whether there is anything sealed in it: the same answer before and after, so that a caller that died may come
    again. That it was erased is recorded by the caller, once this has returned.
    """
    row = await pool.fetchrow(
        "SELECT envelope, data FROM ledger.events WHERE plan = $1 AND version = $2", plan, version
    )
    if row is None:
        return False
    envelope = json.loads(row["envelope"])
    if not any(seals([json.loads(row["data"]), envelope["source"]])):
        return False
    key = plan, envelope["actor"], envelope["cause"]
    keys = await pool.fetch(
        """SELECT key_id FROM ledger.sealed WHERE plan = $1 AND actor = $2 AND command = $3
           UNION SELECT key_id FROM ledger.journal WHERE plan = $1 AND actor = $2 AND command = $3""",
        *key,
    )
    for one in keys:
        if one["key_id"] is not None:
            keyring.destroy(one["key_id"])
    # Last, because the rows name the keys.
    await pool.execute("SELECT ledger.erase($1, $2, $3)", *key)
    return True

"""What somebody does who owns the database, and the log's key too."""

import json
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from ledger.canonical import canonical
from ledger.envelope import ZERO_HASH, digest, entry_hash
from tests.integration.audit.history import Sealed


@dataclass(frozen=True)
class Row:
    plan: str
    said: dict[str, Any]
    data: str
    salt: bytes

    def says(self, **changed: Any) -> "Row":
        return replace(self, said=self.said | changed)


Rewrite = Callable[[list[Row]], list[Row]]


def own(rows: list[Row]) -> list[int]:
    """Where the plan's entries are."""
    return [n for n, row in enumerate(rows) if row.plan == "canal"]


def restamped(rows: list[Row]) -> list[Row]:
    """The least that can be changed: one entry's salt."""
    at = own(rows)[1]
    return [*rows[:at], replace(rows[at], salt=bytes(16)), *rows[at + 1 :]]


async def rewrite(superuser: Any, sealed: Sealed, tmp_path: Path, attack: Rewrite) -> None:
    """Put another history into the tables, every number, chain and hash in it right, and have it signed."""
    rows = await superuser.fetch("SELECT plan, envelope::text, data::text, salt FROM ledger.events ORDER BY position")
    forged = attack([Row(row["plan"], json.loads(row["envelope"]), row["data"], row["salt"]) for row in rows])
    heads: dict[str, tuple[int, bytes]] = defaultdict(lambda: (0, ZERO_HASH))
    async with superuser.transaction():
        await superuser.execute(
            """SET LOCAL session_replication_role = replica;
               DELETE FROM ledger.events; DELETE FROM ledger.streams; DELETE FROM ledger.tree;
               DELETE FROM ledger.cosignatures; DELETE FROM ledger.checkpoints; DELETE FROM ledger.forks"""
        )
        for position, row in enumerate(forged):
            version, prev = heads[row.plan]
            envelope = canonical(row.said)
            hash_ = entry_hash(row.plan, version + 1, prev, digest(envelope), digest(row.salt + row.data.encode()))
            heads[row.plan] = (version + 1, hash_)
            await superuser.execute(
                """INSERT INTO ledger.events (position, plan, version, envelope, data, salt, prev, leaf_hash)
                   VALUES ($1, $2, $3, $4, $5, $6, $7, $8)""",
                position, row.plan, version + 1, envelope.decode(), row.data, row.salt, prev, hash_,
            )  # fmt: skip
        await superuser.execute("UPDATE ledger.head SET size = $1", len(forged))
    for kept in (tmp_path / "keyring" / "log" / "signed").iterdir():
        kept.unlink()
    await sealed.seal()

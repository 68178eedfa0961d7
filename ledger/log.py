"""Reading the log: one plan's entries, everything after a position, and where the log ends.

Pages by key, each a statement of its own: no reader holds a transaction open, however long the log.
"""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from domain.kernel.entry import Entry
from ledger.connection import Pool
from ledger.envelope import ZERO_HASH, ReadEvent, decode_entry, digest, entry_hash

PAGE: Final = 500


class StoredEntry(NamedTuple):
    """A stored entry, as the bytes that were hashed."""

    position: int
    """0-based and dense over the whole ledger: the index of the Merkle leaf."""
    plan: str
    version: int
    envelope: str
    data: str
    salt: bytes
    prev: bytes
    """The leaf hash of the plan's entry before."""
    leaf_hash: bytes

    def opened(self, read: ReadEvent) -> Entry:
        """What it says. Raises what ``read`` raises for a kind that it does not know."""
        return decode_entry(self.plan, self.version, self.envelope, self.data, read)

    def digests(self) -> tuple[bytes, bytes]:
        """What its leaf binds of its texts: the digests of the envelope and of the salted data."""
        return digest(self.envelope.encode()), digest(self.salt + self.data.encode())

    def hashed(self) -> bytes:
        """The leaf hash, made anew from all that it binds."""
        return entry_hash(self.plan, self.version, self.prev, *self.digests())


class FoldRow(NamedTuple):
    """What folding takes of a stored entry."""

    version: int
    envelope: str
    data: str
    leaf_hash: bytes


@dataclass(frozen=True, slots=True)
class StreamHead:
    """Where a plan's stream ends. A plan nobody wrote to has version 0 and the hash of zeros."""

    version: int
    last_hash: bytes


async def entries(pool: Pool, plan: str, *, after: int = 0, upto: int | None = None) -> AsyncIterator[StoredEntry]:
    """A plan's entries with a version greater than ``after`` and at most ``upto``, in order."""
    while True:
        rows = await pool.fetch(
            """SELECT position, plan, version, envelope, data, salt, prev, leaf_hash FROM ledger.events
               WHERE plan = $1 AND version > $2 AND ($3::int IS NULL OR version <= $3)
               ORDER BY version LIMIT $4""",
            plan, after, upto, PAGE,
        )  # fmt: skip
        for row in rows:
            yield recorded(row)
        if len(rows) < PAGE:
            return
        after = rows[-1]["version"]


async def lines(pool: Pool, plan: str, *, after: int = 0, upto: int | None = None) -> AsyncIterator[list[FoldRow]]:
    """The same entries a page at a time, and of each no more than folding takes: every column costs as much as reading
    a short text."""
    while True:
        rows = await pool.fetch(
            """SELECT version, envelope, data, leaf_hash FROM ledger.events
               WHERE plan = $1 AND version > $2 AND ($3::int IS NULL OR version <= $3)
               ORDER BY version LIMIT $4""",
            plan, after, upto, PAGE,
        )  # fmt: skip
        if rows:
            yield [FoldRow(*row) for row in rows]
            after = rows[-1]["version"]
        if len(rows) < PAGE:
            return


async def page(pool: Pool, after: int = -1, limit: int = PAGE) -> list[StoredEntry]:
    """Up to ``limit`` entries of the whole ledger with a position greater than ``after``, in order."""
    rows = await pool.fetch(
        """SELECT position, plan, version, envelope, data, salt, prev, leaf_hash FROM ledger.events
           WHERE position > $1 ORDER BY position LIMIT $2""",
        after, limit,
    )  # fmt: skip
    return [recorded(row) for row in rows]


async def size(pool: Pool) -> int:
    """How many entries the ledger has: the next one's position."""
    found: int = await pool.fetchval("SELECT size FROM ledger.head")
    return found


async def stream_head(pool: Pool, plan: str) -> StreamHead:
    row = await pool.fetchrow("SELECT version, last_hash FROM ledger.streams WHERE plan = $1", plan)
    return StreamHead(row["version"], row["last_hash"]) if row else StreamHead(0, ZERO_HASH)


def recorded(row: Any) -> StoredEntry:
    return StoredEntry(*row)

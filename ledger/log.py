"""Reading the log: one plan's entries, all entries after a log position, and where the log ends.

Pages by key, each in a statement of its own, so no reader holds a transaction open however long the log is.
"""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from domain.kernel.entry import Entry
from ledger.connection import Pool, Queryable
from ledger.envelope import ZERO_HASH, ReadEvent, decode_entry, digest, entry_hash

PAGE: Final = 500
"""Entries in a page."""
CHANNEL: Final = "ledger"
"""The channel on which Postgres notifies of each append."""

_ENTRIES: Final = """SELECT position, plan, version, envelope, data, salt, prev, leaf_hash FROM ledger.events
                      WHERE plan = $1 AND version > $2 AND ($3::int IS NULL OR version <= $3)
                      ORDER BY version LIMIT $4"""
_FOLD_ROWS: Final = """SELECT version, envelope, data, leaf_hash FROM ledger.events
                       WHERE plan = $1 AND version > $2 AND ($3::int IS NULL OR version <= $3)
                       ORDER BY version LIMIT $4"""


class StoredEntry(NamedTuple):
    """An entry as read from the ledger, with the exact texts that were hashed."""

    position: int
    """0-based and dense over the whole ledger: the Merkle leaf index."""
    plan: str
    version: int
    envelope: str
    data: str
    salt: bytes
    prev: bytes
    """The leaf hash of the plan's previous entry."""
    leaf_hash: bytes

    def decode(self, read: ReadEvent) -> Entry:
        """The decoded entry. Raises ``UnreadableEvent``, and what ``read`` raises for an unknown kind."""
        return decode_entry(self.plan, self.version, self.envelope, self.data, read).decoded()

    def digests(self) -> tuple[bytes, bytes]:
        """The digests of the envelope and of the salted data, which the leaf hash binds."""
        return digest(self.envelope.encode()), digest(self.salt + self.data.encode())

    def computed_hash(self) -> bytes:
        """The leaf hash computed from the stored fields. It equals ``leaf_hash`` unless the row was tampered with."""
        return entry_hash(self.plan, self.version, self.prev, *self.digests())


class FoldRow(NamedTuple):
    """The columns of an entry that a fold needs."""

    version: int
    envelope: str
    data: str
    leaf_hash: bytes


@dataclass(frozen=True, slots=True)
class StreamHead:
    """Where a plan's stream ends. For a new plan: version 0 and `ledger.envelope.ZERO_HASH`."""

    version: int
    last_hash: bytes


async def entries(pool: Pool, plan: str, *, after: int = 0, upto: int | None = None) -> AsyncIterator[StoredEntry]:
    """A plan's entries with a version greater than ``after`` and at most ``upto``, in order."""
    async for rows in _pages(pool, _ENTRIES, plan, after, upto):
        for row in rows:
            yield StoredEntry(*row)


async def fold_pages(
    pool: Queryable, plan: str, *, after: int = 0, upto: int | None = None
) -> AsyncIterator[list[FoldRow]]:
    """The same entries in pages, with only the columns that a fold needs: each further column costs as much time as
    reading a short text.
    """
    async for rows in _pages(pool, _FOLD_ROWS, plan, after, upto):
        yield [FoldRow(*row) for row in rows]


async def _pages(pool: Queryable, query: str, plan: str, after: int, upto: int | None) -> AsyncIterator[list[Any]]:
    """Rows of a plan's entries in pages, none of them empty."""
    while True:
        rows = await pool.fetch(query, plan, after, upto, PAGE)
        if rows:
            yield rows
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
    return [StoredEntry(*row) for row in rows]


async def whole_log(pool: Pool, size: int) -> AsyncIterator[StoredEntry]:
    """The first ``size`` entries of the log, in order; fewer if the log has fewer."""
    after = -1
    while after + 1 < size and (found := await page(pool, after, min(PAGE, size - after - 1))):
        for one in found:
            yield one
        after = found[-1].position


async def size(pool: Pool) -> int:
    """The number of entries in the log, which is the next entry's position."""
    found: int = await pool.fetchval("SELECT size FROM ledger.head")
    return found


async def stream_head(pool: Pool, plan: str) -> StreamHead:
    """Where a plan's stream ends now."""
    row = await pool.fetchrow("SELECT version, last_hash FROM ledger.streams WHERE plan = $1", plan)
    return StreamHead(row["version"], row["last_hash"]) if row else StreamHead(0, ZERO_HASH)

"""A plan's history to take away: a text file that `audit.verify` checks without us. docs/auditing.md describes it.

It holds the ledger's own entries and the plan's, the checkpoints that attest them, the hash of every entry of the log
up to the newest of those, and the state that the plan's entries lead to. What the reader may not see is there as its
hash.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Collection
from typing import Final

from audit import published, tree
from audit.folding import fold
from audit.verify import BUNDLE, RECEIPT, WITHHELD, Checkpoint, parse_checkpoint
from domain.entry import Visibility
from ledger import log, own
from ledger.connection import Pool
from ledger.log import Recorded

_PAGE: Final = 4096


class NotSealed(Exception):
    """No checkpoint covers it yet, or ever: a rehearsal is never sealed."""

    code = "nothing_sealed"


async def bundle(pool: Pool, plan: str, may_see: Collection[Visibility]) -> AsyncIterator[bytes]:
    """A plan's history as far as it is sealed. Raises `NotSealed`, before anything is yielded."""
    note = await published.newest(pool)
    checkpoint = parse_checkpoint(note) if note else None
    if note is None or checkpoint is None or not await _sealed(pool, plan, checkpoint.size):
        raise NotSealed
    yield f"{BUNDLE}\n".encode()
    async for part in _stream(pool, own.STREAM, checkpoint.size, may_see, []):
        yield part
    told: list[tuple[bytes, bytes]] = []
    async for part in _stream(pool, plan, checkpoint.size, may_see, told):
        yield part
    for one in [*await _handovers(pool, checkpoint), note]:
        yield b"checkpoint %d\n%s" % (one.count(b"\n"), one)
    yield b"leaves %d\n" % checkpoint.size
    for first in range(0, checkpoint.size, _PAGE):
        hashes = await tree.hashes(pool, 0, first, min(first + _PAGE, checkpoint.size))
        yield b"".join(one.hex().encode() + b"\n" for one in hashes)
    if len(told) == await _sealed(pool, plan, checkpoint.size):
        # A long fold, not in the loop that answers everybody else.
        yield b"state\n%s\n" % await asyncio.to_thread(fold, told)
    yield b"end\n"


async def receipt(pool: Pool, entries: list[Recorded], keys: list[str], may_see: Collection[Visibility]) -> bytes:
    """The proof that entries are in the log, under the newest checkpoint. Raises `NotSealed`."""
    note = await published.newest(pool)
    checkpoint = parse_checkpoint(note) if note else None
    if note is None or checkpoint is None or not entries or entries[-1].position >= checkpoint.size:
        raise NotSealed
    parts = [f"{RECEIPT}\nkeys {len(keys)}\n", *(f"{key}\n" for key in keys)]
    parts.append(f"checkpoint {note.count(bytes([10]))}\n{note.decode()}")
    for one in entries:
        path = await tree.inclusion_path(pool, one.position, checkpoint.size)
        said = f"{one.data}\n{one.salt.hex()}" if is_open(one, may_see) else WITHHELD.decode()
        parts.append(f"entry {one.position} {len(path)}\n{one.envelope}\n{said}\n")
        parts += [f"{hash_.hex()}\n" for hash_ in path]
    return "".join([*parts, "end\n"]).encode()


def is_open(one: Recorded, may_see: Collection[Visibility]) -> bool:
    """Whether an entry may be shown to somebody."""
    return json.loads(one.envelope)["visibility"] in may_see


async def _stream(
    pool: Pool, plan: str, size: int, may_see: Collection[Visibility], told: list[tuple[bytes, bytes]]
) -> AsyncIterator[bytes]:
    """A stream's entries in the log's first ``size``; those that may be seen are put into ``told`` too."""
    count = await _sealed(pool, plan, size)
    yield f"stream {plan} {count}\n".encode()
    async for one in log.entries(pool, plan, upto=count):
        if is_open(one, may_see):
            envelope, data = one.envelope.encode(), one.data.encode()
            told.append((envelope, data))
            yield b"%s\n%s\n%s\n" % (envelope, data, one.salt.hex().encode())
        else:
            yield b"%s %s\n" % (WITHHELD, one.leaf_hash.hex().encode())


async def _sealed(pool: Pool, plan: str, size: int) -> int:
    """How many entries of a plan lie within the log's first ``size``."""
    count: int = await pool.fetchval("SELECT count(*) FROM ledger.events WHERE plan = $1 AND position < $2", plan, size)
    return count


async def _handovers(pool: Pool, newest: Checkpoint) -> list[bytes]:
    """For each key that replaced another the first checkpoint that covers its introduction: both keys signed it.

    With it, whoever knows only an old key can come to trust the present one.
    """
    rows = await pool.fetch(
        """SELECT (SELECT c.note FROM ledger.checkpoints c WHERE c.origin = $2 AND c.size > e.position
                   ORDER BY c.size LIMIT 1) AS note
           FROM ledger.events e WHERE e.plan = $1 AND e.kind = 'log_key_introduced' AND e.data ->> 'replaces' LIKE $3
           ORDER BY e.position""",
        own.STREAM, newest.origin, newest.origin.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "+%",
    )  # fmt: skip
    notes = dict.fromkeys(row["note"].encode() for row in rows if row["note"])
    return [one for one in notes if parse_checkpoint(one).size < newest.size]

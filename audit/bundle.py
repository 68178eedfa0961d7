"""Writes bundles and receipts: text files that `audit.verify` checks offline. docs/auditing.md describes the format.

A bundle contains the entries of the system stream and of one plan, checkpoints that cover them, the leaf hash of every
log entry up to the newest checkpoint, and the plan's state. Content that the reader may not see is replaced by its
digest.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Collection

from audit import published, tree
from audit.folding import fold
from audit.history import all_grounds_visible
from audit.verify import BUNDLE, RECEIPT, WITHHELD, Checkpoint, parse_checkpoint
from domain.kernel.event import Visibility
from domain.plan import Plan
from ledger import log, system_stream
from ledger.connection import Pool
from ledger.log import StoredEntry


class NotSealed(Exception):
    """No checkpoint covers these entries yet. In a rehearsal none ever does."""

    code = "nothing_sealed"


async def bundle(pool: Pool, now: Plan, may_see: Collection[Visibility]) -> AsyncIterator[bytes]:
    """The bundle of a plan, whose present state is ``now``, up to the newest checkpoint.

    Raises `NotSealed` before the first yield.
    """
    plan = now.id
    note = await published.newest(pool)
    checkpoint = parse_checkpoint(note) if note else None
    if note is None or checkpoint is None or not await _sealed(pool, plan, checkpoint.size):
        raise NotSealed
    yield f"{BUNDLE}\n".encode()
    async for one in _stream(pool, system_stream.STREAM, checkpoint.size):
        yield one if isinstance(one, bytes) else _whole(one)
    shown: list[tuple[bytes, bytes]] = []
    async for one in _stream(pool, plan, checkpoint.size):
        if isinstance(one, bytes):
            yield one
        elif not is_visible(one, may_see):
            yield b"%s%s\n%s%s\n" % _withheld(*one.digests())
        elif not _grounds_visible(one, now, may_see):
            yield b"%s\n%s%s\n" % (one.envelope.encode(), *_withheld(one.digests()[1]))
        else:
            shown.append((one.envelope.encode(), one.data.encode()))
            yield _whole(one)
    for one in [*await _handovers(pool, checkpoint), note]:
        yield b"checkpoint %d\n%s" % (one.count(b"\n"), one)
    yield b"leaves %d\n" % checkpoint.size
    async for hashes in tree.leaf_pages(pool, 0, checkpoint.size):
        yield b"".join(one.hex().encode() + b"\n" for one in hashes)
    if len(shown) == await _sealed(pool, plan, checkpoint.size):
        # The fold may be long, so it does not run in the event loop.
        yield b"state\n%s\n" % await asyncio.to_thread(fold, plan, shown)
    yield b"end\n"


async def receipt(
    pool: Pool, now: Plan, entries: list[StoredEntry], keys: list[str], may_see: Collection[Visibility]
) -> bytes:
    """The receipt for entries: the proof that they are in the log, under the newest checkpoint. Raises `NotSealed`."""
    note = await published.newest(pool)
    checkpoint = parse_checkpoint(note) if note else None
    if note is None or checkpoint is None or not entries or entries[-1].position >= checkpoint.size:
        raise NotSealed
    parts = [f"{RECEIPT}\nkeys {len(keys)}\n".encode(), *(f"{key}\n".encode() for key in keys)]
    parts.append(b"checkpoint %d\n%s" % (note.count(b"\n"), note))
    for one in entries:
        path = await tree.inclusion_path(pool, one.position, checkpoint.size)
        parts.append(f"entry {one.position} {one.plan} {one.version} {len(path)}\n{one.prev.hex()}\n".encode())
        if is_visible(one, may_see) and _grounds_visible(one, now, may_see):
            parts.append(_whole(one))
        else:
            parts.append(b"%s\n%s%s\n" % (one.envelope.encode(), *_withheld(one.digests()[1])))
        parts += [b"%s\n" % hash_.hex().encode() for hash_ in path]
    return b"".join([*parts, b"end\n"])


def is_visible(one: StoredEntry, may_see: Collection[Visibility]) -> bool:
    """Whether a reader who may see these classes may see an entry."""
    return json.loads(one.envelope)["visibility"] in may_see


def _grounds_visible(one: StoredEntry, now: Plan, may_see: Collection[Visibility]) -> bool:
    """Whether the reader may see everything that an entry's data refers to. Hashed data cannot be shown in part."""
    return all_grounds_visible(json.loads(one.data), may_see, now.grounds)


def _whole(one: StoredEntry) -> bytes:
    return f"{one.envelope}\n{one.data}\n{one.salt.hex()}\n".encode()


def _withheld(*digests: bytes) -> tuple[bytes, ...]:
    return tuple(part for digest in digests for part in (WITHHELD, digest.hex().encode()))


async def _stream(pool: Pool, plan: str, size: int) -> AsyncIterator[bytes | StoredEntry]:
    """The heading of a stream, then its entries among the log's first ``size``."""
    count = await _sealed(pool, plan, size)
    yield f"stream {plan} {count}\n".encode()
    async for one in log.entries(pool, plan, upto=count):
        yield one


async def _sealed(pool: Pool, plan: str, size: int) -> int:
    """The number of a plan's entries among the log's first ``size``."""
    count: int = await pool.fetchval("SELECT count(*) FROM ledger.events WHERE plan = $1 AND position < $2", plan, size)
    return count


async def _handovers(pool: Pool, newest: Checkpoint) -> list[bytes]:
    """For each key that replaced another, the first checkpoint that covers its introduction. Both keys signed it.

    So a reader who knows only an old key can derive trust in the present one.
    """
    rows = await pool.fetch(
        """SELECT (SELECT c.note FROM ledger.checkpoints c WHERE c.origin = $2 AND c.size > e.position
                   ORDER BY c.size LIMIT 1) AS note
           FROM ledger.events e WHERE e.plan = $1 AND e.kind = 'log_key_introduced' AND e.data ->> 'replaces' LIKE $3
           ORDER BY e.position""",
        system_stream.STREAM, newest.origin, _escape_like(newest.origin) + "+%",
    )  # fmt: skip
    notes = dict.fromkeys(row["note"].encode() for row in rows if row["note"])
    return [one for one in notes if parse_checkpoint(one).size < newest.size]


def _escape_like(text: str) -> str:
    """A text as an SQL LIKE pattern that matches only this text."""
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")

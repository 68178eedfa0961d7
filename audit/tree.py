"""The Merkle tree of the whole log in Postgres, and the hashes of proofs.

Level 0 are the entries' leaf hashes; level *n* has the root of every full subtree of 256^n leaves. These are the hashes
of the tiles of C2SP tlog-tiles. So sealing n new entries costs O(n), and a proof reads O(log n) rows.
"""

from collections.abc import AsyncIterator, Callable, Sequence
from typing import Final

from audit.merkle import Subtree, consistency, full_root, full_subtrees, inclusion
from audit.verify import CompactRange, node_hash
from ledger import log
from ledger.connection import Pool
from ledger.log import StoredEntry

HEIGHT: Final = 8
WIDTH: Final = 1 << HEIGHT
"""Hashes in a full tile."""
_PAGE: Final = 16 * WIDTH


class Incomplete(Exception):
    """Hashes are missing: the log was tampered with, or restored to an older state than the tree."""

    code = "tree_incomplete"


async def hashes(pool: Pool, level: int, first: int, after: int) -> list[bytes]:
    """The hashes of a level from ``first`` up to and without ``after``. Raises `Incomplete`."""
    if level:
        rows = await pool.fetch(
            "SELECT hash FROM ledger.tree WHERE level = $1 AND index >= $2 AND index < $3 ORDER BY index",
            level, first, after,
        )  # fmt: skip
    else:
        rows = await pool.fetch(
            "SELECT leaf_hash AS hash FROM ledger.events WHERE position >= $1 AND position < $2 ORDER BY position",
            first, after,
        )  # fmt: skip
    if len(rows) != after - first:
        raise Incomplete
    return [row["hash"] for row in rows]


async def leaf_pages(pool: Pool, first: int, after: int) -> AsyncIterator[list[bytes]]:
    """The leaf hashes from ``first`` up to and without ``after``, in pages. Raises `Incomplete`."""
    for start in range(first, after, _PAGE):
        yield await hashes(pool, 0, start, min(start + _PAGE, after))


async def from_entries(pool: Pool, size: int, leaf_hash: Callable[[StoredEntry], bytes]) -> CompactRange:
    """The tree of the log's first ``size`` entries, read one by one; smaller if the log has fewer."""
    grown = CompactRange()
    async for one in log.whole_log(pool, size):
        grown.append(leaf_hash(one))
    return grown


async def roots(pool: Pool, spans: Sequence[Subtree]) -> list[bytes]:
    """The roots of subtrees. Raises `Incomplete`."""
    parts = {part for span in spans for part in full_subtrees(span)}
    found = {part: await _root_of_full(pool, part) for part in parts}
    return [_joined([found[part] for part in full_subtrees(span)]) for span in spans]


async def inclusion_path(pool: Pool, index: int, size: int) -> list[bytes]:
    """The inclusion proof of the entry at ``index`` in the log's first ``size`` entries. Raises `Incomplete`."""
    return await roots(pool, inclusion(index, size))


async def consistency_proof(pool: Pool, old: int, new: int) -> list[bytes]:
    """The consistency proof between the log's first ``old`` and first ``new`` entries. Raises `Incomplete`."""
    return await roots(pool, consistency(old, new))


async def tree_of(pool: Pool, size: int) -> CompactRange:
    """The tree of the log's first ``size`` entries, from stored subtree roots. Raises `Incomplete`."""
    return CompactRange(size, [await _root_of_full(pool, part) for part in full_subtrees((0, size))])


async def grow(pool: Pool, tree: CompactRange, size: int) -> None:
    """Append the entries up to ``size`` to a tree, and store the roots of newly full tiles. Raises `Incomplete`."""
    old = tree.size
    async for page in leaf_pages(pool, old, size):
        for leaf in page:
            tree.append(leaf)
    level, done, full = 1, old >> HEIGHT, size >> HEIGHT
    while full:
        for index in range(done, full, _PAGE // WIDTH):
            after = min(index + _PAGE // WIDTH, full)
            below = await hashes(pool, level - 1, index * WIDTH, after * WIDTH)
            tiles = [full_root(below[n : n + WIDTH]) for n in range(0, len(below), WIDTH)]
            await pool.execute(
                """INSERT INTO ledger.tree (level, index, hash)
                   SELECT $1, $2 + n - 1, hash FROM unnest($3::bytea[]) WITH ORDINALITY AS t(hash, n)
                   ON CONFLICT DO NOTHING""",
                level, index, tiles,
            )  # fmt: skip
        level, done, full = level + 1, done >> HEIGHT, full >> HEIGHT


async def _root_of_full(pool: Pool, part: Subtree) -> bytes:
    first, after = part
    level = ((after - first).bit_length() - 1) // HEIGHT
    return full_root(await hashes(pool, level, first >> HEIGHT * level, after >> HEIGHT * level))


def _joined(parts: list[bytes]) -> bytes:
    *left, root = parts
    for one in reversed(left):
        root = node_hash(one, root)
    return root

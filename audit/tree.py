"""The tree over the whole log as it lies in Postgres, and the hashes that proofs are made of.

Level 0 are the leaf hashes of the entries; level *n* has the root of every full subtree of 256^n leaves: the hashes of
the tiles of C2SP tlog-tiles. So sealing n new entries costs n, and a proof reads O(log n) rows.
"""

from collections.abc import Sequence
from typing import Final

from audit.merkle import Subtree, consistency, full_root, full_subtrees, inclusion
from audit.verify import CompactRange, node_hash
from ledger.connection import Pool

HEIGHT: Final = 8
WIDTH: Final = 1 << HEIGHT
"""Hashes of a full tile."""
_PAGE: Final = 16 * WIDTH


class Incomplete(Exception):
    """Hashes that must be there are not: the log was tampered with, or restored beneath the tree."""

    code = "tree_incomplete"


async def hashes(pool: Pool, level: int, first: int, after: int) -> list[bytes]:
    """The hashes of a level from ``first`` up to ``after``, that one not included. Raises `Incomplete`."""
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


async def roots(pool: Pool, spans: Sequence[Subtree]) -> list[bytes]:
    """The roots of subtrees, as `audit.merkle` names them. Raises `Incomplete`."""
    parts = {part for span in spans for part in full_subtrees(span)}
    found = {part: await _root_of_full(pool, part) for part in parts}
    return [_joined([found[part] for part in full_subtrees(span)]) for span in spans]


async def inclusion_path(pool: Pool, index: int, size: int) -> list[bytes]:
    """What proves the entry at ``index`` in the log's first ``size``. Raises `Incomplete`."""
    return await roots(pool, inclusion(index, size))


async def consistency_proof(pool: Pool, old: int, new: int) -> list[bytes]:
    """What proves that the log's first ``new`` entries begin with its first ``old``. Raises `Incomplete`."""
    return await roots(pool, consistency(old, new))


async def tree_of(pool: Pool, size: int) -> CompactRange:
    """The tree of the log's first ``size`` entries, to be grown on. Raises `Incomplete`."""
    return CompactRange(size, [await _root_of_full(pool, part) for part in full_subtrees((0, size))])


async def grow(pool: Pool, tree: CompactRange, size: int) -> None:
    """Grow a tree by the entries up to ``size``, and store the roots of the tiles that fill up. Raises `Incomplete`."""
    old = tree.size
    for first in range(old, size, _PAGE):
        for leaf in await hashes(pool, 0, first, min(first + _PAGE, size)):
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

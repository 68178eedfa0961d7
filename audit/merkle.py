"""Merkle tree proofs (RFC 6962, 2.1; RFC 9162, 2.1): which hashes they consist of, and how to check them.

A subtree is identified by its leaves, ``(first, after last)``. This module is pure; `audit.tree` reads the hashes.
"""

from collections.abc import Sequence

from audit.verify import node_hash

Subtree = tuple[int, int]


def inclusion(index: int, size: int) -> list[Subtree]:
    """RFC 6962, 2.1.1: the subtrees whose roots prove the leaf at ``index`` in a tree of ``size``, nearest first."""
    first, after, path = 0, size, list[Subtree]()
    while after - first > 1:
        middle = first + _split(after - first)
        if index < middle:
            path.append((middle, after))
            after = middle
        else:
            path.append((first, middle))
            first = middle
    return path[::-1]


def consistency(old: int, new: int) -> list[Subtree]:
    """RFC 6962, 2.1.2: the subtrees whose roots prove that a tree of ``new`` leaves extends one of ``old`` leaves."""
    if not 0 < old < new:
        return []
    first, after, path = 0, new, list[Subtree]()
    while old < after:
        middle = first + _split(after - first)
        if old <= middle:
            path.append((middle, after))
            after = middle
        else:
            path.append((first, middle))
            first = middle
    if first:  # the old tree's last subtree; if that is the whole old tree, the verifier knows its root
        path.append((first, after))
    return path[::-1]


def consistent(old: int, new: int, old_root: bytes, new_root: bytes, proof: Sequence[bytes]) -> bool:
    """RFC 9162, 2.1.4.2: whether a proof shows that the tree of ``new`` leaves extends the one of ``old`` leaves."""
    if old > new or (old == 0 and proof):
        return False
    if old == 0:
        return True
    if old == new:
        return not proof and old_root == new_root
    path = list(proof)
    if old & (old - 1) == 0:
        path.insert(0, old_root)
    if not path:
        return False
    here, last = old - 1, new - 1
    while here % 2:
        here, last = here // 2, last // 2
    was = now = path[0]
    for one in path[1:]:
        if last == 0:
            return False
        if here % 2 or here == last:
            was, now = node_hash(one, was), node_hash(one, now)
            while here % 2 == 0 and here:
                here, last = here // 2, last // 2
        else:
            now = node_hash(now, one)
        here, last = here // 2, last // 2
    return last == 0 and was == old_root and now == new_root


def full_subtrees(span: Subtree) -> list[Subtree]:
    """The full subtrees that a subtree consists of, largest first."""
    first, after = span
    found = []
    while first < after:
        width = 1 << (after - first).bit_length() - 1
        found.append((first, first + width))
        first += width
    return found


def full_root(hashes: Sequence[bytes]) -> bytes:
    """The root of a full subtree; the number of hashes must be a power of two."""
    while len(hashes) > 1:
        hashes = [node_hash(hashes[n], hashes[n + 1]) for n in range(0, len(hashes), 2)]
    return hashes[0]


def _split(size: int) -> int:
    """The largest power of two below ``size``."""
    return 1 << (size - 1).bit_length() - 1

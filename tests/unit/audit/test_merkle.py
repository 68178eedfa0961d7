"""The tree against the standard's own vectors, and every proof of every tree of up to 256 leaves."""

import hashlib

import pytest

from audit.merkle import Subtree, consistency, consistent, full_root, full_subtrees, inclusion
from audit.verify import CompactRange, included, leaf_hash, node_hash

# The reference tree of Certificate Transparency (google/certificate-transparency, merkletree/merkle_tree_test.cc).
LEAVES = [bytes.fromhex(one) for one in (
    "", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f",
)]  # fmt: skip
ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
MOST = 256
HASHES = [leaf_hash(str(n).encode()) for n in range(MOST)]


def root(leaves: list[bytes]) -> bytes:
    """RFC 6962, 2.1, word for word."""
    if not leaves:
        return hashlib.sha256().digest()
    if len(leaves) == 1:
        return leaves[0]
    half = 1
    while half * 2 < len(leaves):
        half *= 2
    return node_hash(root(leaves[:half]), root(leaves[half:]))


@pytest.fixture(scope="module")
def roots() -> dict[Subtree, bytes]:
    """The root of every subtree that a proof may need, as the standard defines it."""
    found: dict[Subtree, bytes] = {}
    spans = {(0, n) for n in range(1, MOST + 1)}
    spans |= {span for size in range(1, MOST + 1) for index in range(size) for span in inclusion(index, size)}
    spans |= {span for new in range(1, MOST + 1) for old in range(1, new) for span in consistency(old, new)}
    for first, after in spans:
        found[first, after] = root(HASHES[first:after])
    return found


def test_the_roots_are_those_of_the_reference_tree() -> None:
    tree = CompactRange()
    assert tree.root().hex() == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    for leaf, expected in zip(LEAVES, ROOTS, strict=True):
        tree.append(leaf_hash(leaf))
        assert tree.root().hex() == expected


def test_proofs_are_those_of_the_reference_tree() -> None:
    hashes = [leaf_hash(one) for one in LEAVES]

    def path(spans: list[Subtree]) -> list[str]:
        return [root(hashes[first:after]).hex() for first, after in spans]

    assert path(inclusion(5, 8)) == [
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ]
    assert path(consistency(6, 8)) == [
        "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ]


def test_a_tree_that_grows_leaf_by_leaf_has_the_root_of_the_definition(roots: dict[Subtree, bytes]) -> None:
    tree = CompactRange()
    for size, leaf in enumerate(HASHES, 1):
        tree.append(leaf)
        assert tree.root() == roots[0, size]
        assert tree.roots == [root(HASHES[first:after]) for first, after in full_subtrees((0, size))]
        resumed = CompactRange(size, tree.roots)
        assert resumed.root() == roots[0, size]


def test_every_leaf_is_proven_at_its_own_index_and_no_other(roots: dict[Subtree, bytes]) -> None:
    for size in range(1, MOST + 1):
        for index in range(size):
            path = [roots[span] for span in inclusion(index, size)]
            assert included(HASHES[index], index, size, path, roots[0, size])
            assert not included(HASHES[index], index ^ 1, size, path, roots[0, size])
            assert not included(HASHES[index], index, size, [*path, HASHES[0]], roots[0, size])
            assert not path or not included(HASHES[index], index, size, path[:-1], roots[0, size])
            assert not included(HASHES[index], index, size, path, HASHES[index] if size > 1 else HASHES[1])


def test_every_tree_is_proven_consistent_with_every_smaller_one_and_no_other(roots: dict[Subtree, bytes]) -> None:
    for new in range(1, MOST + 1):
        for old in range(1, new + 1):
            proof = [roots[span] for span in consistency(old, new)]
            was, now = roots[0, old], roots[0, new]
            assert consistent(old, new, was, now, proof)
            assert not consistent(old, new, HASHES[-1], now, proof)
            assert not consistent(old, new, was, HASHES[-1], proof)
            assert not consistent(old, new, was, now, [*proof, HASHES[0]])
            assert not proof or not consistent(old, new, was, now, proof[:-1])


@pytest.mark.parametrize("index", [-1, 8, 2**70])
def test_no_proof_holds_for_a_leaf_outside_the_tree(index: int) -> None:
    assert not included(HASHES[0], index, 8, [HASHES[1]] * 3, HASHES[2])


def test_a_smaller_tree_is_never_consistent_and_the_empty_tree_always_is() -> None:
    assert not consistent(8, 7, HASHES[0], HASHES[1], [])
    assert consistent(0, 7, HASHES[0], HASHES[1], [])
    assert not consistent(0, 7, HASHES[0], HASHES[1], [HASHES[2]])
    assert not consistent(3, 7, HASHES[0], HASHES[1], [])


def test_a_full_tile_is_hashed_to_the_root_of_its_subtree() -> None:
    assert full_root(HASHES) == root(HASHES)

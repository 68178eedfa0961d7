"""Bundles made by hand, without a ledger: as large, and as wrong, as a test wants them."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from audit.checkpoint import cosign, head, log_key, sign, witness_key
from audit.verify import BUNDLE, LEDGER, RECEIPT, Checkpoint, CompactRange, Key, entry_hash, parse_checkpoint
from ledger.envelope import digest

ORIGIN = "test.example/log"
SALT = bytes(range(16))


@dataclass
class Log:
    """A log of one plan, every entry as small as can be, and of the ledger's own entries before them."""

    size: int = 5
    plan: str = "canal"
    private: Ed25519PrivateKey = field(default_factory=Ed25519PrivateKey.generate)
    said: str = "water"
    own: Sequence[tuple[bytes, bytes]] = ()
    """Envelope and data of each of the ledger's own."""
    entries: list[tuple[bytes, bytes]] = field(init=False)
    """Of the plan."""
    hashes: list[bytes] = field(init=False)
    """Of the whole log."""

    def __post_init__(self) -> None:
        self.entries = [self._entry(version) for version in range(1, self.size + 1)]
        self.hashes = [*_chained(LEDGER, self.own), *_chained(self.plan, self.entries)]

    def _entry(self, version: int) -> tuple[bytes, bytes]:
        data = _json({"kind": "said", "text": f"{self.said} {version}"})
        envelope = _json(
            {
                "v": 1, "id": f"id-{version}", "kind": "said", "schema": 1,
                "actor": "ana", "role": "partner", "for": "treasury", "source": None,
                "effective_at": "2026-03-02T12:00:00.000000Z", "recorded_at": "2026-03-02T12:00:00.000000Z",
                "cycle": 1, "phase": "action", "cause": f"c{version}", "visibility": "public",
            }
        )  # fmt: skip
        return envelope, data

    @property
    def key(self) -> Key:
        return log_key(ORIGIN, self.private)

    def note(self, size: int | None = None, origin: str = ORIGIN) -> bytes:
        """The signed checkpoint of the first so many entries."""
        size = len(self.hashes) if size is None else size
        tree = CompactRange()
        for one in self.hashes[:size]:
            tree.append(one)
        return sign(origin, head(origin, size, tree.root()), [self.private])

    def checkpoint(self, size: int | None = None) -> Checkpoint:
        return parse_checkpoint(self.note(size))

    def bundle(self, *, note: bytes | None = None, leaves: bytes | None = None, count: int | None = None) -> bytes:
        """The bundle, or one with another checkpoint, other leaves, or another number of them."""
        return b"".join(self._parts(note or self.note(), leaves, len(self.hashes) if count is None else count))

    def receipt(self, *shown: tuple[int, int, bytes, tuple[bytes, bytes]], keys: bytes | None = None) -> bytes:
        """Of entries: position, version, the hash before, and texts; whether or not they fit together."""
        brought = f"keys 1\n{self.key}\n".encode() if keys is None else keys
        note = self.note()
        parts = [b"%s\n%scheckpoint %d\n%s" % (RECEIPT.encode(), brought, note.count(b"\n"), note)]
        for position, version, prev, (envelope, data) in shown:
            path = _path(self.hashes, position)
            parts.append(f"entry {position} {self.plan} {version} {len(path)}\n{prev.hex()}\n".encode())
            parts.append(b"%s\n%s\n%s\n" % (envelope, data, SALT.hex().encode()))
            parts += [one.hex().encode() + b"\n" for one in path]
        return b"".join([*parts, b"end\n"])

    def _parts(self, note: bytes, leaves: bytes | None, count: int) -> Iterator[bytes]:
        yield f"{BUNDLE}\n".encode()
        for plan, entries in ((LEDGER, self.own), (self.plan, self.entries)):
            yield f"stream {plan} {len(entries)}\n".encode()
            for envelope, data in entries:
                yield b"%s\n%s\n%s\n" % (envelope, data, SALT.hex().encode())
        yield b"checkpoint %d\n%s" % (note.count(b"\n"), note)
        yield b"leaves %d\n" % count
        yield leaves if leaves is not None else b"".join(one.hex().encode() + b"\n" for one in self.hashes)
        yield b"end\n"


@dataclass(frozen=True)
class Watcher:
    """A witness who cosigns whatever it is shown."""

    name: str
    private: Ed25519PrivateKey = field(default_factory=Ed25519PrivateKey.generate)

    @property
    def key(self) -> Key:
        return witness_key(self.name, self.private)

    def line(self, note: bytes, seconds: int = 1_800_000_000) -> bytes:
        return cosign(self.name, parse_checkpoint(note).text, self.private, seconds)


def _path(hashes: Sequence[bytes], position: int) -> list[bytes]:
    """RFC 6962, 2.1.1."""
    if len(hashes) < 2:
        return []
    half = 1 << (len(hashes) - 1).bit_length() - 1
    near, far = (hashes[:half], hashes[half:]) if position < half else (hashes[half:], hashes[:half])
    tree = CompactRange()
    for one in far:
        tree.append(one)
    return [*_path(near, position % half if position < half else position - half), tree.root()]


def _chained(plan: str, entries: Sequence[tuple[bytes, bytes]]) -> Iterator[bytes]:
    prev = bytes(32)
    for version, (envelope, data) in enumerate(entries, 1):
        prev = entry_hash(plan, version, prev, digest(envelope), digest(SALT + data))
        yield prev


def _json(said: dict[str, Any]) -> bytes:
    return json.dumps(said, sort_keys=True, separators=(",", ":")).encode()

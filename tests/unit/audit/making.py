"""Bundles made by hand, without a ledger: as large, and as wrong, as a test wants them."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from audit.checkpoint import cosign, head, log_key, sign, witness_key
from audit.verify import BUNDLE, Checkpoint, Key, Range, leaf_hash, parse_checkpoint
from ledger.envelope import data_hash

ORIGIN = "test.example/log"
SALT = bytes(range(16))


@dataclass
class Log:
    """A log of one plan, every entry as small as can be."""

    size: int = 5
    plan: str = "canal"
    private: Ed25519PrivateKey = field(default_factory=Ed25519PrivateKey.generate)
    said: str = "water"
    entries: list[tuple[bytes, bytes]] = field(init=False)
    hashes: list[bytes] = field(init=False)

    def __post_init__(self) -> None:
        self.entries, self.hashes, prev = [], [], bytes(32)
        for version in range(1, self.size + 1):
            data = _json({"kind": "said", "text": f"{self.said} {version}"})
            envelope = _json(
                {
                    "v": 1, "plan": self.plan, "version": version, "id": f"id-{version}", "kind": "said", "schema": 1,
                    "actor": "ana", "role": "partner", "for": "treasury", "source": None,
                    "effective_at": "2026-03-02T12:00:00.000000Z", "recorded_at": "2026-03-02T12:00:00.000000Z",
                    "cycle": 1, "phase": "action", "cause": f"c{version}", "visibility": "public", "prev": prev.hex(),
                    "data_hash": data_hash(SALT, data).hex(),
                }
            )  # fmt: skip
            self.entries.append((envelope, data))
            prev = leaf_hash(envelope)
            self.hashes.append(prev)

    @property
    def key(self) -> Key:
        return log_key(ORIGIN, self.private)

    def note(self, size: int | None = None, origin: str = ORIGIN) -> bytes:
        """The signed checkpoint of the first so many entries."""
        size = self.size if size is None else size
        tree = Range()
        for one in self.hashes[:size]:
            tree.append(one)
        return sign(origin, head(origin, size, tree.root()), [self.private])

    def checkpoint(self, size: int | None = None) -> Checkpoint:
        return parse_checkpoint(self.note(size))

    def bundle(self, *, note: bytes | None = None, leaves: bytes | None = None, count: int | None = None) -> bytes:
        """The bundle, or one with another checkpoint, other leaves, or another number of them."""
        return b"".join(self._parts(note or self.note(), leaves, self.size if count is None else count))

    def _parts(self, note: bytes, leaves: bytes | None, count: int) -> Iterator[bytes]:
        yield f"{BUNDLE}\nstream {self.plan} {self.size}\n".encode()
        for envelope, data in self.entries:
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


def _json(said: dict[str, Any]) -> bytes:
    return json.dumps(said, sort_keys=True, separators=(",", ":")).encode()

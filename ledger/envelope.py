"""An entry as it is stored: envelope (actor, body, times), event data, and the leaf hash that binds both.

    leaf hash = SHA-256(0x00 ‖ leaf)                   RFC 6962, 2.1
    leaf      = five lines, each with its newline:
                plan
                version
                prev                                   leaf hash of the plan's previous entry; 64 zeros for its first
                SHA-256(envelope)
                SHA-256(salt ‖ data)                   16 random bytes of salt an entry, so that data cannot be guessed

A reader from whom either text is withheld can still check the chain: the two digests are enough to compute the leaf
hash. Both texts are stored as the exact bytes that were hashed (RFC 8785), so verifying never serialises JSON again.
"""

import hashlib
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from sys import intern
from typing import Any, Final

from pydantic_core import from_json

from domain.kernel.entry import Entry
from domain.kernel.event import Event, Source
from ledger.canonical import canonical

ENVELOPE_VERSION: Final = 1
"""The version of the envelope format, its key ``v``."""
ZERO_HASH: Final = bytes(32)
"""The ``prev`` of a plan's first entry."""

ReadEvent = Callable[[str, int, str], Event]
"""Parses an event from its kind, schema version and stored data; for plans, the domain's ``PLAN.read``."""


@dataclass(frozen=True, slots=True)
class EncodedEntry:
    """An entry ready to be stored: the two hashed texts, the salt of the data, and the Merkle leaf hash."""

    envelope: str
    data: str
    salt: bytes
    hash: bytes


def encode_entry(entry: Entry, data: Mapping[str, Any], prev: bytes, salt: bytes | None = None) -> EncodedEntry:
    """Encode ``entry`` as the successor of the entry with leaf hash ``prev``; ``data`` is its event as JSON.

    A random ``salt`` is drawn unless given. Raises `NotCanonical`.
    """
    salt = os.urandom(16) if salt is None else salt
    written = canonical(data)
    envelope = canonical(
        {
            "v": ENVELOPE_VERSION,
            "id": entry.id,
            "kind": entry.kind,
            "schema": entry.schema,
            "actor": entry.actor,
            "role": entry.role,
            "for": entry.on_behalf_of,
            "source": entry.source.model_dump(mode="json", exclude_none=True) if entry.source else None,
            "effective_at": rfc3339(entry.effective_at),
            "recorded_at": rfc3339(entry.recorded_at),
            "cycle": entry.cycle,
            "phase": entry.phase,
            "cause": entry.cause,
            "visibility": entry.visibility,
        }
    )
    hash_ = entry_hash(entry.plan, entry.version, prev, digest(envelope), digest(salt + written))
    return EncodedEntry(envelope.decode(), written.decode(), salt, hash_)


def decode_entry(plan: str, version: int, envelope: str, data: str, read: ReadEvent) -> Entry:
    """A plan's entry from its stored texts. Its event is decoded, with ``read``, when it is first used."""
    # Caching values too would keep thousands of ids alive, all over the heap, long after the entries are gone.
    fields = from_json(envelope, cache_strings="keys")
    body = fields["for"]
    return Entry(
        plan=plan,
        version=version,
        id=fields["id"],
        kind=intern(fields["kind"]),  # a history repeats a few kinds, actors, roles, bodies and classes
        schema=fields["schema"],
        actor=intern(fields["actor"]),
        role=intern(fields["role"]),
        on_behalf_of=intern(body) if body else None,
        source=Source.model_validate(fields["source"]) if fields["source"] else None,
        effective_at=datetime.fromisoformat(fields["effective_at"]),
        recorded_at=datetime.fromisoformat(fields["recorded_at"]),
        cycle=fields["cycle"],
        phase=fields["phase"],
        cause=fields["cause"],
        visibility=intern(fields["visibility"]),  # type: ignore[arg-type]
        data=data,
        decode=read,
    )


def entry_hash(plan: str, version: int, prev: bytes, envelope: bytes, data: bytes) -> bytes:
    """The leaf hash of an entry, from the digests of its envelope and of its salted data."""
    # RFC 6962: the first byte distinguishes a leaf (0) from an inner node (1).
    return digest(f"\0{plan}\n{version}\n{prev.hex()}\n{envelope.hex()}\n{data.hex()}\n".encode())


def digest(content: bytes) -> bytes:
    """SHA-256."""
    return hashlib.sha256(content).digest()


def rfc3339(moment: datetime) -> str:
    """RFC 3339 in UTC, always with microseconds and ``Z``, so that equal moments give equal bytes."""
    if moment.tzinfo is None:
        raise ValueError("a moment without a time zone")
    return moment.astimezone(UTC).isoformat(timespec="microseconds").removesuffix("+00:00") + "Z"

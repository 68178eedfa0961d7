"""An entry as it is stored: envelope (who spoke, when, for whom), data (what was said), and the leaf that binds both.

    leaf hash = SHA-256(0x00 ‖ leaf)                   RFC 6962, 2.1
    leaf      = five lines, each with its newline:
                plan
                version
                prev                                   the leaf hash of the plan's entry before; 64 zeros for its first
                SHA-256(envelope)
                SHA-256(salt ‖ data)                   16 bytes of salt for each entry, so that data cannot be guessed

So an entry of which either text is withheld still stands in its place: its two digests are enough to go on from the one
before it. Both texts are kept as the exact bytes that were hashed (RFC 8785). Verifying never serialises anything anew.
"""

import hashlib
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from pydantic_core import from_json

from domain.kernel.entry import Entry
from domain.kernel.event import Event, Source
from ledger.canonical import canonical

ENVELOPE_VERSION: Final = 1
"""The version of the envelope itself, its key ``v``."""
ZERO_HASH: Final = bytes(32)
"""What a plan's first entry names as the one before it."""

ReadEvent = Callable[[str, int, str], Event]
"""From kind, schema and stored data to an event; the domain's ``PLAN.read``."""


@dataclass(frozen=True, slots=True)
class EncodedEntry:
    """One entry, ready to be stored: the hashed texts, the salt of the data, and the Merkle leaf hash."""

    envelope: str
    data: str
    salt: bytes
    hash: bytes


def encode_entry(entry: Entry, data: Mapping[str, Any], prev: bytes, salt: bytes | None = None) -> EncodedEntry:
    """The leaf of ``entry``, whose event is written as ``data`` (``PLAN.write``), after the entry with hash ``prev``.

    ``salt`` is drawn unless given. Raises `NotCanonical`.
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
    """A plan's entry from what is stored of it. Raises what ``read`` raises for a kind that it does not know."""
    said = from_json(envelope, cache_strings="all")  # one history names few actors, roles and bodies
    return Entry(
        plan=plan,
        version=version,
        id=said["id"],
        kind=said["kind"],
        schema=said["schema"],
        actor=said["actor"],
        role=said["role"],
        on_behalf_of=said["for"],
        source=Source.model_validate(said["source"]) if said["source"] else None,
        effective_at=datetime.fromisoformat(said["effective_at"]),
        recorded_at=datetime.fromisoformat(said["recorded_at"]),
        cycle=said["cycle"],
        phase=said["phase"],
        cause=said["cause"],
        visibility=said["visibility"],
        event=read(said["kind"], said["schema"], data),
    )


def entry_hash(plan: str, version: int, prev: bytes, envelope: bytes, data: bytes) -> bytes:
    """The hash of an entry's leaf, from the digests of its envelope and of its salted data."""
    # RFC 6962: a leaf is told from an inner node by its first byte.
    return digest(f"\0{plan}\n{version}\n{prev.hex()}\n{envelope.hex()}\n{data.hex()}\n".encode())


def digest(said: bytes) -> bytes:
    """SHA-256."""
    return hashlib.sha256(said).digest()


def rfc3339(rfc3339: datetime) -> str:
    """A moment in UTC, always with microseconds and Z, so that equal moments are equal bytes."""
    if rfc3339.tzinfo is None:
        raise ValueError("a moment without a time zone")
    return rfc3339.astimezone(UTC).isoformat(timespec="microseconds").removesuffix("+00:00") + "Z"

"""Whose signature holds: the gateway's keys, introduced and retired by entries of the ledger's own stream.

The stream's plan is ``_ledger``, a name that no plan can have. Its events belong to the ledger, not to the domain;
envelope, hashes and chain are those of every other entry.
"""

import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from pydantic import TypeAdapter

from domain.entry import Entry, Event
from domain.port import UnknownKind
from ledger import log
from ledger.appender import Appender, Conflict, Write
from ledger.connection import Pool
from ledger.envelope import enclose, open_entry
from ledger.keyring import key_id_of
from ledger.log import StreamHead

STREAM: Final = "_ledger"
ACTOR: Final = "ledger"
"""Actor and role of what the machinery itself records."""


class GatewayKeyIntroduced(Event):
    kind: Literal["gateway_key_introduced"] = "gateway_key_introduced"
    key_id: str
    public_key: str
    """Ed25519, 32 bytes in hex."""


class GatewayKeyRetired(Event):
    kind: Literal["gateway_key_retired"] = "gateway_key_retired"
    key_id: str


LedgerEvent = GatewayKeyIntroduced | GatewayKeyRetired

_KINDS: Final[dict[str, TypeAdapter[LedgerEvent]]] = {
    "gateway_key_introduced": TypeAdapter(GatewayKeyIntroduced),
    "gateway_key_retired": TypeAdapter(GatewayKeyRetired),
}


@dataclass(frozen=True, slots=True)
class TrustedKey:
    """A gateway key. A command accepted under it holds from ``since`` on, and before ``until`` if it was retired."""

    key_id: str
    public: Ed25519PublicKey
    since: datetime
    until: datetime | None = None

    def trusted_at(self, moment: datetime) -> bool:
        return self.since <= moment and (self.until is None or moment < self.until)


def read(kind: str, schema: int, data: str | bytes) -> Event:
    """An event of the ledger's own stream. Raises ``domain.port.UnknownKind``."""
    known = _KINDS.get(kind)
    if known is None or schema != 1:
        raise UnknownKind(kind, schema)
    return known.validate_json(data)


async def trusted_gateway_keys(pool: Pool) -> dict[str, TrustedKey]:
    """Every key that was ever introduced, by its id."""
    keys: dict[str, TrustedKey] = {}
    async for one in log.entries(pool, STREAM):
        entry = open_entry(one.envelope, one.data, read)
        match entry.event:
            case GatewayKeyIntroduced(key_id=key_id, public_key=public):
                keys[key_id] = TrustedKey(
                    key_id, Ed25519PublicKey.from_public_bytes(bytes.fromhex(public)), entry.effective_at
                )
            case GatewayKeyRetired(key_id=key_id):
                old = keys[key_id]
                keys[key_id] = TrustedKey(key_id, old.public, old.since, entry.effective_at)
            case _:
                raise UnknownKind(entry.kind, entry.schema)
    return keys


async def introduce_gateway_key(pool: Pool, appender: Appender, public: bytes, now: datetime) -> str:
    """Makes a key trusted from ``now`` on, unless it is or was; returns its id. Idempotent."""
    key_id = key_id_of(public)
    while True:
        head = await log.stream_head(pool, STREAM)  # before the look at the keys: what comes after it makes a conflict
        if key_id in await trusted_gateway_keys(pool):
            return key_id
        await _append(appender, head, GatewayKeyIntroduced(key_id=key_id, public_key=public.hex()), now)


async def retire_gateway_key(pool: Pool, appender: Appender, key_id: str, now: datetime) -> None:
    """Ends the trust in a key; what it signed before still holds. Idempotent. Raises `KeyError` for an unknown key."""
    while True:
        head = await log.stream_head(pool, STREAM)
        if (await trusted_gateway_keys(pool))[key_id].until is not None:
            return
        await _append(appender, head, GatewayKeyRetired(key_id=key_id), now)


async def _append(appender: Appender, head: StreamHead, event: LedgerEvent, now: datetime) -> None:
    """Appends to the ledger's own stream, unless somebody else is appending there: then the caller looks again."""
    entry = Entry(
        plan=STREAM,
        version=head.version + 1,
        id=str(uuid.uuid4()),
        kind=event.kind,
        schema=event.SCHEMA,
        actor=ACTOR,
        role=ACTOR,
        on_behalf_of=None,
        source=None,
        effective_at=now,
        recorded_at=now,
        cycle=0,
        phase=None,
        cause=None,
        visibility="public",
        event=event,
    )
    leaf = enclose(entry, event.model_dump(mode="json"), head.last_hash)
    answer = await appender.append(
        Write(plan=STREAM, expected_version=head.version, prev=head.last_hash, entries=[leaf])
    )
    assert not isinstance(answer, Conflict) or answer.reason == "version"

"""The gateway's signing keys, introduced and retired by entries of the system stream."""

from dataclasses import dataclass
from datetime import datetime

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from ledger import log, system_stream
from ledger.appender import Appender
from ledger.connection import Pool
from ledger.keyring import key_id_of
from ledger.system_stream import GatewayKeyIntroduced, GatewayKeyRetired


@dataclass(frozen=True, slots=True)
class TrustedKey:
    """A gateway key. It is valid for commands accepted from ``since`` on and, if retired, before ``until``."""

    key_id: str
    public: Ed25519PublicKey
    since: datetime
    until: datetime | None = None

    def trusted_at(self, moment: datetime) -> bool:
        return self.since <= moment and (self.until is None or moment < self.until)


async def trusted_gateway_keys(pool: Pool) -> dict[str, TrustedKey]:
    """Every key that was ever introduced, by key id."""
    keys: dict[str, TrustedKey] = {}
    async for entry in system_stream.entries(pool):
        match entry.event:
            case GatewayKeyIntroduced(key_id=key_id, public_key=public):
                keys[key_id] = TrustedKey(
                    key_id, Ed25519PublicKey.from_public_bytes(bytes.fromhex(public)), entry.effective_at
                )
            case GatewayKeyRetired(key_id=key_id):
                old = keys[key_id]
                keys[key_id] = TrustedKey(key_id, old.public, old.since, entry.effective_at)
            case _:
                pass  # log keys, forks and erased names
    return keys


async def introduce_gateway_key(pool: Pool, appender: Appender, public: bytes, now: datetime) -> str:
    """Introduce a key, trusted from ``now`` on; returns its id. Does nothing for a key that was introduced before."""
    key_id = key_id_of(public)
    while True:
        head = await log.stream_head(
            pool, system_stream.STREAM
        )  # before the look at the keys: what comes after is a conflict
        if key_id in await trusted_gateway_keys(pool):
            return key_id
        await system_stream.append(appender, head, GatewayKeyIntroduced(key_id=key_id, public_key=public.hex()), now)


async def retire_gateway_key(pool: Pool, appender: Appender, key_id: str, now: datetime) -> None:
    """Retire a key; commands accepted before ``now`` stay valid. Idempotent. Raises `KeyError` for an unknown key."""
    while True:
        head = await log.stream_head(pool, system_stream.STREAM)
        if (await trusted_gateway_keys(pool))[key_id].until is not None:
            return
        await system_stream.append(appender, head, GatewayKeyRetired(key_id=key_id), now)

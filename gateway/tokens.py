"""Tokens authenticate callers. A token is shown once, when it is made; the database stores only its SHA-256.

    rumbo_ + 52 characters (256 random bits, base 32) + 6 characters of checksum

The checksum distinguishes a mistyped token from a revoked one, and lets scanners find leaked tokens. A token stands for
an actor, an opaque id. The actor's name is stored encrypted in the register of people, where it can be erased.
"""

import base64
import hashlib
import os
import secrets
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from gateway.access.callers import Caller
from gateway.access.permissions import Role
from language import N_
from ledger.connection import Pool
from ledger.keyring import Keyring, UnusableKey

PREFIX: Final = "rumbo_"
_CHECKSUM: Final = 6
_LENGTH: Final = len(PREFIX) + 52 + _CHECKSUM

FIRST_ROLES: Final[tuple[Role, ...]] = ("admin", "auditor", "operator")
"""The roles of the token that the first start writes beside the keys."""

NOT_SIGNED_IN: Final[dict[str, str]] = {
    "no_token": N_("Say who you are: send a token as `Authorization: Bearer rumbo_…`."),
    "not_a_token": N_("This is not a token of Rumbo, or it is not complete. Copy it again, all 64 characters of it."),
    "unknown_token": N_(
        "This token is not known here: it was revoked, or it belongs to another Rumbo. Ask for a new one."
    ),
}


class NotSignedIn(Exception):
    """The request has no valid token. ``code`` is one of ``NOT_SIGNED_IN``."""

    def __init__(self, code: str) -> None:
        self.code = code
        super().__init__(NOT_SIGNED_IN[code])


@dataclass(frozen=True, slots=True)
class IssuedToken:
    """A token that was just made. The token itself is shown here and nowhere else."""

    token: str
    id: str
    actor: str


@dataclass(frozen=True, slots=True)
class TokenRecord:
    """A token in the administrator's list, without the token itself."""

    id: str
    actor: str
    name: str | None
    """``None`` if the name was erased."""
    roles: tuple[str, ...]
    bodies: tuple[str, ...]
    created_at: datetime
    revoked_at: datetime | None


async def issue(
    pool: Pool, keyring: Keyring, name: str, roles: tuple[Role, ...], bodies: tuple[str, ...]
) -> IssuedToken:
    """Make a token for a new actor. The name is stored encrypted in the register of people."""
    token, token_id, actor = new_token(), secrets.token_hex(6), f"p-{secrets.token_hex(8)}"
    key_id = keyring.new()
    sealed = keyring.encrypt(name.encode(), plan=_REGISTER, command=actor, path="name", key_id=key_id)
    async with pool.acquire() as connection, connection.transaction():
        await connection.execute(
            "INSERT INTO ledger.people (actor, name, key_id) VALUES ($1, $2, $3)", actor, sealed, key_id
        )
        await connection.execute(
            "INSERT INTO ledger.tokens (id, hash, actor, roles, bodies) VALUES ($1, $2, $3, $4, $5)",
            token_id, _hash(token), actor, list(roles), list(bodies),
        )  # fmt: skip
    return IssuedToken(token, token_id, actor)


async def caller_of(pool: Pool, token: str | None) -> Caller:
    """The caller who holds a token. Raises ``NotSignedIn``."""
    if not token:
        raise NotSignedIn("no_token")
    if not is_well_formed(token):
        raise NotSignedIn("not_a_token")
    row = await pool.fetchrow(
        "SELECT id, actor, roles, bodies FROM ledger.tokens WHERE hash = $1 AND revoked_at IS NULL", _hash(token)
    )
    if row is None:
        raise NotSignedIn("unknown_token")
    return Caller(row["actor"], frozenset(row["roles"]), tuple(row["bodies"]), row["id"])


async def listed(pool: Pool, keyring: Keyring) -> list[TokenRecord]:
    """Every token ever made, the newest first."""
    rows = await pool.fetch(
        """SELECT t.id, t.actor, t.roles, t.bodies, t.created_at, t.revoked_at, p.name, p.key_id
           FROM ledger.tokens t LEFT JOIN ledger.people p USING (actor) ORDER BY t.created_at DESC, t.id"""
    )
    return [
        TokenRecord(
            row["id"], row["actor"], _name(keyring, row), tuple(row["roles"]), tuple(row["bodies"]),
            row["created_at"], row["revoked_at"],
        )
        for row in rows
    ]  # fmt: skip


async def revoke(pool: Pool, token_id: str) -> bool:
    """Revoke a token at once; returns whether it exists. Idempotent."""
    row = await pool.fetchrow(
        "UPDATE ledger.tokens SET revoked_at = coalesce(revoked_at, clock_timestamp()) WHERE id = $1 RETURNING id",
        token_id,
    )
    return row is not None


async def ensure_admin(pool: Pool, keyring: Keyring, folder: Path) -> Path:
    """At the first start, make the administrator's token and write it beside the keys (mode 0600); returns the file."""
    file = folder / "admin.token"
    try:
        await caller_of(pool, file.read_text(encoding="ascii").strip())
    except (FileNotFoundError, NotSignedIn):
        there = await pool.fetchval("SELECT EXISTS (SELECT FROM ledger.tokens WHERE 'admin' = ANY(roles))")
        if not there:
            issued = await issue(pool, keyring, "admin", FIRST_ROLES, ())
            _write(file, issued.token)
    return file


_REGISTER: Final = "_people"


def _write(file: Path, token: str) -> None:
    making = file.with_name(f".{file.name}.{secrets.token_hex(4)}")
    descriptor = os.open(making, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as opened:
        opened.write(token + "\n")
        opened.flush()
        os.fsync(descriptor)
    making.replace(file)


def _name(keyring: Keyring, row: Any) -> str | None:
    if row["name"] is None:
        return None
    try:
        plain = keyring.decrypt(row["name"], plan=_REGISTER, command=row["actor"], path="name", key_id=row["key_id"])
    except UnusableKey:
        return None
    return plain.decode()


def new_token() -> str:
    """A new token."""
    random = base64.b32encode(secrets.token_bytes(32)).decode().rstrip("=").lower()
    return PREFIX + random + _checksum(random)


def is_well_formed(token: str) -> bool:
    """Whether this has the form of a token and a right checksum."""
    if len(token) != _LENGTH or not token.startswith(PREFIX) or not token.isascii():
        return False
    random = token[len(PREFIX) : -_CHECKSUM]
    return token[-_CHECKSUM:] == _checksum(random)


def _checksum(random: str) -> str:
    return base64.b32encode(hashlib.sha256(random.encode()).digest()).decode().lower()[:_CHECKSUM]


def _hash(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()

"""Sealing: a sensitive text stands in an entry only as a salted digest; the text is stored encrypted beside the log.

    path            = the field's place in the command, as a JSON Pointer (RFC 6901)
    salt of a field = HMAC-SHA256(the command's salt, path)      so that a command handled twice gives equal seals
    seal            = {"sealed": SHA-256(salt ‖ canonical value)}

`ledger.erasing` destroys the key and the row. The digest stays in the entry and reveals nothing.
"""

import asyncio
import contextlib
import copy
import hashlib
import hmac
import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ledger.canonical import canonical
from ledger.connection import Pool
from ledger.keyring import Keyring, UnusableKey

SALT = 32

FieldPath = Sequence[str | int]
"""Mapping keys and list indexes, outermost first."""

CommandRef = tuple[str, str]
"""Actor and id of a command that sealed values."""


@dataclass(frozen=True, slots=True)
class SealedValue:
    """The salt and value behind one seal, encrypted under a data key of the keyring."""

    actor: str
    command: str
    path: str
    """A JSON Pointer."""
    key_id: str
    ciphertext: bytes


def seal(value: Any, command_salt: bytes, path: FieldPath) -> dict[str, str]:
    """The seal that replaces ``value`` in the entry."""
    return {"sealed": _digest(_salt(command_salt, pointer(path)), canonical(value))}


def pointer(path: FieldPath) -> str:
    """A path as a JSON Pointer (RFC 6901). Different paths have different pointers, whatever the keys contain."""
    return "".join("/" + str(step).replace("~", "~0").replace("/", "~1") for step in path)


def seal_paths(
    body: Mapping[str, Any], paths: Iterable[FieldPath], command_salt: bytes
) -> tuple[dict[str, Any], dict[str, bytes]]:
    """A command's JSON with the values at ``paths`` sealed; and salt ‖ canonical value of each, by its pointer.

    A value that is already a seal (an object with the single key ``sealed``) is left as it is. Raises `LookupError` for
    a path that does not exist.
    """
    sealed = copy.deepcopy(dict(body))
    secrets: dict[str, bytes] = {}
    for path in paths:
        *way, last = path
        holder: Any = sealed
        for step in way:
            holder = holder[step]
        value = holder[last]
        if isinstance(value, dict) and set(value) == {"sealed"}:
            continue
        secrets[pointer(path)] = _salt(command_salt, pointer(path)) + canonical(value)
        holder[last] = seal(value, command_salt, path)
    return sealed, secrets


def sealed_values(
    keyring: Keyring, key_id: str, plan: str, actor: str, command: str, secrets: Mapping[str, bytes]
) -> list[SealedValue]:
    """Encrypt one command's secrets (salt ‖ value, by pointer) under its data key. Raises `UnusableKey`."""
    return [
        SealedValue(
            actor, command, path, key_id, keyring.encrypt(plain, plan=plan, command=command, path=path, key_id=key_id)
        )
        for path, plain in secrets.items()
    ]


async def unseal(pool: Pool, keyring: Keyring, plan: str, causes: Collection[CommandRef]) -> dict[str, Any]:
    """The values that some commands sealed, by digest. The caller checks the reader's rights.

    Erased values, and values that the keyring cannot decrypt, are left out. Each digest is computed from the decrypted
    value, so a value is never returned for another value's seal.
    """
    rows = await pool.fetch(
        """SELECT command, path, key_id, ciphertext FROM ledger.sealed
           JOIN unnest($2::text[], $3::text[]) AS wanted(actor, command) USING (actor, command) WHERE plan = $1""",
        plan, *_columns(causes),
    )  # fmt: skip

    def found() -> Iterator[tuple[str, Any]]:
        for row in rows:
            with contextlib.suppress(UnusableKey):
                plain = keyring.decrypt(
                    row["ciphertext"], plan=plan, command=row["command"], path=row["path"], key_id=row["key_id"]
                )
                yield _digest(plain[:SALT], plain[SALT:]), json.loads(plain[SALT:])

    return await asyncio.to_thread(lambda: dict(found()))  # reading the keys blocks on the disk


async def erased_commands(pool: Pool, plan: str, causes: Collection[CommandRef]) -> set[CommandRef]:
    """The subset of some commands whose sealed values were erased."""
    rows = await pool.fetch(
        """SELECT actor, command FROM ledger.journal
           JOIN unnest($2::text[], $3::text[]) AS wanted(actor, command) USING (actor, command)
           WHERE plan = $1 AND salt = ''""",
        plan, *_columns(causes),
    )  # fmt: skip
    return {(row["actor"], row["command"]) for row in rows}


def seal_digests(value: Any) -> Iterator[str]:
    """The digests of all seals anywhere in a JSON value."""
    match value:
        case {"sealed": str() as digest} if len(value) == 1:
            yield digest
        case dict():
            for part in value.values():
                yield from seal_digests(part)
        case list():
            for part in value:
                yield from seal_digests(part)
        case _:
            return


def _columns(causes: Collection[CommandRef]) -> tuple[list[str], list[str]]:
    return [actor for actor, _ in causes], [command for _, command in causes]


def _salt(command_salt: bytes, path: str) -> bytes:
    return hmac.digest(command_salt, path.encode(), "sha256")


def _digest(salt: bytes, written: bytes) -> str:
    return hashlib.sha256(salt + written).hexdigest()

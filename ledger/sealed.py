"""Sealing a field: what can hurt somebody stands in the record as a salted digest, and rests encrypted beside it.

    path            = where the field stands in the command, as a JSON Pointer (RFC 6901)
    salt of a field = HMAC-SHA256(the command's salt, path)      so that a command handled twice seals alike
    seal            = {"sealed": SHA-256(salt ‖ canonical value)}

`ledger.erasing` destroys the key and the row; the digest stays, and says nothing.
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
"""Keys of mappings and indexes of lists, from the outside in."""

CommandRef = tuple[str, str]
"""The actor and the id of a command that sealed something."""


@dataclass(frozen=True, slots=True)
class SealedValue:
    """What opens one seal: salt and value, encrypted under a data key of the keyring."""

    actor: str
    command: str
    path: str
    """A JSON Pointer."""
    key_id: str
    ciphertext: bytes


def seal(value: Any, command_salt: bytes, path: FieldPath) -> dict[str, str]:
    """What stands in the record in place of ``value``."""
    return {"sealed": _digest(_salt(command_salt, pointer(path)), canonical(value))}


def pointer(path: FieldPath) -> str:
    """A path as a JSON Pointer (RFC 6901), which no other path is: a key may hold dots, slashes, anything."""
    return "".join("/" + str(step).replace("~", "~0").replace("/", "~1") for step in path)


def seal_paths(
    body: Mapping[str, Any], paths: Iterable[FieldPath], command_salt: bytes
) -> tuple[dict[str, Any], dict[str, bytes]]:
    """A command's JSON with the values at ``paths`` sealed, and by the pointer of each its salt ‖ canonical value.

    A value that is sealed already (an object with nothing but ``sealed``) stays. `LookupError` for a path to nowhere.
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
    """The secrets of one command, encrypted under the data key it was journalled with. Raises `UnusableKey`."""
    return [
        SealedValue(
            actor, command, path, key_id, keyring.encrypt(plain, plan=plan, command=command, path=path, key_id=key_id)
        )
        for path, plain in secrets.items()
    ]


async def unseal(pool: Pool, keyring: Keyring, plan: str, causes: Collection[CommandRef]) -> dict[str, Any]:
    """The sealed values of some commands by their digests; for those who have the right.

    What was erased is not among them, nor what the keyring cannot open. The digests are computed from what was opened,
    so a value is never returned for a seal that is not its own.
    """
    rows = await pool.fetch(
        """SELECT command, path, key_id, ciphertext FROM ledger.sealed
           JOIN unnest($2::text[], $3::text[]) AS asked(actor, command) USING (actor, command) WHERE plan = $1""",
        plan, *_columns(causes),
    )  # fmt: skip

    def found() -> Iterator[tuple[str, Any]]:
        for row in rows:
            with contextlib.suppress(UnusableKey):
                plain = keyring.decrypt(
                    row["ciphertext"], plan=plan, command=row["command"], path=row["path"], key_id=row["key_id"]
                )
                yield _digest(plain[:SALT], plain[SALT:]), json.loads(plain[SALT:])

    return await asyncio.to_thread(lambda: dict(found()))  # the keys lie on a disk


async def erased_commands(pool: Pool, plan: str, causes: Collection[CommandRef]) -> set[CommandRef]:
    """Those of some commands of which what they sealed was erased."""
    rows = await pool.fetch(
        """SELECT actor, command FROM ledger.journal
           JOIN unnest($2::text[], $3::text[]) AS asked(actor, command) USING (actor, command)
           WHERE plan = $1 AND salt = ''""",
        plan, *_columns(causes),
    )  # fmt: skip
    return {(row["actor"], row["command"]) for row in rows}


def seal_digests(said: Any) -> Iterator[str]:
    """The digests of the seals that stand anywhere in something, as it is written in JSON."""
    match said:
        case {"sealed": str() as digest} if len(said) == 1:
            yield digest
        case dict():
            for part in said.values():
                yield from seal_digests(part)
        case list():
            for part in said:
                yield from seal_digests(part)
        case _:
            return


def _columns(causes: Collection[CommandRef]) -> tuple[list[str], list[str]]:
    return [actor for actor, _ in causes], [command for _, command in causes]


def _salt(command_salt: bytes, path: str) -> bytes:
    return hmac.digest(command_salt, path.encode(), "sha256")


def _digest(salt: bytes, written: bytes) -> str:
    return hashlib.sha256(salt + written).hexdigest()

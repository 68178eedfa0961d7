"""The keyring: a folder of keys outside Postgres. A copy of the database alone decrypts no sealed value.

    gateway.pem     Ed25519, signs commands; made on first use
    journal.key     AES-256, for the bodies of waiting commands and for the salts of their salted digests
    sealed/<id>     AES-256, one data key for each command with sealed fields; destroying it erases the sealed values,
                    in every backup of the database too

Only the owner can read the files. Each is written whole before it gets its name, and is on disk before it is used. The
keys that sign the log are in ``log/``, see `audit.log_folder`.
"""

import asyncio
import contextlib
import hashlib
import os
import re
import secrets
from collections import deque
from collections.abc import Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

from ledger.canonical import canonical
from ledger.durable import create_files, read_or_create, sync_folder

SPARE: Final = 32
"""Data keys to create in advance."""

_NONCE: Final = 12
_KEY_ID: Final = re.compile(r"[0-9a-f]{32}")


class UnusableKey(Exception):
    """The key was destroyed, is of another kind, or did not encrypt this ciphertext for this place."""

    code = "cannot_open"


class Keyring:
    """The keys in ``folder``, which is created if missing. Several processes may share it."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._sealed = folder / "sealed"
        self._sealed.mkdir(mode=0o700, exist_ok=True)
        self._spare: deque[str] = deque()
        self._maker = ThreadPoolExecutor(1, "keys")
        self._making: Future[None] | None = None
        self._gateway = folder / "gateway.pem"
        self._journal = folder / "journal.key"

    def gateway_key(self) -> Ed25519PrivateKey:
        """The key that signs commands and nothing else."""
        made = Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        key = load_pem_private_key(read_or_create(self._gateway, made), password=None)
        if not isinstance(key, Ed25519PrivateKey):
            raise UnusableKey(f"{self._gateway} holds another kind of key; it must be Ed25519")
        return key

    def new(self) -> str:
        """The id of an unused data key, on disk.

        A background thread creates keys in advance, so that callers rarely wait for the disk. Keys that a process
        leaves unused at its end decrypt nothing.
        """
        if len(self._spare) < SPARE // 2 and (self._making is None or self._making.done()):
            self._making = self._maker.submit(self._make, SPARE)
        if not self._spare:
            self._make(1)
        return self._spare.popleft()

    async def ready(self, count: int) -> None:
        """Create keys until ``count`` are unused, before many calls of `new` that would each wait for the disk."""
        if (missing := count - len(self._spare)) > 0:
            await asyncio.get_running_loop().run_in_executor(self._maker, self._make, missing)

    def destroy(self, key_id: str) -> None:
        """Overwrite and remove a data key. The values sealed with it can never be read again. Idempotent."""
        path = self._path(key_id)
        with contextlib.suppress(FileNotFoundError):
            descriptor = os.open(path, os.O_WRONLY)
            try:
                os.write(descriptor, secrets.token_bytes(path.stat().st_size))
                os.fsync(descriptor)
            finally:
                os.close(descriptor)
            path.unlink()
            sync_folder(path.parent)

    def discard(self, key_ids: Iterable[str]) -> None:
        """Destroy unused data keys in the background; does not wait."""
        for key_id in key_ids:
            self._maker.submit(self.destroy, key_id)

    def encrypt(self, plain: bytes, *, plan: str, command: str, path: str, key_id: str | None = None) -> bytes:
        """AES-256-GCM under a data key, or under the journal's key without ``key_id``.

        Plan, command and path are authenticated, so the ciphertext decrypts only for the same place. Raises
        `UnusableKey` if the data key was destroyed.
        """
        nonce = secrets.token_bytes(_NONCE)
        return nonce + AESGCM(self._key(key_id)).encrypt(nonce, plain, canonical([plan, command, path]))

    def decrypt(self, sealed: bytes, *, plan: str, command: str, path: str, key_id: str | None = None) -> bytes:
        """The plaintext given to `encrypt`.

        Raises `UnusableKey` if the key was destroyed, or the ciphertext was changed or made for another place.
        """
        try:
            place = canonical([plan, command, path])
            return AESGCM(self._key(key_id)).decrypt(sealed[:_NONCE], sealed[_NONCE:], place)
        except (InvalidTag, ValueError):
            raise UnusableKey(
                f"what is sealed at {path} of command {command} was not written there by this key"
            ) from None

    def _make(self, count: int) -> None:
        keys = {secrets.token_hex(16): AESGCM.generate_key(256) for _ in range(count)}
        create_files({self._sealed / key_id: key for key_id, key in keys.items()})
        self._spare.extend(keys)

    def _key(self, key_id: str | None) -> bytes:
        if key_id is None:
            return read_or_create(self._journal, AESGCM.generate_key(256))
        try:
            return self._path(key_id).read_bytes()
        except FileNotFoundError:
            raise UnusableKey(f"the key {key_id} was destroyed, or lies in another keyring") from None

    def _path(self, key_id: str) -> Path:
        if not _KEY_ID.fullmatch(key_id):
            raise UnusableKey("not the id of a key")
        return self._sealed / key_id


def public_bytes(key: Ed25519PrivateKey) -> bytes:
    """The 32 bytes of the public key."""
    return key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)


def key_id_of(public: bytes) -> str:
    """A public key's id: the first 8 bytes of its SHA-256, in hex. Raises `ValueError` unless it is an Ed25519 key."""
    Ed25519PublicKey.from_public_bytes(public)
    return hashlib.sha256(public).hexdigest()[:16]

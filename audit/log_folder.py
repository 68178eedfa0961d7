"""The sealer's folder outside Postgres: its keys, and the last checkpoint that it signed.

log.pem       Ed25519, signs checkpoints and nothing else; made on first use
old.pem       the previous key, while both sign
next.pem      the next key, before a rotation takes effect
signed/       the last checkpoint signed under each origin; whatever happens to the database, only an extension of it
              is signed next
lock          held by the process that seals
"""

import contextlib
import fcntl
import hashlib
import os
from collections.abc import Iterator
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_pem_private_key

from audit.verify import Checkpoint, Unclear, parse_checkpoint
from ledger.durable import read_or_create, replace_file, sync_folder
from ledger.keyring import UnusableKey


class LogFolder:
    """The folder, which is created if missing. Several processes may share it."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._key = folder / "log.pem"
        self._old = folder / "old.pem"
        self._next = folder / "next.pem"
        self._signed = folder / "signed"
        self._signed.mkdir(mode=0o700, exist_ok=True)
        self._lock = folder / "lock"

    def key(self) -> Ed25519PrivateKey:
        """The signing key, created on first use. Raises `UnusableKey` if the file contains something else."""
        return _private(read_or_create(self._key, _drawn()), self._key)

    def old_key(self) -> Ed25519PrivateKey | None:
        """The previous key, unless it has been removed."""
        with contextlib.suppress(FileNotFoundError):
            return _private(self._old.read_bytes(), self._old)
        return None

    def next_key(self) -> Ed25519PrivateKey:
        """The key for the next rotation; drawn at the first call."""
        return _private(read_or_create(self._next, _drawn()), self._next)

    def take_next(self) -> None:
        """Make the next key the signing key, and the signing key the old one."""
        replace_file(self._old, self._key.read_bytes())
        self._next.replace(self._key)
        sync_folder(self._key.parent)

    def forget_old(self) -> None:
        """Remove the old key. Idempotent."""
        self._old.unlink(missing_ok=True)

    def last(self, origin: str) -> Checkpoint | None:
        """The last checkpoint signed under an origin. Raises `UnusableKey` if the file contains something else."""
        note = self.last_note(origin)
        try:
            return parse_checkpoint(note) if note is not None else None
        except Unclear as unclear:
            raise UnusableKey(
                f"{self._of(origin)} does not hold the last checkpoint of {origin}: {unclear} Restore it."
            ) from None

    def last_note(self, origin: str) -> bytes | None:
        """The signed note of that checkpoint."""
        with contextlib.suppress(FileNotFoundError):
            return self._of(origin).read_bytes()
        return None

    def keep(self, origin: str, note: bytes) -> None:
        """Store a checkpoint. On disk when this returns; call it before publishing the checkpoint."""
        replace_file(self._of(origin), note)

    def _of(self, origin: str) -> Path:
        return self._signed / hashlib.sha256(origin.encode()).hexdigest()[:16]

    @contextlib.contextmanager
    def locked(self) -> Iterator[bool]:
        """Take the sealer's lock for the block. Yields whether this process has it."""
        descriptor = os.open(self._lock, os.O_WRONLY | os.O_CREAT, 0o600)
        try:
            yield _is_first(descriptor)
        finally:
            os.close(descriptor)


def _is_first(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _drawn() -> bytes:
    return Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def _private(pem: bytes, path: Path) -> Ed25519PrivateKey:
    try:
        key = load_pem_private_key(pem, password=None)
        if isinstance(key, Ed25519PrivateKey):
            return key
    except ValueError:
        pass
    raise UnusableKey(f"{path} does not hold an Ed25519 key; restore it from its backup")

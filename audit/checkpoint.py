"""Signing checkpoints (C2SP signed-note, tlog-checkpoint) and cosigning them (tlog-cosignature)."""

import base64
import struct
from collections.abc import Sequence

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from audit.verify import COSIGNATURE, ED25519, Key, cosignature_text
from ledger.keyring import public_bytes


def head(origin: str, size: int, root: bytes) -> bytes:
    """A checkpoint's text, which is signed."""
    return f"{origin}\n{size}\n{base64.b64encode(root).decode()}\n".encode()


def log_key(origin: str, private: Ed25519PrivateKey) -> Key:
    """The verification key of a log."""
    return Key(origin, ED25519, public_bytes(private))


def witness_key(name: str, private: Ed25519PrivateKey) -> Key:
    """The verification key of a witness."""
    return Key(name, COSIGNATURE, public_bytes(private))


def sign(origin: str, text: bytes, privates: Sequence[Ed25519PrivateKey]) -> bytes:
    """The signed note: a text and the signature of each of the log's keys."""
    lines = [signature_line(log_key(origin, one), one.sign(text)) for one in privates]
    return text + b"\n" + b"".join(lines)


def cosign(name: str, text: bytes, private: Ed25519PrivateKey, seconds: int) -> bytes:
    """A witness's signature line on a checkpoint's text. ``seconds`` is the time of signing, since 1970."""
    signature = struct.pack(">Q", seconds) + private.sign(cosignature_text(text, seconds))
    return signature_line(witness_key(name, private), signature)


def signature_line(key: Key, signature: bytes) -> bytes:
    """A signature as a line of a signed note."""
    return f"— {key.name} {base64.b64encode(key.id + signature).decode()}\n".encode()

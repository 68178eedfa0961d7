"""The gateway's Ed25519 signature (RFC 8032) on a command: who sent what, to which plan, when.

The signature covers only a salted digest of the body, so it stays valid and reveals nothing after the body is erased.
It also covers origin and plan: a signed command cannot be moved to another ledger, plan, rehearsal or fork.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from ledger.canonical import canonical
from ledger.envelope import rfc3339

LABEL: Final = "rumbo/command/v1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Attestation:
    """The signed content of a command."""

    origin: str
    plan: str
    command: str
    kind: str
    commitment: bytes
    actor: str
    on_behalf_of: str | None
    role: str
    accepted_at: datetime
    effective_at: str | None
    """As the command states it: a date means the end of that day in the plan's time zone."""
    key_id: str

    def signed(self) -> bytes:
        """The signed bytes: a JSON array in canonical form."""
        return canonical(
            [
                LABEL,
                self.origin,
                self.plan,
                self.command,
                self.kind,
                self.commitment.hex(),
                self.actor,
                self.on_behalf_of,
                self.role,
                rfc3339(self.accepted_at),
                self.effective_at,
                self.key_id,
            ]
        )


def commitment(salt: bytes, body: bytes) -> bytes:
    """The salted digest SHA-256(salt ‖ canonical body): binds the body, and without the salt reveals nothing of it."""
    return hashlib.sha256(salt + body).digest()


def sign(key: Ed25519PrivateKey, attestation: Attestation) -> bytes:
    """The signature, 64 bytes."""
    return key.sign(attestation.signed())


def holds(key: Ed25519PublicKey, attestation: Attestation, signature: bytes) -> bool:
    """Whether the signature is valid for this content and key."""
    try:
        key.verify(signature, attestation.signed())
    except InvalidSignature:
        return False
    return True

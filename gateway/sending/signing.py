"""Signs a command for the journal: a digest of its content, its sender, the body spoken for, and the time."""

import secrets
from dataclasses import dataclass
from datetime import date, datetime

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from gateway.access.callers import Sender
from gateway.sending.parsing import ParsedCommand
from ledger import journal
from ledger.journal import Journalled
from ledger.keyring import Keyring, key_id_of, public_bytes
from ledger.signature import Attestation, commitment, sign


@dataclass(frozen=True, slots=True)
class Signer:
    """Signs commands for one ledger, with a key that this ledger trusts."""

    keyring: Keyring
    origin: str
    key: Ed25519PrivateKey

    def signed(self, plan: str, sender: Sender, parsed: ParsedCommand, accepted_at: datetime) -> Journalled:
        """A signed row for the journal. Makes a data key if the command has texts that the plan may seal.

        Raises ``BodyTooLong``.
        """
        journal.require_length(parsed.body)  # first: a key made for a rejected body would never be destroyed
        salt = secrets.token_bytes(32)
        attestation = Attestation(
            origin=self.origin,
            plan=plan,
            command=parsed.command.id,
            kind=parsed.kind,
            commitment=commitment(salt, parsed.body),
            actor=sender.actor,
            on_behalf_of=sender.body,
            role=sender.role,
            accepted_at=accepted_at,
            effective_at=_iso(parsed.command.effective),
            key_id=key_id_of(public_bytes(self.key)),
        )
        # Only the plan's rules say whether the command is restricted, and they are not asked here.
        key_id = self.keyring.new() if any(parsed.command.words()) else None
        return journal.journalled(self.keyring, attestation, sign(self.key, attestation), parsed.body, salt, key_id)


def _iso(effective: date | datetime | None) -> str | None:
    return effective.isoformat() if effective is not None else None

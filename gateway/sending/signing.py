"""A command as it is journalled: what was said committed to, who said it, for whom and when, all of it signed."""

import secrets
from dataclasses import dataclass
from datetime import date, datetime

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from gateway.sending.parsing import ParsedCommand
from ledger import journal
from ledger.journal import Journalled
from ledger.keyring import Keyring, key_id_of, public_bytes
from ledger.signature import Attestation, commitment, sign


@dataclass(frozen=True, slots=True)
class Sender:
    """As whom a command is journalled."""

    actor: str
    role: str
    body: str | None


@dataclass(frozen=True, slots=True)
class Signer:
    """Whoever lets commands into one ledger: its key is one that the ledger trusts."""

    keyring: Keyring
    origin: str
    key: Ed25519PrivateKey

    def signed(self, plan: str, sender: Sender, parsed: ParsedCommand, accepted_at: datetime) -> Journalled:
        """A journal row that ``handle`` will trust. Makes a data key where the plan may have its words sealed.

        Raises ``BodyTooLong``.
        """
        journal.require_length(parsed.body)  # before there is a key that nobody would destroy
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
            effective_at=_stated(parsed.command.effective),
            key_id=key_id_of(public_bytes(self.key)),
        )
        key_id = self.keyring.new() if any(parsed.command.words()) else None  # the plan may say: restricted
        return journal.journalled(self.keyring, attestation, sign(self.key, attestation), parsed.body, salt, key_id)


def _stated(effective: date | datetime | None) -> str | None:
    return effective.isoformat() if effective is not None else None

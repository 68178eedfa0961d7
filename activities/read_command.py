"""Reads a journalled command: checks its signature, decrypts its body, and seals its sensitive texts.

The domain sees only the seals, so no rule can depend on a text that may be erased.
"""

import json
from collections.abc import Sequence

from domain import PLAN
from domain.kernel.context import CommandEnvelope
from domain.kernel.faults import Malformed
from domain.kernel.refused import Refused
from domain.plan import Plan
from ledger.gateway_keys import TrustedKey
from ledger.journal import Journalled, body_of, salt_of
from ledger.keyring import Keyring, UnusableKey
from ledger.sealed import SealedValue, seal_paths, sealed_values
from ledger.signature import commitment, holds


def read_command(
    keyring: Keyring, origins: Sequence[str], trusted: dict[str, TrustedKey], plan: Plan, row: Journalled
) -> tuple[CommandEnvelope, list[SealedValue]]:
    """The command with its sender, and the texts of its seals. Which texts are sealed depends on the plan's state too.

    The signature must be valid under one of ``origins``. Raises ``Refused`` (bad_signature, unreadable).
    """
    key = trusted.get(row.gateway_key)
    if (
        key is None
        or not key.trusted_at(row.accepted_at)
        or not any(holds(key.public, row.attestation(origin), row.signature) for origin in origins)
    ):
        raise Refused("bad_signature")
    try:
        body, salt = body_of(keyring, row), salt_of(keyring, row)
    except UnusableKey:
        raise Refused("unreadable") from None
    if commitment(salt, body) != row.commitment:
        raise Refused("bad_signature")
    try:
        fields = json.loads(body)
        if isinstance(fields.get("source"), str):
            fields["source"] = {"document": fields["source"]}  # the short form, in the form that can be sealed
        request = PLAN.parse(fields)
        words = request.words() if PLAN.visibility_of(plan, request) == "restricted" else ()
        sealed, secrets = seal_paths(fields, words, salt)
        command = PLAN.parse(sealed)
        opened = sealed_values(keyring, row.key_id, row.plan, row.actor, row.command, secrets) if row.key_id else []
    except (Malformed, UnusableKey, LookupError, ValueError):
        raise Refused("unreadable") from None
    if (command.id, command.command) != (row.command, row.kind) or (secrets and not row.key_id):
        raise Refused("bad_signature")
    return CommandEnvelope(
        command=command,
        plan=row.plan,
        actor=row.actor,
        role=row.role,
        on_behalf_of=row.on_behalf_of,
        accepted_at=row.accepted_at,
    ), opened

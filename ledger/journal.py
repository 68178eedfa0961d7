"""The journal: commands that the gateway has accepted and signed, on disk, until their outcome and after.

A plan's commands are handled in journal order. A body is encrypted and is deleted when the outcome is recorded. The
salt of its salted digest (column ``commitment``) stays, encrypted: a command sent twice is compared by that digest.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

import asyncpg

from ledger.appender import LogIsForked, is_fork
from ledger.connection import Pool, Queryable
from ledger.keyring import Keyring
from ledger.signature import Attestation

LONGEST_BODY: Final = 1024 * 1024
MOST_WAITING: Final = 5000
"""Most commands that may wait for one plan."""

_COLUMNS: Final = (
    "plan", "actor", "command", "kind", "on_behalf_of", "role", "accepted_at", "effective_at",
    "body", "salt", "key_id", "commitment", "signature", "gateway_key",
)  # fmt: skip


class TooManyWaiting(Exception):
    """`MOST_WAITING` commands already wait for this plan."""

    code = "too_many_waiting"

    def __init__(self, plan: str) -> None:
        super().__init__(f"{MOST_WAITING} commands already wait for {plan}. Send this one again in a few minutes.")


class Stale(Exception):
    """The command was accepted more than 3 s ago. It cannot be journalled now: a deadline may have closed meanwhile."""

    code = "stale"

    def __init__(self, plan: str) -> None:
        super().__init__(f"A command to {plan} could not be journalled soon enough after it came. Send it again.")


class BodyTooLong(Exception):
    """A command's body is longer than `LONGEST_BODY`."""

    code = "body_too_long"

    def __init__(self, size: int) -> None:
        super().__init__(
            f"The command has {size} bytes; at most {LONGEST_BODY} are taken. Put long texts into a document."
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Journalled:
    """A row of the journal. `journalled` makes one, `accept` assigns its number."""

    plan: str
    actor: str
    command: str
    kind: str
    on_behalf_of: str | None
    role: str
    accepted_at: datetime
    effective_at: str | None
    body: bytes | None
    """Encrypted; ``None`` after the outcome is recorded."""
    salt: bytes
    """Encrypted."""
    key_id: str | None
    """The data key of body and salt if the command has sealed fields, so that erasing those erases these too.
    ``None`` for the journal's own key.
    """
    commitment: bytes
    signature: bytes
    gateway_key: str
    number: int = 0
    """The place in the journal of all plans, with gaps; 0 before `accept`."""

    def attestation(self, origin: str) -> Attestation:
        """The signed content that its signature must match in the ledger of this origin."""
        return Attestation(
            origin=origin,
            plan=self.plan,
            command=self.command,
            kind=self.kind,
            commitment=self.commitment,
            actor=self.actor,
            on_behalf_of=self.on_behalf_of,
            role=self.role,
            accepted_at=self.accepted_at,
            effective_at=self.effective_at,
            key_id=self.gateway_key,
        )


@dataclass(frozen=True, slots=True)
class Accepted:
    """The row stored under the command's key, and whether this call stored it."""

    row: Journalled
    new: bool


@dataclass(frozen=True, slots=True)
class Pending:
    """Waiting commands of a plan, and whether these are all of them."""

    rows: list[Journalled]
    are_all: bool


def require_length(body: bytes) -> None:
    """Raise `BodyTooLong` if a command's body is longer than `LONGEST_BODY`."""
    if len(body) > LONGEST_BODY:
        raise BodyTooLong(len(body))


def journalled(
    keyring: Keyring, attestation: Attestation, signature: bytes, body: bytes, salt: bytes, key_id: str | None
) -> Journalled:
    """A journal row for a signed command, its canonical body and its salt encrypted. Raises `BodyTooLong`.

    ``key_id`` is a new data key (`Keyring.new`) if the command has sealed fields, else ``None``.
    """
    require_length(body)
    plan, command = attestation.plan, attestation.command
    return Journalled(
        plan=plan,
        actor=attestation.actor,
        command=command,
        kind=attestation.kind,
        on_behalf_of=attestation.on_behalf_of,
        role=attestation.role,
        accepted_at=attestation.accepted_at,
        effective_at=attestation.effective_at,
        body=keyring.encrypt(body, plan=plan, command=command, path="journal/body", key_id=key_id),
        salt=keyring.encrypt(salt, plan=plan, command=command, path="journal/salt", key_id=key_id),
        key_id=key_id,
        commitment=attestation.commitment,
        signature=signature,
        gateway_key=attestation.key_id,
    )


def body_of(keyring: Keyring, row: Journalled) -> bytes:
    """The canonical body of a waiting command. Raises `ledger.keyring.UnusableKey`."""
    return keyring.decrypt(row.body or b"", plan=row.plan, command=row.command, path="journal/body", key_id=row.key_id)


def salt_of(keyring: Keyring, row: Journalled) -> bytes:
    """The command's salt. Raises `ledger.keyring.UnusableKey` after the command's sealed values were erased."""
    return keyring.decrypt(row.salt, plan=row.plan, command=row.command, path="journal/salt", key_id=row.key_id)


async def accept_all(ledger: Queryable, rows: Sequence[Journalled]) -> list[Accepted | TooManyWaiting | Stale]:
    """Journal commands, each unless its key (plan, actor, command) is taken. Committed when this returns.

    If a row already exists under a key, the result is that row: the caller compares the salted digests and destroys its
    own unused data key. For a refused command the result is the exception: `TooManyWaiting`, or `Stale` (a deadline may
    have closed: sign the command again with a new time). Raises `ledger.appender.LogIsForked`.
    """
    try:
        verdicts = await ledger.fetch(
            "SELECT verdict, number FROM ledger.accept($1::ledger.new_command[], $2) ORDER BY nth",
            [tuple(getattr(row, name) for name in _COLUMNS) for row in rows], MOST_WAITING,
        )  # fmt: skip
    except asyncpg.PostgresError as error:
        if is_fork(error):
            raise LogIsForked from None
        raise
    taken = [one["number"] for one in verdicts if one["verdict"] == "standing"]
    found = await ledger.fetch("SELECT * FROM ledger.journal WHERE number = ANY($1::bigint[])", taken) if taken else []
    standing = {row["number"]: _journalled(row) for row in found}
    return [_accepted(row, one["verdict"], one["number"], standing) for row, one in zip(rows, verdicts, strict=True)]


async def accept(ledger: Queryable, row: Journalled) -> Accepted:
    """Journal one command. Raises `TooManyWaiting`, `Stale`, `ledger.appender.LogIsForked`."""
    (accepted,) = await accept_all(ledger, [row])
    if isinstance(accepted, Exception):
        raise accepted
    return accepted


async def journal_time(pool: Pool, plan: str) -> datetime:
    """Database time, read under the plan's accept lock, before closing this plan's deadlines.

    Any later read of the journal sees every command that was, or ever will be, accepted more than 3 s before this time.
    Waits while other callers journal commands for this plan.
    """
    now: datetime = await pool.fetchval("SELECT ledger.journal_time($1)", plan)
    return now


async def standing(pool: Pool, plan: str, actor: str, command: str) -> Journalled | None:
    """The journal row under a command's key, if there is one."""
    row = await pool.fetchrow(
        "SELECT * FROM ledger.journal WHERE plan = $1 AND actor = $2 AND command = $3", plan, actor, command
    )
    return _journalled(row) if row else None


async def pending(
    pool: Pool, plan: str, limit: int = 100, max_bytes: int = 512 * 1024, before: datetime | None = None
) -> Pending:
    """The plan's next commands, in order: up to ``limit`` rows and ``max_bytes`` of bodies, but always at least one.

    Commands accepted ``before`` a moment come first, whatever their number: a deadline at that moment must not close
    before they are handled.
    """
    rows = await pool.fetch(
        """SELECT *, (SELECT count(*) FROM ledger.journal WHERE plan = $1 AND handled_at IS NULL) AS waiting FROM (
             SELECT *, sum(octet_length(body)) OVER w AS bytes, row_number() OVER w AS nth
             FROM (SELECT *, coalesce(accepted_at >= $4, false) AS after FROM ledger.journal
                   WHERE plan = $1 AND handled_at IS NULL ORDER BY after, number LIMIT $2) waiting
             WINDOW w AS (ORDER BY after, number)) measured
           WHERE nth = 1 OR bytes <= $3 ORDER BY nth""",
        plan, limit, max_bytes, before,
    )  # fmt: skip
    return Pending([_journalled(row) for row in rows], not rows or rows[0]["waiting"] == len(rows))


async def waiting_count(pool: Pool, plan: str) -> int:
    """The number of the plan's commands without an outcome."""
    count: int = await pool.fetchval("SELECT count(*) FROM ledger.journal WHERE plan = $1 AND handled_at IS NULL", plan)
    return count


async def known(pool: Pool, plan: str, numbers: Iterable[int]) -> set[int]:
    """The subset of ``numbers`` that are journal numbers of this plan."""
    possible = [number for number in numbers if 0 < number < 2**63]
    if not possible:
        return set()
    rows = await pool.fetch(
        "SELECT number FROM ledger.journal WHERE plan = $1 AND number = ANY($2::bigint[])", plan, possible
    )
    return {row["number"] for row in rows}


def _accepted(
    row: Journalled, verdict: str, number: int, standing: Mapping[int, Journalled]
) -> Accepted | TooManyWaiting | Stale:
    match verdict:
        case "new":
            return Accepted(replace(row, number=number), new=True)
        case "standing":
            return Accepted(standing[number], new=False)
        case "full":
            return TooManyWaiting(row.plan)
        case "stale":
            return Stale(row.plan)
        case _:
            raise AssertionError(verdict)


def _journalled(row: Any) -> Journalled:
    return Journalled(number=row["number"], **{name: row[name] for name in _COLUMNS})

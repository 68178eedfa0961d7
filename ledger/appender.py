"""The only way to write to the log: one call of the SQL function ``ledger.append`` checks and stores a write.

Concurrent writes are sent in groups (`ledger.group_commit`). A write returns only after its commit. If Postgres
refuses one write of a group, only the caller of that write gets the error.
"""

import contextlib
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

import asyncpg

from ledger.canonical import canonical
from ledger.connection import Pool, is_transient
from ledger.envelope import EncodedEntry
from ledger.group_commit import GroupCommit, GroupCommitClosed
from ledger.outcomes import Outcome
from ledger.sealed import SealedValue

_FAULT_OF_WRITE: Final = {"22", "23", "54"}
"""SQLSTATE classes of errors that the write itself causes (bad data, a constraint, its size). A retry cannot help."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Write:
    """Everything that one decision adds to the ledger. It is stored whole or not at all.

    A write may have no entries: then it stores an outcome without versions, or marks journal rows as handled.
    """

    plan: str
    expected_version: int
    """The version that the decision was based on; 0 for a new plan."""
    prev: bytes
    """The leaf hash of the entry at that version; `ledger.envelope.ZERO_HASH` for a new plan."""
    entries: Sequence[EncodedEntry] = ()
    """Versions ``expected_version + 1`` onwards; each contains the hash of the entry before it."""
    outcomes: Sequence[Outcome] = ()
    sealed_values: Sequence[SealedValue] = ()
    handled: Sequence[int] = ()
    """Journal numbers to mark as handled; their bodies are deleted."""
    summary: Mapping[str, Any] | None = None
    """The plan's row in the read model, at most 8 KB as JSON; ``None`` leaves the row unchanged."""


@dataclass(frozen=True, slots=True)
class Written:
    """The write is committed and on disk."""

    plan: str
    version: int
    """The plan's version now."""
    position: int | None
    """Log position of the first entry, ``None`` without entries. The other entries follow without a gap."""


@dataclass(frozen=True, slots=True)
class Conflict:
    """Nothing was written: the plan changed after the decision. Reload the plan, look for outcomes, decide again."""

    plan: str
    reason: Literal["version", "outcome"]
    """``version``: the plan has another version or hash. ``outcome``: a command of this write has an outcome."""
    version: int
    """The plan's version now."""


class LedgerUnavailable(Exception):
    """Postgres was not reached, or its answer was lost. Safe to retry: if the first write did commit, the retry is
    a `Conflict`.
    """

    code = "ledger_unavailable"

    def __init__(self, fault: str, sqlstate: str = "") -> None:
        detail = f"{fault}, {sqlstate}" if sqlstate else fault
        super().__init__(f"The ledger takes no writes just now ({detail}). Try again in a moment.")


class LogIsForked(LedgerUnavailable):
    """The ledger does not extend the last signed checkpoint. It refuses all writes until an administrator acts."""

    code = "log_forked"

    def __init__(self) -> None:
        Exception.__init__(
            self,
            "The ledger is no extension of what its log has signed (a restored backup, a failed over server, or "
            "tampering). Bring back the ledger that was signed, or go on with `rumbo admin fork`.",
        )


class WriteRefused(Exception):
    """This write can never be stored, for example because a hash does not fit or a summary is too long.

    The message repeats no content of the write.
    """

    code = "write_refused"

    def __init__(self, sqlstate: str, rule: str) -> None:
        self.sqlstate, self.rule = sqlstate, rule
        super().__init__(f"The write cannot be stored ({rule} {sqlstate}). Nothing of it was.")


class Appender:
    """Sends the writes of concurrent callers in groups. Made by `appending`, one for each process.

    Several processes may append at the same time: Postgres orders their writes.
    """

    def __init__(self, gathered: GroupCommit[Write, Written | Conflict]) -> None:
        self._group = gathered

    async def append(self, write: Write) -> Written | Conflict:
        """Store a write; a `Conflict` if the plan has changed. Raises `LedgerUnavailable` or `WriteRefused`."""
        try:
            return await self._group.submit(write)
        except GroupCommitClosed:
            raise LedgerUnavailable("the appender has ended") from None
        except Exception as error:
            raise _fault(error) from None  # never chained: the cause may repeat content of the write


@contextlib.asynccontextmanager
async def appending(pool: Pool) -> AsyncIterator[Appender]:
    """The appender of this process. Leaving the block first sends the writes that still wait."""

    async def call(writes: Sequence[Write]) -> Sequence[Written | Conflict]:
        rows = await pool.fetch(
            "SELECT verdict, at_version, first_position FROM ledger.append($1::ledger.new_write[]) ORDER BY nth",
            [_row(write) for write in writes],
        )
        return [_answer(write, row) for write, row in zip(writes, rows, strict=True)]

    async with GroupCommit[Write, Written | Conflict](call, _size) as gathered:
        yield Appender(gathered)


def _size(write: Write) -> int:
    return sum(len(leaf.envelope) + len(leaf.data) for leaf in write.entries)


def _fault(error: Exception) -> LedgerUnavailable | WriteRefused:
    """The exception for a failed write: `WriteRefused` only if Postgres or the driver rejected its content."""
    state = getattr(error, "sqlstate", None) or ""
    if is_fork(error):
        return LogIsForked()
    if is_transient(error) or (isinstance(error, asyncpg.PostgresError) and state[:2] not in _FAULT_OF_WRITE):
        return LedgerUnavailable(type(error).__name__, state)
    return WriteRefused(state, getattr(error, "constraint_name", None) or type(error).__name__)


def is_fork(error: BaseException) -> bool:
    """Whether Postgres refused a call because the log is forked."""
    return getattr(error, "constraint_name", None) == "log_forked"


def _row(write: Write) -> tuple[Any, ...]:
    """A write as the SQL composite type ``ledger.new_write``."""
    return (
        write.plan,
        write.expected_version,
        write.prev,
        None if write.summary is None else canonical(write.summary).decode(),
        [(leaf.envelope, leaf.data, leaf.salt, leaf.hash) for leaf in write.entries],
        [
            (one.actor, one.command, one.outcome, list(one.versions), one.code, canonical(dict(one.params)).decode())
            for one in write.outcomes
        ],
        [(one.actor, one.command, one.path, one.key_id, one.ciphertext) for one in write.sealed_values],
        list(write.handled),
    )


def _answer(write: Write, row: Any) -> Written | Conflict:
    if row["verdict"] == "written":
        return Written(write.plan, row["at_version"], row["first_position"])
    return Conflict(write.plan, row["verdict"], row["at_version"])

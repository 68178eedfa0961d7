"""The one way into the log: writes, checked and stored by one call of one SQL function.

Callers come one by one, the calls go out in groups (`ledger.gathering`). A write is answered only when it is committed.
What Postgres refuses fails for its own caller alone.
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

_ITS_OWN: Final = {"22", "23", "54"}
"""SQLSTATE classes of what a write itself is to blame for: its data, a constraint, its size. All else may be mended."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Write:
    """What one decision adds to the ledger: all of it, or nothing.

    A decision without entries is recorded too (an outcome without versions, or journal rows marked handled).
    """

    plan: str
    expected_version: int
    """The version the decision was taken on; 0 for a plan nobody wrote to."""
    prev: bytes
    """The leaf hash of that version's entry; `ledger.envelope.FIRST` for none."""
    entries: Sequence[EncodedEntry] = ()
    """Versions ``expected_version + 1`` onwards, each naming the hash of the one before."""
    outcomes: Sequence[Outcome] = ()
    sealed_values: Sequence[SealedValue] = ()
    handled: Sequence[int] = ()
    """Journal numbers whose body is erased now."""
    summary: Mapping[str, Any] | None = None
    """The plan's row in the read model, at most 8 KB as JSON; ``None`` leaves it as it is."""


@dataclass(frozen=True, slots=True)
class Written:
    """Committed, and on disk."""

    plan: str
    version: int
    """The plan's version now."""
    position: int | None
    """The position of the first entry; ``None`` if there was none. The others follow without a gap."""


@dataclass(frozen=True, slots=True)
class Conflict:
    """Nothing was written: the decision was taken on what is no longer so. Load, look for outcomes, decide again."""

    plan: str
    reason: Literal["version", "outcome"]
    """``version``: the plan is not as expected. ``outcome``: a command of this write has its outcome already."""
    version: int
    """The plan's version now."""


class LedgerUnavailable(Exception):
    """The write did not reach Postgres, or its answer was lost. Try again: the fence tells what was written."""

    code = "ledger_unavailable"

    def __init__(self, fault: str, sqlstate: str = "") -> None:
        said = f"{fault}, {sqlstate}" if sqlstate else fault
        super().__init__(f"The ledger takes no writes just now ({said}). Try again in a moment.")


class LogIsForked(LedgerUnavailable):
    """The ledger is no extension of what its log has signed: nothing is taken until people have looked into it."""

    code = "log_forked"

    def __init__(self) -> None:
        Exception.__init__(
            self,
            "The ledger is no extension of what its log has signed (a restored backup, a failed over server, or "
            "tampering). Bring back the ledger that was signed, or go on with `rumbo admin fork`.",
        )


class WriteRefused(Exception):
    """This write cannot be stored, now or later: a hash does not fit, a summary is too long. Repeats nothing of it."""

    code = "write_refused"

    def __init__(self, sqlstate: str, rule: str) -> None:
        self.sqlstate, self.rule = sqlstate, rule
        super().__init__(f"The write cannot be stored ({rule} {sqlstate}). Nothing of it was.")


class Appender:
    """The writes of concurrent callers in groups; made by `appending`. One to a process; several processes agree."""

    def __init__(self, gathered: GroupCommit[Write, Written | Conflict]) -> None:
        self._gathered = gathered

    async def append(self, write: Write) -> Written | Conflict:
        """Stores a write, or says why it no longer fits. Raises `LedgerUnavailable` or `WriteRefused`."""
        try:
            return await self._gathered.ask(write)
        except GroupCommitClosed:
            raise LedgerUnavailable("the appender has ended") from None
        except Exception as error:
            raise _fault(error) from None  # never chained: it may repeat what was to be written


@contextlib.asynccontextmanager
async def appending(pool: Pool) -> AsyncIterator[Appender]:
    """The appender of this process. At the end of the block what waits is still written."""

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
    """Whose fault it is that a write was not stored: its own only where Postgres or the driver found fault with it."""
    state = getattr(error, "sqlstate", None) or ""
    if is_fork(error):
        return LogIsForked()
    if is_transient(error) or (isinstance(error, asyncpg.PostgresError) and state[:2] not in _ITS_OWN):
        return LedgerUnavailable(type(error).__name__, state)
    return WriteRefused(state, getattr(error, "constraint_name", None) or type(error).__name__)


def is_fork(error: BaseException) -> bool:
    """Whether Postgres refused something because the log is forked."""
    return getattr(error, "constraint_name", None) == "log_forked"


def _row(write: Write) -> tuple[Any, ...]:
    """The composite ``ledger.new_write``."""
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

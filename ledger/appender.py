"""The one way into the log: writes, checked and stored by one call of one SQL function.

Callers come one by one, the calls go out in groups: while one is under way the next writes gather. A write is answered
only when it is committed. What Postgres refuses fails for its own caller alone.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from ledger.canonical import canonical
from ledger.connection import Pool, passes
from ledger.envelope import Leaf
from ledger.outcomes import Outcome
from ledger.sealed import Opening

GROUP: Final = 64
"""The most writes in one call. Of many callers some make their next writes ready while Postgres stores the others'."""
GROUP_BYTES: Final = 1024 * 1024
"""About how many bytes of entries one call carries; a single write may be larger."""
WAITING: Final = 1000
"""How many writes may wait; further callers wait to be let in."""


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
    entries: Sequence[Leaf] = ()
    """Versions ``expected_version + 1`` onwards, each naming the hash of the one before."""
    outcomes: Sequence[Outcome] = ()
    openings: Sequence[Opening] = ()
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


class LogForked(LedgerUnavailable):
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


@dataclass(slots=True)
class _Waiting:
    write: Write
    size: int
    answer: "asyncio.Future[Written | Conflict]" = field(
        default_factory=lambda: asyncio.get_running_loop().create_future()
    )


class Appender:
    """Groups the writes of concurrent callers; made by `appending`. One to a process; several processes agree."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self._queue: asyncio.Queue[_Waiting] = asyncio.Queue(WAITING)
        self._open = True

    async def append(self, write: Write) -> Written | Conflict:
        """Stores a write, or says why it no longer fits. Raises `LedgerUnavailable` or `WriteRefused`."""
        if not self._open:
            raise LedgerUnavailable("the appender has ended")
        waiting = _Waiting(write, sum(len(leaf.envelope) + len(leaf.data) for leaf in write.entries))
        await self._queue.put(waiting)
        return await waiting.answer

    async def _run(self) -> None:
        held: _Waiting | None = None
        while True:
            first = held or await self._queue.get()
            group, held = self._gather(first)
            try:
                await self._write(group)
            finally:
                for one in group:
                    self._queue.task_done()
                    _fail(one, LedgerUnavailable("the appender has ended"))

    def _gather(self, first: _Waiting) -> tuple[list[_Waiting], _Waiting | None]:
        """What waits right now, up to the limits of a group, and the one that no longer went in."""
        group, size = [first], first.size
        while len(group) < GROUP and not self._queue.empty():
            following = self._queue.get_nowait()
            size += following.size
            if size > GROUP_BYTES:
                return group, following
            group.append(following)
        return group, None

    async def _write(self, group: list[_Waiting]) -> None:
        try:
            answers = await self._call([one.write for one in group])
        except WriteRefused as refused:
            if len(group) == 1:
                _fail(group[0], refused)
            else:
                for one in group:
                    await self._write([one])
        except LedgerUnavailable as unavailable:
            for one in group:
                _fail(one, unavailable)
        else:
            for one, answer in zip(group, answers, strict=True):
                if not one.answer.done():
                    one.answer.set_result(answer)

    async def _call(self, writes: list[Write]) -> list[Written | Conflict]:
        try:
            rows = await self._pool.fetch(
                "SELECT verdict, at_version, first_position FROM ledger.append($1::ledger.new_write[]) ORDER BY nth",
                [_row(write) for write in writes],
            )
        except Exception as error:
            # Whatever it is concerns these callers alone. Never chained: it may repeat what was to be written.
            state = getattr(error, "sqlstate", None) or ""
            if is_fork(error):
                raise LogForked from None
            if passes(error):
                raise LedgerUnavailable(type(error).__name__, state) from None
            raise WriteRefused(state, getattr(error, "constraint_name", None) or type(error).__name__) from None
        return [_answer(write, row) for write, row in zip(writes, rows, strict=True)]


@contextlib.asynccontextmanager
async def appending(pool: Pool) -> AsyncIterator[Appender]:
    """The appender of this process. At the end of the block what waits is still written."""
    appender = Appender(pool)
    task = asyncio.create_task(appender._run())
    try:
        yield appender
    finally:
        appender._open = False
        try:
            await appender._queue.join()
        finally:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task


def is_fork(error: BaseException) -> bool:
    """Whether Postgres refused something because the log is forked."""
    return getattr(error, "constraint_name", None) == "log_forked"


def _fail(one: _Waiting, error: Exception) -> None:
    if not one.answer.done():
        one.answer.set_exception(error)


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
        [(one.actor, one.command, one.path, one.key_id, one.ciphertext) for one in write.openings],
        list(write.handled),
    )


def _answer(write: Write, row: Any) -> Written | Conflict:
    if row["verdict"] == "written":
        return Written(write.plan, row["at_version"], row["first_position"])
    return Conflict(write.plan, row["verdict"], row["at_version"])

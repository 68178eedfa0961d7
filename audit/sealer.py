"""The sealer: signs a checkpoint of the whole log when it has grown, and only an extension of the last checkpoint.

A lock beside the key allows one sealer at a time; two would be safe, because two checkpoints of one log never
contradict each other. The last checkpoint is a file outside Postgres. A restored backup, a lagging standby or a
rewritten history leave a ledger that does not extend it. The sealer then records a fork, and Postgres accepts no entry
and no command until an administrator acts.
"""

from collections.abc import Callable
from datetime import UTC, datetime

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from audit import tree
from audit.checkpoint import head, log_key, sign
from audit.log_folder import LogFolder
from audit.log_keys import both_until
from audit.verify import Checkpoint, CompactRange, parse_checkpoint
from ledger import log
from ledger.appender import LogIsForked
from ledger.connection import Pool
from ledger.identity import identify
from ledger.log import StoredEntry


def _now() -> datetime:
    return datetime.now(UTC)


class Sealer:
    """One for each folder of log keys. ``pool`` has the role ``sealer``."""

    def __init__(self, pool: Pool, folder: LogFolder, now: Callable[[], datetime] = _now) -> None:
        self._pool = pool
        self._folder = folder
        self._now = now

    async def seal(self) -> bytes | None:
        """Sign a checkpoint if the log has grown. Returns the note of the newest checkpoint.

        ``None`` if the log is empty or another process seals. Raises `LogIsForked`, ``UnusableKey``, and what Postgres
        raises.
        """
        with self._folder.locked() as mine:
            if not mine:
                return None
            last = await self._last()
            size = await log.size(self._pool)
            grown = await self._require_extension(last, size)
            if size > last.size:
                try:
                    await tree.grow(self._pool, grown, size)
                except tree.Incomplete:  # positions are dense, so entries were deleted
                    raise await self._forked(last, size) from None
                privates = [self._folder.key(), *await self._old_key(last.origin)]
                self._folder.keep(last.origin, sign(last.origin, head(last.origin, size, grown.root()), privates))
            note = self._folder.last_note(last.origin) if size else None
            if note:
                await self._publish(note)
            return note

    async def check(self) -> None:
        """Require that the ledger extends the last checkpoint; reads O(log n) rows. Raises `LogIsForked`."""
        await self._require_extension(await self._last(), await log.size(self._pool))

    async def check_whole(self) -> None:
        """Require the same, computing every leaf hash; reads the whole log. Raises `LogIsForked`."""
        last = await self._last()
        grown = await tree.from_entries(self._pool, last.size, StoredEntry.computed_hash)
        if grown.size < last.size:
            raise await self._forked(last, grown.size)
        if grown.root() != last.root:
            raise await self._forked(last, await log.size(self._pool))

    async def _last(self) -> Checkpoint:
        """The last checkpoint signed under the ledger's origin; one of size 0 if there is none, as after a fork."""
        identity = await identify(self._pool)
        assert identity is not None  # a ledger has an identity before it is sealed
        return self._folder.last(identity.origin) or Checkpoint(identity.origin, 0, CompactRange().root(), b"", ())

    async def _require_extension(self, last: Checkpoint, size: int) -> CompactRange:
        """The tree of the last checkpoint, read from the ledger. Raises `LogIsForked` if its root differs."""
        try:
            if size >= last.size:
                found = await tree.tree_of(self._pool, last.size)
                if found.root() == last.root:
                    return found
        except tree.Incomplete:
            pass
        raise await self._forked(last, size)

    async def _forked(self, last: Checkpoint, found: int) -> LogIsForked:
        """Record a fork: from now on Postgres accepts nothing under this origin. Returns the exception to raise."""
        await self._pool.execute(
            "INSERT INTO ledger.forks (origin, size, root, found) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING",
            last.origin, last.size, last.root, found,
        )  # fmt: skip
        return LogIsForked()

    async def _publish(self, note: bytes) -> None:
        checkpoint = parse_checkpoint(note)
        await self._pool.execute(
            "INSERT INTO ledger.checkpoints (origin, size, note) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
            checkpoint.origin, checkpoint.size, note.decode(),
        )  # fmt: skip

    async def _old_key(self, origin: str) -> list[Ed25519PrivateKey]:
        """The previous key while both sign. After that time it is removed."""
        old = self._folder.old_key()
        if old is None:
            return []
        if await both_until(self._pool, str(log_key(origin, old))) > self._now():
            return [old]
        self._folder.forget_old()
        return []

"""The sealer: signs a checkpoint of the whole log whenever there is something new, and only an extension of its last.

One at a time, by a lock beside the key; safe to run twice, because two checkpoints of one log never contradict each
other. Its memory is a file outside Postgres: a restored backup, a standby that was behind, or somebody who rewrote
history leave a ledger that is no extension of it. That is recorded, and from then on Postgres takes no entry and no
command until people have looked into it.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Final

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

_PAGE: Final = 4096


def _now() -> datetime:
    return datetime.now(UTC)


class Sealer:
    """One to a folder of the log's keys. ``pool`` works as ``sealer``."""

    def __init__(self, pool: Pool, folder: LogFolder, now: Callable[[], datetime] = _now) -> None:
        self._pool = pool
        self._folder = folder
        self._now = now

    async def seal(self) -> bytes | None:
        """Sign what is new, if there is anything; the newest checkpoint's note.

        ``None`` where there is nothing to sign yet, or somebody else seals. Raises `LogIsForked`, ``CannotOpen``, and
        what Postgres does.
        """
        with self._folder.locked() as mine:
            if not mine:
                return None
            last = await self._last()
            size = await log.size(self._pool)
            grown = await self._held(last, size)
            if size > last.size:
                try:
                    await tree.grow(self._pool, grown, size)
                except tree.Incomplete:  # positions are dense, so somebody has taken entries away
                    raise await self._forked(last, size) from None
                privates = [self._folder.key(), *await self._old_key(last.origin)]
                self._folder.keep(last.origin, sign(last.origin, head(last.origin, size, grown.root()), privates))
            note = self._folder.last_note(last.origin) if size else None
            if note:
                await self._publish(note)
            return note

    async def check(self) -> None:
        """Hold that the ledger still begins with what was signed last; reads little. Raises `LogIsForked`."""
        await self._held(await self._last(), await log.size(self._pool))

    async def check_whole(self) -> None:
        """Hold the same by every entry, hashed anew; reads the whole log. Raises `LogIsForked`."""
        last, grown = await self._last(), CompactRange()
        while grown.size < last.size:
            page = await log.page(self._pool, grown.size - 1, min(_PAGE, last.size - grown.size))
            if not page:
                raise await self._forked(last, grown.size)
            for one in page:
                grown.append(one.hashed())
        if grown.root() != last.root:
            raise await self._forked(last, await log.size(self._pool))

    async def _last(self) -> Checkpoint:
        """The last checkpoint signed under the ledger's origin; one of nothing where there is none, as after a fork."""
        identity = await identify(self._pool)
        assert identity is not None  # a ledger is named before anybody seals it
        return self._folder.last(identity.origin) or Checkpoint(identity.origin, 0, CompactRange().root(), b"", ())

    async def _held(self, last: Checkpoint, size: int) -> CompactRange:
        """The tree as it was signed last, found again in the ledger. Raises `LogIsForked`."""
        try:
            if size >= last.size:
                found = await tree.tree_of(self._pool, last.size)
                if found.root() == last.root:
                    return found
        except tree.Incomplete:
            pass
        raise await self._forked(last, size)

    async def _forked(self, last: Checkpoint, found: int) -> LogIsForked:
        """Record it: from now on Postgres takes nothing under this origin."""
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
        """The key before the present one, as long as both sign; afterwards it is removed."""
        old = self._folder.old_key()
        if old is None:
            return []
        if await both_until(self._pool, str(log_key(origin, old))) > self._now():
            return [old]
        self._folder.forget_old()
        return []

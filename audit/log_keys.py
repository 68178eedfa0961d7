"""The keys that sign the log, as the log itself introduces them; and how one takes the place of another."""

from datetime import UTC, datetime

from audit.checkpoint import log_key
from audit.log_folder import LogFolder
from ledger import log, system_stream
from ledger.appender import Appender
from ledger.connection import Pool
from ledger.system_stream import LogKeyIntroduced


async def introduced(pool: Pool) -> list[LogKeyIntroduced]:
    """Every key that was ever introduced, in order; those of an origin before a fork too."""
    return [entry.event async for entry in system_stream.entries(pool) if isinstance(entry.event, LogKeyIntroduced)]


async def introduce(pool: Pool, appender: Appender, origin: str, folder: LogFolder, now: datetime) -> None:
    """See to it that the log says which key signs it under this origin. Idempotent."""
    key = str(log_key(origin, folder.key()))
    while True:
        head = await log.stream_head(pool, system_stream.STREAM)
        if any(one.key == key for one in await introduced(pool)):
            return
        await system_stream.append(appender, head, LogKeyIntroduced(key=key), now)


async def rotate(pool: Pool, appender: Appender, origin: str, folder: LogFolder, now: datetime, until: datetime) -> str:
    """Have a new key sign from now on, beside the present one until ``until``; returns its text.

    The log says so before the key signs anything. Interrupted and done again it goes on where it was. Raises
    `StillRotating` while an earlier rotation lasts.
    """
    if folder.old_key() is not None:
        raise StillRotating
    old, new = str(log_key(origin, folder.key())), str(log_key(origin, folder.next_key()))
    while True:
        head = await log.stream_head(pool, system_stream.STREAM)
        if any(one.key == new for one in await introduced(pool)):
            break
        await system_stream.append(appender, head, LogKeyIntroduced(key=new, replaces=old, both_until=until), now)
    folder.take_next()
    return new


async def both_until(pool: Pool, key: str) -> datetime:
    """Until when a key that was replaced still signs; long ago where nothing says so."""
    until = [one.both_until for one in await introduced(pool) if one.replaces == key]
    return next((one for one in reversed(until) if one), datetime.min.replace(tzinfo=UTC))


class StillRotating(Exception):
    """The key before the present one still signs."""

    code = "still_rotating"

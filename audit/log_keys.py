"""The keys that sign the log: their introduction in the system stream, and their rotation."""

from datetime import UTC, datetime

from audit.checkpoint import log_key
from audit.log_folder import LogFolder
from ledger import log, system_stream
from ledger.appender import Appender
from ledger.connection import Pool
from ledger.system_stream import LogKeyIntroduced


async def introduced(pool: Pool) -> list[LogKeyIntroduced]:
    """Every key that was ever introduced, in order, including those of origins before a fork."""
    return [entry.event async for entry in system_stream.entries(pool) if isinstance(entry.event, LogKeyIntroduced)]


async def introduce(pool: Pool, appender: Appender, origin: str, folder: LogFolder, now: datetime) -> None:
    """Introduce the signing key for this origin in the system stream, unless it is introduced. Idempotent."""
    key = str(log_key(origin, folder.key()))
    while True:
        head = await log.stream_head(pool, system_stream.STREAM)
        if any(one.key == key for one in await introduced(pool)):
            return
        await system_stream.append(appender, head, LogKeyIntroduced(key=key), now)


async def rotate(pool: Pool, appender: Appender, origin: str, folder: LogFolder, now: datetime, until: datetime) -> str:
    """Start signing with a new key, beside the present one until ``until``; returns the new verification key.

    The key is introduced in the system stream before it signs anything. A repeated call completes an interrupted one.
    Raises `StillRotating` during an earlier rotation.
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
    """The time until which a replaced key still signs; the earliest possible time if no entry states one."""
    until = [one.both_until for one in await introduced(pool) if one.replaces == key]
    return next((one for one in reversed(until) if one), datetime.min.replace(tzinfo=UTC))


class StillRotating(Exception):
    """The previous key still signs."""

    code = "still_rotating"

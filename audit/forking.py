"""Continuing after a fork: under the next origin, with an entry that records what was lost, by whose authority and why.

This repairs nothing. A checkpoint of the former log still proves that the two differ. It only makes the log admit that
it is not the former one.
"""

from datetime import datetime

from audit.log_folder import LogFolder
from audit.log_keys import introduce
from ledger import log, system_stream
from ledger.appender import Appender
from ledger.connection import Pool
from ledger.identity import identify
from ledger.system_stream import LogForked


class NotForked(Exception):
    """The ledger extends its last signed checkpoint; there is no fork to continue from."""

    code = "not_forked"


async def go_on(
    pool: Pool, sealers: Pool, appender: Appender, folder: LogFolder, base: str,
    *, authority: str, reason: str, now: datetime,
) -> LogForked:  # fmt: skip
    """Continue under the next origin after ``base``: ``base/2``, ``base/3``. ``sealers`` has the role ``sealer``.

    A repeated call completes an interrupted one. Raises `NotForked`.
    """
    head = await log.stream_head(pool, system_stream.STREAM)
    recorded = [entry.event.origin async for entry in system_stream.entries(pool) if isinstance(entry.event, LogForked)]
    row = await pool.fetchrow(
        "SELECT origin, size, root FROM ledger.forks WHERE origin <> ALL($1) ORDER BY found_at LIMIT 1", recorded
    )
    identity = await identify(pool)
    assert identity is not None  # a ledger has an identity before it is sealed
    if row is None:
        raise NotForked
    number = identity.forks_of(base)
    if identity.origin == row["origin"] and number is not None:
        await sealers.execute("SELECT ledger.go_on_as($1)", f"{base}/{number + 2}")
        identity = await identify(pool)
        assert identity is not None
    event = LogForked(
        origin=row["origin"],
        size=row["size"],
        root=row["root"].hex(),
        goes_on_as=identity.origin,
        authority=authority,
        reason=reason,
    )
    if not await system_stream.append(appender, head, event, now):  # a conflict, perhaps with this same entry
        return await go_on(pool, sealers, appender, folder, base, authority=authority, reason=reason, now=now)
    await introduce(pool, appender, identity.origin, folder, now)
    return event

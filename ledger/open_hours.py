"""The hours in which the door was open. A fact of the ledger that decisions look at and no fold ever does.

An hour is written down while it lasts, by whoever keeps the door, and never afterwards.
"""

from bisect import bisect_left
from collections.abc import Sequence
from datetime import UTC, datetime

from ledger.connection import Pool


async def mark(pool: Pool) -> None:
    """Write down that the door is open in the present hour, by the ledger's own clock. Any number of times it is once.

    Raises what Postgres does; then nothing could have been accepted either.
    """
    await pool.execute(
        """INSERT INTO ledger.open_hours (hour) VALUES (date_trunc('hour', clock_timestamp(), 'UTC'))
           ON CONFLICT DO NOTHING"""
    )


class OpenHours:
    """The hours so far, in order. Kept in memory, because what has passed does not change; about 9,000 a year."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self._hours: list[datetime] = []

    async def known(self) -> Sequence[datetime]:
        """Each hour in which the door was open, by its start, oldest first; with those written since the last call."""
        since = self._hours[-1] if self._hours else datetime.min.replace(tzinfo=UTC)
        # The last day is read again: an hour may be committed after a later one, or be of a clock that stood ahead.
        rows = await self._pool.fetch(
            """SELECT hour FROM ledger.open_hours
               WHERE hour >= least($1, clock_timestamp() - interval '1 day') ORDER BY hour""",
            since,
        )
        if rows:
            self._hours[bisect_left(self._hours, rows[0]["hour"]) :] = [row["hour"] for row in rows]
        return self._hours

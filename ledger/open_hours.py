"""Availability: the hours in which the gateway could take answers. Decisions read them, folds never do.

The gateway records an hour while it lasts, never afterwards.
"""

from bisect import bisect_left
from collections.abc import Sequence
from datetime import UTC, datetime

from ledger.connection import Pool


async def mark(pool: Pool) -> None:
    """Record that the gateway is available in the present hour, by the database clock. Idempotent within the hour.

    Raises what Postgres raises; then no command could have been accepted either.
    """
    await pool.execute(
        """INSERT INTO ledger.open_hours (hour) VALUES (date_trunc('hour', clock_timestamp(), 'UTC'))
           ON CONFLICT DO NOTHING"""
    )


class OpenHours:
    """The recorded hours, in order, cached in memory because past hours do not change: about 9,000 a year."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self._hours: list[datetime] = []

    async def known(self) -> Sequence[datetime]:
        """The start of each hour with availability, oldest first, including those recorded since the last call."""
        since = self._hours[-1] if self._hours else datetime.min.replace(tzinfo=UTC)
        # Read the last day again: an hour may be committed after a later one, or come from a clock that was ahead.
        rows = await self._pool.fetch(
            """SELECT hour FROM ledger.open_hours
               WHERE hour >= least($1, clock_timestamp() - interval '1 day') ORDER BY hour""",
            since,
        )
        if rows:
            self._hours[bisect_left(self._hours, rows[0]["hour"]) :] = [row["hour"] for row in rows]
        return self._hours

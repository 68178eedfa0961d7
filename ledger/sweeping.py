"""Finds the plans to wake after a lost signal, an absent worker or an ended workflow.

A plan is woken if a command has waited for 5 s, or if the deadline in its read-model row (``next_deadline``) passed
15 s ago and was not handled; then again after 10 s, 20 s, … up to every 5 minutes. When the cause is handled, the
back-off starts again. A lease in one row allows one sweeper at a time; a dead one loses it within `LEASE`.
"""

from datetime import timedelta
from typing import Final

from ledger.connection import Pool

LEASE: Final = timedelta(seconds=15)
FIRST_PAUSE: Final = timedelta(seconds=5)
LONGEST_PAUSE: Final = timedelta(minutes=5)
OVERDUE: Final = timedelta(seconds=15)
"""A running workflow handles a deadline within seconds. If it is later than this, no workflow is running."""


async def lease(pool: Pool, holder: str) -> bool:
    """Take or renew the sweeper's lease. Whether ``holder`` has it now. Call more often than `LEASE`."""
    row = await pool.fetchrow(
        """INSERT INTO ledger.sweeper AS s (holder, until) VALUES ($1, clock_timestamp() + $2)
           ON CONFLICT (one) DO UPDATE SET holder = excluded.holder, until = excluded.until
             WHERE s.holder = excluded.holder OR s.until < clock_timestamp()
           RETURNING holder""",
        holder, LEASE,
    )  # fmt: skip
    return row is not None


async def waiting_plans(pool: Pool, limit: int = 100) -> list[str]:
    """The plans to wake now. Each is returned again only after its pause. Call only with the lease."""
    await pool.execute(
        """DELETE FROM ledger.sweeps s
           WHERE CASE WHEN s.oldest > 0
             THEN NOT EXISTS (SELECT FROM ledger.journal j WHERE j.plan = s.plan AND j.handled_at IS NULL)
             ELSE NOT EXISTS (SELECT FROM ledger.plans p WHERE p.plan = s.plan AND p.version = -s.oldest) END"""
    )
    rows = await pool.fetch(
        """WITH waiting AS (
             SELECT DISTINCT ON (plan) plan, number, journalled_at + $2 AS due_at FROM ledger.journal
             WHERE handled_at IS NULL ORDER BY plan, number),
           overdue AS (  -- identified by the version at which it was overdue, as a negative number
             SELECT plan, -version::bigint AS number, clock_timestamp() AS due_at FROM ledger.plans
             WHERE summary ->> 'next_deadline' <
               to_char((clock_timestamp() - $4::interval) AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS')
               AND plan NOT IN (SELECT plan FROM waiting)),
           due AS (
             SELECT o.plan, o.number, CASE WHEN s.oldest = o.number THEN s.attempts + 1 ELSE 1 END AS attempts
             FROM (SELECT * FROM waiting UNION ALL SELECT * FROM overdue) o
             LEFT JOIN ledger.sweeps s ON s.plan = o.plan
             WHERE CASE WHEN s.oldest = o.number THEN s.next_at ELSE o.due_at END <= clock_timestamp()
             ORDER BY o.number LIMIT $1)
           INSERT INTO ledger.sweeps AS s (plan, oldest, attempts, next_at)
             SELECT plan, number, attempts, clock_timestamp() + least($2 * (2 ^ least(attempts, 16)), $3) FROM due
             ON CONFLICT (plan) DO UPDATE
               SET oldest = excluded.oldest, attempts = excluded.attempts, next_at = excluded.next_at
             RETURNING plan""",
        limit, FIRST_PAUSE, LONGEST_PAUSE, OVERDUE,
    )  # fmt: skip
    return [row["plan"] for row in rows]


async def running_plans(pool: Pool, after: str = "", limit: int = 100) -> list[str]:
    """Up to ``limit`` plans, by name after ``after``, whose workflow should be running.

    These are the plans whose read-model row has ``status`` open or paused, and those with waiting commands.
    """
    rows = await pool.fetch(
        """SELECT plan FROM ledger.plans WHERE plan > $1 AND summary ->> 'status' IN ('open', 'paused')
           UNION SELECT plan FROM ledger.journal WHERE plan > $1 AND handled_at IS NULL
           ORDER BY plan LIMIT $2""",
        after, limit,
    )  # fmt: skip
    return [row["plan"] for row in rows]

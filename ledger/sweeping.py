"""Which plans to wake: what a lost signal, a worker that was away, or a loop that was ended left behind.

A plan is to be woken when a command has waited for 5 s, or when the deadline that its row in the read model names
(``next_deadline``) passed 15 s ago and nothing came of it; again after 10 s, 20 s, … up to every 5 minutes. Once that
is handled the pauses begin anew. One sweeper at a time, by a lease in a row: whoever dies loses it in seconds.
"""

from datetime import timedelta
from typing import Final

from ledger.connection import Pool

LEASE: Final = timedelta(seconds=15)
FIRST_PAUSE: Final = timedelta(seconds=5)
LONGEST_PAUSE: Final = timedelta(minutes=5)
OVERDUE: Final = timedelta(seconds=15)
"""A deadline is brought on by the plan's own loop within seconds; where it is not, there is no loop."""


async def lease(pool: Pool, holder: str) -> bool:
    """Take the sweeper's lease, or renew it; whether ``holder`` has it now. Ask more often than `LEASE`."""
    row = await pool.fetchrow(
        """INSERT INTO ledger.sweeper AS s (holder, until) VALUES ($1, clock_timestamp() + $2)
           ON CONFLICT (one) DO UPDATE SET holder = excluded.holder, until = excluded.until
             WHERE s.holder = excluded.holder OR s.until < clock_timestamp()
           RETURNING holder""",
        holder, LEASE,
    )  # fmt: skip
    return row is not None


async def waiting_plans(pool: Pool, limit: int = 100) -> list[str]:
    """The plans that are to be woken now; each is named again only after its pause. For who has the lease."""
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
           overdue AS (  -- told apart by the version that it was overdue at, as a negative number
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
    """Up to ``limit`` plans by name, from the one that follows ``after``, whose loop should be running.

    Those that their row in the read model calls open or paused (``status``), and those that have waiting commands.
    """
    rows = await pool.fetch(
        """SELECT plan FROM ledger.plans WHERE plan > $1 AND summary ->> 'status' IN ('open', 'paused')
           UNION SELECT plan FROM ledger.journal WHERE plan > $1 AND handled_at IS NULL
           ORDER BY plan LIMIT $2""",
        after, limit,
    )  # fmt: skip
    return [row["plan"] for row in rows]

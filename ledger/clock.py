"""Postgres' clock: the one that a live ledger goes by.

Commands are accepted by it and deadlines close by it, so that neither a gateway nor a Temporal whose clock is off makes
anybody late or silent.
"""

from datetime import datetime

from ledger.connection import Pool


async def database_time(pool: Pool) -> datetime:
    """The time where the ledger lies, in UTC."""
    now: datetime = await pool.fetchval("SELECT clock_timestamp()")
    return now

"""Postgres' clock, to hold a worker's own against: a worker whose time was moved must not write."""

from datetime import datetime

from ledger.connection import Pool


async def database_time(pool: Pool) -> datetime:
    """The time where the ledger lies, in UTC."""
    now: datetime = await pool.fetchval("SELECT clock_timestamp()")
    return now

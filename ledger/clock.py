"""Postgres' clock: the one that a live ledger goes by.

Commands are accepted by it and deadlines close by it, so that neither a gateway nor a Temporal whose clock is off makes
anybody late or silent.
"""

from datetime import datetime

from ledger.connection import Queryable


async def database_time(ledger: Queryable) -> datetime:
    """The time where the ledger lies, in UTC."""
    now: datetime = await ledger.fetchval("SELECT clock_timestamp()")
    return now

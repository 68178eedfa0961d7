"""The database clock, which decides time on a live ledger.

Commands are accepted and deadlines close by this clock. So a wrong clock in a gateway or in Temporal cannot make a
command late or record a missing answer.
"""

from datetime import datetime

from ledger.connection import Queryable


async def database_time(ledger: Queryable) -> datetime:
    """The database server's time, in UTC."""
    now: datetime = await ledger.fetchval("SELECT clock_timestamp()")
    return now

"""Availability: the gateway marks every hour in which it could accept commands.

Silence counts against a body only if the system was available. Whatever prevents a command from being accepted also
prevents the mark: a machine that sleeps, a gateway that is stopped, a ledger that is unavailable.
"""

import asyncio
from typing import Final

from ledger.connection import Pool
from ledger.open_hours import mark

EVERY: Final = 60.0
"""Seconds between two marks: an hour with two minutes of availability is marked."""


async def record_availability(pool: Pool, every: float = EVERY) -> None:
    """Mark the present hour again and again. Supervised: restarted after the ledger was unavailable."""
    while True:
        await mark(pool)
        await asyncio.sleep(every)

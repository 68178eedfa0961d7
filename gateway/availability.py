"""Keeping the door: while it is open each hour is written down, so that nobody is silent before a closed one.

Everything that keeps a command from being accepted keeps the hour from being written, too: a machine that sleeps, a
gateway that was stopped, a ledger that is away.
"""

import asyncio
from typing import Final

from ledger.connection import Pool
from ledger.open_hours import mark

EVERY: Final = 60.0
"""Seconds between two marks: a door that was open for two minutes of an hour was open in it."""


async def record_availability(pool: Pool, every: float = EVERY) -> None:
    """Mark for ever; a task of the gateway, which begins it again when the ledger was away."""
    while True:
        await mark(pool)
        await asyncio.sleep(every)

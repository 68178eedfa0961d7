"""A running gateway records that it could accept commands."""

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta

from ledger.connection import Pool
from ledger.open_hours import OpenHours
from tests.integration.gateway.running import Running


async def marked(pool: Pool) -> Sequence[datetime]:
    """The recorded hours, once there are any."""
    intake = OpenHours(pool)
    for _ in range(400):
        if hours := await intake.known():
            return hours
        await asyncio.sleep(0.05)
    raise AssertionError("no hour was written down")


async def test_a_running_gateway_records_its_hours_of_availability(alone: Running) -> None:
    hours = await marked(alone.state.pool)
    now = await alone.state.pool.fetchval("SELECT clock_timestamp()")
    assert timedelta(0) <= now - hours[-1] < timedelta(hours=1, minutes=1)

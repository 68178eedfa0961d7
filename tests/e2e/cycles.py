"""Waiting until a plan's workflow has come to a cycle."""

import asyncio

from ledger.connection import Pool


async def reached(pool: Pool, cycle: int) -> None:
    """Wait until the ledger holds an entry of this cycle or a later one."""
    while not await pool.fetchval(  # noqa: ASYNC110 (Postgres has no event)
        "SELECT EXISTS (SELECT FROM ledger.events WHERE (envelope ->> 'cycle')::int >= $1)", cycle
    ):
        await asyncio.sleep(0.2)

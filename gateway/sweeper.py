"""The sweeper: one wake for each plan that has waiting commands or a deadline that passed, and a new run for each that
should have one and has not, however its loop was lost.

It runs in every gateway; a lease in the ledger lets one of them sweep at a time. Pauses grow from 5 s to 5 min.
"""

import asyncio
import secrets
from typing import Final

import asyncpg
import structlog
from temporalio.client import Client
from temporalio.service import RPCError

from gateway.knocking import PATIENCE, wake
from gateway.recovery import Patrol
from ledger.connection import Pool
from ledger.sweeping import lease, waiting_plans

EVERY: Final = 2.5
"""Seconds between two looks."""

log = structlog.get_logger("gateway")


async def sweep(pool: Pool, client: Client, task_queue: str, every: float = EVERY) -> None:
    """Sweep for ever; a task of the gateway. Outlives a ledger or a Temporal that is away."""
    holder = secrets.token_hex(8)
    patrol = Patrol(pool, client, task_queue)
    while True:
        try:
            # While its Temporal is away a gateway leaves the lease to others, and the pauses do not grow in vain.
            await client.service_client.check_health(timeout=PATIENCE)
            if await lease(pool, holder):
                for plan in await waiting_plans(pool):
                    await wake(client, task_queue, plan)
                    log.info("plan.woken", plan=plan)
                for plan in await patrol.step():
                    log.warning("plan.recovered", plan=plan)
        except (RPCError, RuntimeError, OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
            log.warning("sweeper.waits", why=type(error).__name__)
        await asyncio.sleep(every)

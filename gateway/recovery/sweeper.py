"""The sweeper: one wake for each plan that has waiting commands or a deadline that passed, and a new run for each that
should have one and has not, however its loop was lost.

It runs in every gateway; a lease in the ledger lets one of them sweep at a time. Pauses grow from 5 s to 5 min.
"""

import asyncio
import secrets
from typing import Final

import structlog
from temporalio.client import Client

from gateway.recovery.restart import Patrol
from gateway.sending.signalling import RPC_TIMEOUT, wake
from ledger.connection import Pool
from ledger.sweeping import lease, waiting_plans

EVERY: Final = 2.5
"""Seconds between two looks."""

log = structlog.get_logger("gateway")


class Sweeper:
    """One to a gateway."""

    def __init__(self, pool: Pool, client: Client, task_queue: str) -> None:
        self._pool, self._client, self._task_queue = pool, client, task_queue
        self._holder = secrets.token_hex(8)
        self._patrol = Patrol(pool, client, task_queue)

    async def run(self, every: float = EVERY) -> None:
        """Sweep for ever; a task of the gateway, which begins it again when ledger or Temporal were away."""
        while True:
            # While its Temporal is away a gateway leaves the lease to others, and the pauses do not grow in vain.
            await self._client.service_client.check_health(timeout=RPC_TIMEOUT)
            if await lease(self._pool, self._holder):
                for plan in await waiting_plans(self._pool):
                    await wake(self._client, self._task_queue, plan)
                    log.info("plan.woken", plan=plan)
                for plan in await self._patrol.step():
                    log.warning("plan.recovered", plan=plan)
            await asyncio.sleep(every)

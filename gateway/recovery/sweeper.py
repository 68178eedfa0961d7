"""The sweeper wakes each plan that has waiting commands or a passed deadline, and restarts workflows that were lost.

Every gateway runs one; a lease in the ledger lets only one of them sweep at a time. A plan that stays late is woken
again after pauses that grow from 5 s to 5 min.
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
"""Seconds between two sweeps."""

log = structlog.get_logger("gateway")


class Sweeper:
    """One per gateway process."""

    def __init__(self, pool: Pool, client: Client, task_queue: str) -> None:
        self._pool, self._client, self._task_queue = pool, client, task_queue
        self._holder = secrets.token_hex(8)
        self._patrol = Patrol(pool, client, task_queue)

    async def run(self, every: float = EVERY) -> None:
        """Sweep again and again. Supervised: restarted after the ledger or Temporal was unavailable."""
        while True:
            # A gateway that cannot reach Temporal leaves the lease to others, so that no pause grows for nothing.
            await self._client.service_client.check_health(timeout=RPC_TIMEOUT)
            if await lease(self._pool, self._holder):
                for plan in await waiting_plans(self._pool):
                    await wake(self._client, self._task_queue, plan)
                    log.info("plan.woken", plan=plan)
                for plan in await self._patrol.step():
                    log.warning("plan.recovered", plan=plan)
            await asyncio.sleep(every)

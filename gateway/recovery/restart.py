"""Starting again what should be running and is not: a loop that was terminated, or lost with all of its Temporal.

A run begins by asking ``handle`` for its agenda, so nothing has to be carried over: started is recovered. A run that
holds a plan's id on another task queue than that of our workers is as good as none: nobody comes to it, and as long as
it lasts no other can begin. So it is ended first. Its type does not matter, since ours takes any (`workflows.plan`).
"""

import asyncio
from collections.abc import Iterable
from typing import Final

import structlog
from temporalio.client import Client, WorkflowExecutionDescription, WorkflowExecutionStatus
from temporalio.service import RPCError, RPCStatusCode

from activities.contract import workflow_id
from gateway.sending.signalling import RPC_TIMEOUT, wake
from ledger.connection import Pool
from ledger.sweeping import running_plans

BATCH: Final = 50
"""Plans looked for at a time."""
ROUND: Final = 20.0
"""Seconds that a round of the patrol takes at least."""

log = structlog.get_logger("gateway")


async def recover(client: Client, task_queue: str, plans: Iterable[str]) -> list[str]:
    """Start those of these plans that have no run on this task queue; returns which. Raises what the client raises."""

    async def start(plan: str) -> str | None:
        run = await open_run(client, plan)
        if run is not None and run.task_queue == task_queue:
            return None
        if run is not None:
            log.warning("plan.on_another_task_queue", plan=plan, found=run.task_queue, type=run.workflow_type)
            await _end(client, run)
        await wake(client, task_queue, plan)
        return plan

    return [plan for plan in await asyncio.gather(*(start(plan) for plan in plans)) if plan]


async def recover_all(pool: Pool, client: Client, task_queue: str) -> tuple[int, list[str]]:
    """Start every plan that should be running and is not: how many were looked for, and which were started."""
    looked_for, started, after = 0, list[str](), ""
    while plans := await running_plans(pool, after, BATCH):
        started += await recover(client, task_queue, plans)
        looked_for, after = looked_for + len(plans), plans[-1]
    return looked_for, started


async def nudge_all(pool: Pool, client: Client, task_queue: str) -> int:
    """Wake every plan that should be running, if it waits for a day in months: how many. Raises what the client raises.

    A loop that a deployment has pinned sees at its next step that newer workers are there, and goes over to them.
    """
    nudged, after = 0, ""
    while plans := await running_plans(pool, after, BATCH):
        await asyncio.gather(*(wake(client, task_queue, plan) for plan in plans))
        nudged, after = nudged + len(plans), plans[-1]
    return nudged


async def open_run(client: Client, plan: str) -> WorkflowExecutionDescription | None:
    """The open run under a plan's id, if there is one."""
    try:
        found = await client.get_workflow_handle(workflow_id(plan)).describe(rpc_timeout=RPC_TIMEOUT)
    except RPCError as error:
        if error.status is RPCStatusCode.NOT_FOUND:
            return None
        raise
    return found if found.status is WorkflowExecutionStatus.RUNNING else None


async def _end(client: Client, run: WorkflowExecutionDescription) -> None:
    """Terminate this very run, and no other that may have taken its place."""
    try:
        handle = client.get_workflow_handle(run.id, run_id=run.run_id)
        await handle.terminate(reason="It runs on a task queue that is not the plans'.", rpc_timeout=RPC_TIMEOUT)
    except RPCError as error:
        if error.status is not RPCStatusCode.NOT_FOUND:  # it has ended by itself
            raise


class Patrol:
    """Looks for every plan in turn, some at each step, and begins anew when a round is done."""

    def __init__(self, pool: Pool, client: Client, task_queue: str) -> None:
        self._pool, self._client, self._task_queue = pool, client, task_queue
        self._after = ""
        self._began = float("-inf")

    async def step(self) -> list[str]:
        """Look for the next few plans; returns those that were started again."""
        now = asyncio.get_running_loop().time()
        if not self._after:
            if now < self._began + ROUND:
                return []
            self._began = now
        plans = await running_plans(self._pool, self._after, BATCH)
        started = await recover(self._client, self._task_queue, plans)
        self._after = plans[-1] if len(plans) == BATCH else ""
        return started

"""Restarts plan workflows that should run and do not: terminated ones, or all of them after the loss of Temporal.

A run begins by asking ``handle`` for its agenda, so a new run needs nothing from the old one. A run on another task
queue than our workers' makes no progress and blocks the workflow id, so it is terminated first. Its workflow type does
not matter: our workers run any type (`workflows.plan`).
"""

import asyncio
from collections.abc import Iterable, Sequence
from typing import Final

import structlog
from temporalio.client import Client, WorkflowExecutionDescription, WorkflowExecutionStatus
from temporalio.service import RPCError, RPCStatusCode

from activities.contract import workflow_id
from gateway.sending.signalling import RPC_TIMEOUT, wake
from ledger.connection import Pool
from ledger.sweeping import running_plans

BATCH: Final = 50
"""Plans checked at a time."""
ROUND: Final = 20.0
"""Seconds that a round of the patrol over all plans takes at least."""

log = structlog.get_logger("gateway")


async def recover(client: Client, task_queue: str, plans: Iterable[str]) -> list[str]:
    """Start those plans that have no run on this task queue, and return them. Raises what the client raises."""

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
    """Start every plan that should run and does not. Returns how many were checked, and which were started."""
    checked, started, after = 0, list[str](), ""
    while plans := await running_plans(pool, after, BATCH):
        started += await recover(client, task_queue, plans)
        checked, after = checked + len(plans), plans[-1]
    return checked, started


async def nudge_all(pool: Pool, client: Client, task_queue: str) -> int:
    """Wake every plan that should run, even if its next deadline is months away; returns how many.

    Used after a deployment: a workflow pinned to an old worker version notices newer workers at its next step, and
    moves to them. Raises what the client raises.
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
    """Terminate exactly this run, not a newer one with the same workflow id."""
    try:
        handle = client.get_workflow_handle(run.id, run_id=run.run_id)
        await handle.terminate(reason="It runs on a task queue that is not the plans'.", rpc_timeout=RPC_TIMEOUT)
    except RPCError as error:
        if error.status is not RPCStatusCode.NOT_FOUND:  # it has ended by itself
            raise


async def without_run(client: Client, task_queue: str, plans: Sequence[str]) -> list[str]:
    """Those of these plans (at most `BATCH`) that Temporal does not list as running on this task queue.

    One call for all of them (measured: 30 ms for 50 plans, against 700 ms for 50 calls of `open_run`). Temporal's list
    is eventually consistent: a plan that it omits may run, and a plan that it lists may have just ended.
    """
    if not plans:
        return []
    ids = ", ".join(f"'{workflow_id(plan)}'" for plan in plans)
    listed = client.list_workflows(f"WorkflowId IN ({ids}) AND ExecutionStatus = 'Running'", rpc_timeout=RPC_TIMEOUT)
    running = {run.id async for run in listed if run.task_queue == task_queue}
    return [plan for plan in plans if workflow_id(plan) not in running]


class Patrol:
    """Checks all plans in rounds, a batch at each step. Only plans that Temporal does not list are looked up."""

    def __init__(self, pool: Pool, client: Client, task_queue: str) -> None:
        self._pool, self._client, self._task_queue = pool, client, task_queue
        self._after = ""
        self._began = float("-inf")

    async def step(self) -> list[str]:
        """Check the next batch; returns the plans that were restarted."""
        now = asyncio.get_running_loop().time()
        if not self._after:
            if now < self._began + ROUND:
                return []
            self._began = now
        plans = await running_plans(self._pool, self._after, BATCH)
        suspects = await without_run(self._client, self._task_queue, plans)
        started = await recover(self._client, self._task_queue, suspects)
        self._after = plans[-1] if len(plans) == BATCH else ""
        return started

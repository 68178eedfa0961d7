"""Telling a plan's workflow that something waits for it.

A knock carries ids only, and may be lost: the journal is the order.

A plan whose workflow is gone (closed, terminated, lost with its Temporal) is started with what it is told.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Final

from temporalio.client import Client
from temporalio.common import WorkflowIDReusePolicy
from temporalio.service import RPCError, RPCStatusCode

from activities.contract import PLAN_WORKFLOW, WAKE, CommandSignal, PlanRun, workflow_id

RPC_TIMEOUT: Final = timedelta(seconds=5)
"""How long Temporal may take to answer a question before the knock is left to the sweeper. A knock is one or two."""


class TemporalUnavailable(Exception):
    """Temporal does not answer, so what is asked of it cannot be said."""

    code = "temporal_away"


@contextmanager
def temporal_required() -> Iterator[None]:
    """For what cannot be answered without Temporal. Raises `TemporalUnavailable` for the ways in which its client says so."""
    try:
        yield
    except (RPCError, RuntimeError) as error:
        raise TemporalUnavailable from error


def is_temporal_unavailable(error: BaseException) -> bool:
    """Whether an error is a client's way of saying that Temporal does not answer."""
    return isinstance(error, RPCError | RuntimeError)  # one that never reached it raises the plainest of errors


async def signal_command(client: Client, task_queue: str, plan: str, kind: str, told: CommandSignal) -> None:
    """Announce one journalled command under its spoken name. Raises what the client raises."""
    await _signal(client, task_queue, plan, kind, [told])


async def wake(client: Client, task_queue: str, plan: str) -> None:
    """Say only: look at the journal. Raises what the client raises."""
    await _signal(client, task_queue, plan, WAKE, [])


async def _signal(client: Client, task_queue: str, plan: str, name: str, arguments: list[CommandSignal]) -> None:
    try:
        # Nearly always there is a run, and telling that is cheaper than what would also start one.
        await client.get_workflow_handle(workflow_id(plan)).signal(name, args=arguments, rpc_timeout=RPC_TIMEOUT)
    except RPCError as error:
        if error.status is not RPCStatusCode.NOT_FOUND:
            raise
        await client.start_workflow(
            PLAN_WORKFLOW,
            PlanRun(),
            id=workflow_id(plan),
            task_queue=task_queue,
            id_reuse_policy=WorkflowIDReusePolicy.ALLOW_DUPLICATE,
            start_signal=name,
            start_signal_args=arguments,
            rpc_timeout=RPC_TIMEOUT,
        )

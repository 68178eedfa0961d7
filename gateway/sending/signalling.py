"""Signals to plan workflows: a command was journalled, or simply look at the journal.

A signal carries ids only, and may be lost: the journal alone decides content and order.

If the workflow does not run (closed, terminated, lost with its Temporal cluster), the signal starts it.
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
"""For one call of Temporal; a signal takes one call or two. After it the sweeper signals instead."""


class TemporalUnavailable(Exception):
    """Temporal does not answer, and the request cannot be answered without it."""

    code = "temporal_away"


@contextmanager
def temporal_required() -> Iterator[None]:
    """Turns every error by which Temporal's client says that Temporal does not answer into ``TemporalUnavailable``."""
    try:
        yield
    except (RPCError, RuntimeError) as error:
        raise TemporalUnavailable from error


def is_temporal_unavailable(error: BaseException) -> bool:
    """Whether Temporal's client raised this because Temporal does not answer."""
    return isinstance(error, RPCError | RuntimeError)  # a client that never connected raises a plain RuntimeError


async def signal_command(client: Client, task_queue: str, plan: str, kind: str, signal: CommandSignal) -> None:
    """Signal a journalled command under its command name. Raises what the client raises."""
    await _signal(client, task_queue, plan, kind, [signal])


async def wake(client: Client, task_queue: str, plan: str) -> None:
    """Ask a plan's workflow to look at the journal. Raises what the client raises."""
    await _signal(client, task_queue, plan, WAKE, [])


async def _signal(client: Client, task_queue: str, plan: str, name: str, arguments: list[CommandSignal]) -> None:
    try:
        # The workflow nearly always runs, and a plain signal costs less than signal-with-start.
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

"""The worker: ``python -m worker``. Connects settings, ledger and Temporal, and runs until a signal stops it.

With ``--when-told`` it imports everything at once, and begins when its standard input is closed: so it can load while
its servers start.

It logs to stderr, and logs ``ready`` once it polls. On SIGTERM or SIGINT running activities may finish; the process
ends within ten seconds even if a server does not answer. Exit codes: 0 stopped, 1 an internal error or unusable keys, 2
unusable settings, 75 Temporal or Postgres unreachable.
"""

import asyncio
import gc
import os
import signal
import sys
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from datetime import timedelta
from importlib.metadata import PackageNotFoundError, version
from typing import Any, Final, NoReturn

import structlog
from temporalio.api.enums.v1 import IndexedValueType
from temporalio.api.operatorservice.v1 import AddSearchAttributesRequest, ListSearchAttributesRequest
from temporalio.client import Client
from temporalio.common import VersioningBehavior, WorkerDeploymentVersion
from temporalio.converter import DataConverter
from temporalio.service import RPCError, RPCStatusCode
from temporalio.worker import Replayer, UnsandboxedWorkflowRunner, Worker, WorkerDeploymentConfig

import logs
from activities.contract import Agenda, HandleInput
from activities.converter import CannotDecode, check_converter, data_converter
from settings import Settings, UnusableSetting
from workflows import search
from workflows.plan import PlanWorkflow

Handler = Callable[[HandleInput], Awaitable[Agenda]]
"""The activity ``handle``, ready to be registered."""

HandlerFactory = Callable[[Settings], AbstractAsyncContextManager[Handler]]
"""Opens the ledger and keys that ``handle`` needs, for as long as the worker runs."""

DEADLOCK_TIMEOUT: Final = 8
"""Seconds that one workflow task may compute; less than the server's task timeout of ten.

The SDK's default of two is too short for ten thousand signals at once on a busy machine, and it retries a task that it
takes for deadlocked for ever. The SDK has no option for this, so `build_worker` sets a private attribute; the version
is pinned, and a test checks the attribute.
"""

log = structlog.get_logger("worker")


def build_worker(client: Client, handle: Handler, task_queue: str, **options: Any) -> Worker:
    """A worker for plans; ``client`` must use `activities.converter.data_converter`. ``options`` override the defaults.

    The sticky timeout and the activity's own timeout bound the delay after a worker is killed: about three seconds.
    """
    worker = Worker(
        client,
        **{
            "task_queue": task_queue,
            "workflows": [PlanWorkflow],
            "activities": [handle],
            # The sandbox would import the loop once per plan: 181 KiB for an idle plan instead of 129. A test looks in
            # the loop's source for clocks and randomness, and saved histories are replayed in the sandbox.
            "workflow_runner": UnsandboxedWorkflowRunner(),
            "sticky_queue_schedule_to_start_timeout": timedelta(seconds=1),
            "graceful_shutdown_timeout": timedelta(seconds=6),
            # Without a build id the SDK hashes the code of every loaded module: half a second of each start.
            "build_id": None if options.get("deployment_config") else _build(),
            **options,
        },
    )
    assert worker._workflow_worker
    worker._workflow_worker._deadlock_timeout_seconds = DEADLOCK_TIMEOUT
    return worker


def build_replayer() -> Replayer:
    """Replays saved histories with today's code and the worker's converter, in the SDK's sandbox: there any use of a
    clock, of randomness or of input and output fails."""
    return Replayer(workflows=[PlanWorkflow], data_converter=data_converter())


def deployment(settings: Settings) -> WorkerDeploymentConfig | None:
    """This worker's version in its deployment; ``None`` without a deployment."""
    if not settings.deployment:
        return None
    pinned = settings.versioning == "pinned"
    return WorkerDeploymentConfig(
        version=WorkerDeploymentVersion(settings.deployment, settings.build or _build()),
        use_worker_versioning=True,
        default_versioning_behavior=VersioningBehavior.PINNED if pinned else VersioningBehavior.AUTO_UPGRADE,
    )


def _build() -> str:
    try:
        return version("rumbo")
    except PackageNotFoundError:  # run from a checkout that is not installed
        return "0"


async def register_search_attributes(client: Client) -> None:
    """Registers our search attributes with the server, if it does not know them yet.

    A server that does not know one of them would fail every task of every plan.
    """
    known = await client.operator_service.list_search_attributes(
        ListSearchAttributesRequest(namespace=client.namespace)
    )
    missing = {
        key.name: IndexedValueType.ValueType(int(key.indexed_value_type))
        for key in search.KEYS
        if key.name not in known.custom_attributes
    }
    if not missing:
        return
    try:
        await client.operator_service.add_search_attributes(
            AddSearchAttributesRequest(namespace=client.namespace, search_attributes=missing)
        )
    except RPCError as error:
        if error.status is not RPCStatusCode.ALREADY_EXISTS:  # another worker registered them first
            raise


async def serve(settings: Settings, handler_for: HandlerFactory, stopped: asyncio.Event) -> None:
    """Serves plans until ``stopped`` is set; running activities may then finish.

    Raises `CannotDecode`, ConnectionError if Temporal does not answer, and what ``handler_for`` raises; all of it
    before the worker logs ``ready``.
    """
    converter = data_converter()
    await check_converter(converter)
    client = await _connect(settings, converter)
    await register_search_attributes(client)
    versioned = deployment(settings)
    async with (
        handler_for(settings) as handle,
        build_worker(
            client,
            handle,
            settings.task_queue,
            deployment_config=versioned,
            max_cached_workflows=settings.plans_awake,
        ),
    ):
        log.info("ready", task_queue=settings.task_queue, temporal=settings.temporal_address)
        await stopped.wait()
        log.info("stopping")
    log.info("stopped")


async def _connect(settings: Settings, converter: DataConverter) -> Client:
    try:
        return await Client.connect(
            settings.temporal_address, namespace=settings.temporal_namespace, data_converter=converter
        )
    except RuntimeError as error:  # what the SDK raises when the server does not answer
        raise ConnectionError(f"Temporal does not answer at {settings.temporal_address}") from error


async def run(settings: Settings, handler_for: HandlerFactory) -> int:
    """Serves until SIGTERM or SIGINT. Returns the exit code; errors are logged."""
    stopped, loop = asyncio.Event(), asyncio.get_running_loop()

    def stop() -> None:
        if not stopped.is_set():
            logs.exit_after()
        stopped.set()

    for signum in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(signum, stop)
    try:
        await serve(settings, handler_for, stopped)
    except CannotDecode as error:
        log.error(error.code, why=str(error))
        return 1
    except OSError as error:
        log.error("unreachable", why=str(error), hint="start it, or correct RUMBO_TEMPORAL_ADDRESS, RUMBO_DATABASE_URL")
        return os.EX_TEMPFAIL  # a later start may succeed
    except Exception:
        log.exception("failed")
        return 1
    return 0


def main() -> NoReturn:
    """The program."""
    from activities.handle import handler_for  # noqa: PLC0415  imports the ledger, which only this function needs

    gc.freeze()  # imported modules stay: collecting them would pause the process for 50 ms
    if "--when-told" in sys.argv[1:]:
        sys.stdin.read()
    try:
        settings = Settings()
        logs.configure(settings.log_format)
        code = asyncio.run(run(settings, handler_for))
    except UnusableSetting as error:
        logs.configure("text")
        log.error(error.code, why=str(error))
        code = 2
    logs.exit_process(code)


if __name__ == "__main__":
    main()

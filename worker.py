"""The worker: ``python -m worker``. Wires settings, ledger and Temporal together, and runs until it is told to stop.

With ``--when-told`` it loads itself and begins when its standard input ends: so it need not wait for its servers first.

It writes its log to stderr and says ``ready`` there once it polls. SIGTERM and SIGINT let running activities finish,
and it is gone within ten seconds whoever does not answer.
Exit codes: 0 stopped, 1 a mistake of ours or in the keys, 2 unusable settings, 75 Temporal or Postgres unreachable.
"""

import asyncio
import gc
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
"""Opens what ``handle`` needs (ledger, keys) for as long as the worker runs."""

UNREACHABLE: Final = 75
"""EX_TEMPFAIL of sysexits.h: starting it again later may help."""

DEADLOCK_TIMEOUT: Final = 8
"""Seconds that one step of a plan's loop may compute; less than the ten for which the server waits for it.

The SDK's own two are too few for ten thousand signals at once on a busy machine, and what it calls a deadlock is tried
again for ever. It has no option for it, so this is set past it; the version is pinned, and a test looks.
"""

log = structlog.get_logger("worker")


def build_worker(client: Client, handle: Handler, task_queue: str, **options: Any) -> Worker:
    """A worker for plans; ``client`` must use `activities.converter.data_converter`. Options override ours.

    The sticky timeout and the activities' own bound what a killed worker costs a plan: about three seconds.
    """
    worker = Worker(
        client,
        **{
            "task_queue": task_queue,
            "workflows": [PlanWorkflow],
            "activities": [handle],
            # The sandbox would load the loop once a plan: an idle one held 181 KiB, not 129. That it reads no clock and
            # throws no dice is looked for in its source, and saved histories are replayed under the sandbox's eye.
            "workflow_runner": UnsandboxedWorkflowRunner(),
            "sticky_queue_schedule_to_start_timeout": timedelta(seconds=1),
            "graceful_shutdown_timeout": timedelta(seconds=6),
            # Unnamed, the SDK reads and digests the code of every module that is loaded: half a second of each start.
            "build_id": None if options.get("deployment_config") else _build(),
            **options,
        },
    )
    assert worker._workflow_worker
    worker._workflow_worker._deadlock_timeout_seconds = DEADLOCK_TIMEOUT
    return worker


def build_replayer() -> Replayer:
    """Plays saved histories against the present code, with the worker's converter, and in the SDK's sandbox: there what
    reaches for a clock, for chance or for the outside fails."""
    return Replayer(workflows=[PlanWorkflow], data_converter=data_converter())


def deployment(settings: Settings) -> WorkerDeploymentConfig | None:
    """Which version of the workers this one is; ``None`` where they are not told apart."""
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
    except PackageNotFoundError:  # run from a folder that was never installed
        return "0"


async def register_search_attributes(client: Client) -> None:
    """See to it that the server knows our search attributes. Done any number of times it is done once.

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
        if error.status is not RPCStatusCode.ALREADY_EXISTS:  # another worker was quicker
            raise


async def serve(settings: Settings, handler_for: HandlerFactory, stopped: asyncio.Event) -> None:
    """Work until ``stopped`` is set; activities that are running then may finish.

    Raises `CannotDecode`, ConnectionError if Temporal does not answer, and whatever ``handler_for`` raises; all of it before
    the worker says that it is ready.
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
    except RuntimeError as error:  # the SDK's own way of saying that nobody answers
        raise ConnectionError(f"Temporal does not answer at {settings.temporal_address}") from error


async def run(settings: Settings, handler_for: HandlerFactory) -> int:
    """`serve` until SIGTERM or SIGINT. Returns the exit code; what went wrong is in the log."""
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
        return UNREACHABLE
    except Exception:
        log.exception("failed")
        return 1
    return 0


def main() -> NoReturn:
    """The program."""
    from activities.handle import handler_for  # noqa: PLC0415  loads the ledger, which nothing else here needs

    gc.freeze()  # what was loaded stays: looking for garbage there would stop everybody for a twentieth of a second
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

"""The worker logs when it is ready, stops on a signal, and logs why it cannot start."""

import asyncio
import json
import os
import signal
import sys
from asyncio.subprocess import Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from temporalio.client import Client
from temporalio.converter import DataConverter
from temporalio.worker import Worker

import worker
from activities.converter import data_converter
from embedded.temporal import Server
from settings import Settings
from tests.integration.workflows.plans import Desk, Plan
from tests.unit.workflows.test_converter import LostKey
from worker import Handler, register_search_attributes, serve
from workflows.plan import PlanWorkflow


async def python(*args: str, **environment: str) -> Process:
    return await asyncio.create_subprocess_exec(
        sys.executable, *args, env=os.environ | environment, stderr=asyncio.subprocess.PIPE
    )


async def test_a_worker_serves_plans_until_it_is_stopped(
    temporal_server: Server, plan: Plan, desk: Desk, task_queue: str
) -> None:
    closed = False

    @asynccontextmanager
    async def opened(settings: Settings) -> AsyncIterator[Handler]:
        nonlocal closed
        yield desk.handle
        closed = True

    stopped = asyncio.Event()
    settings = Settings(temporal_address=temporal_server.address, task_queue=task_queue)
    serving = asyncio.create_task(serve(settings, opened, stopped))
    await plan.start()
    assert await plan.answers()
    assert not closed
    stopped.set()
    await asyncio.wait_for(serving, 15)
    assert closed


async def test_a_worker_that_cannot_decode_payloads_does_not_start(
    temporal_server: Server, plan: Plan, desk: Desk, task_queue: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Such a codec would treat every valid signal as garbage; the SDK's own converter would fail tasks."""

    @asynccontextmanager
    async def opened(settings: Settings) -> AsyncIterator[Handler]:
        yield desk.handle

    settings = Settings(temporal_address=temporal_server.address, task_queue=task_queue)
    for broken in (data_converter(LostKey()), DataConverter()):
        monkeypatch.setattr(worker, "data_converter", lambda broken=broken: broken)
        assert await asyncio.wait_for(worker.run(settings, opened), 30) == 1
    await plan.start()
    assert desk.calls == 0
    monkeypatch.undo()
    stopped = asyncio.Event()
    serving = asyncio.create_task(serve(settings, opened, stopped))
    assert await plan.answers()
    stopped.set()
    await asyncio.wait_for(serving, 15)


async def test_the_sdks_deadlock_timeout_is_raised(client: Client, desk: Desk, task_queue: str) -> None:
    """The private attribute that `build_worker` sets is still the one that the SDK reads."""
    plain = Worker(client, task_queue=f"{task_queue}-plain", workflows=[PlanWorkflow])._workflow_worker
    ours = worker.build_worker(client, desk.handle, task_queue)._workflow_worker
    assert plain is not None
    assert ours is not None
    assert plain._deadlock_timeout_seconds == 2
    assert ours._deadlock_timeout_seconds == worker.DEADLOCK_TIMEOUT


async def test_search_attributes_may_be_registered_concurrently(client: Client) -> None:
    await asyncio.gather(*(register_search_attributes(client) for _ in range(4)))


async def test_without_temporal_the_worker_exits_with_a_retryable_code() -> None:
    process = await python("-m", "worker", RUMBO_TEMPORAL_ADDRESS="127.0.0.1:9", RUMBO_LOG_FORMAT="json")
    _, log = await asyncio.wait_for(process.communicate(), 60)
    assert process.returncode == 75
    event = json.loads(log.splitlines()[-1])
    assert event["event"] == "unreachable"
    assert "127.0.0.1:9" in event["why"]
    assert b"Traceback" not in log


async def test_the_worker_names_an_unusable_setting() -> None:
    process = await python("-m", "worker", RUMBO_MODE="lively")
    _, log = await asyncio.wait_for(process.communicate(), 60)
    assert process.returncode == 2
    assert b"RUMBO_MODE" in log
    assert b"Traceback" not in log


@pytest.mark.parametrize("signum", [signal.SIGTERM, signal.SIGINT])
async def test_the_worker_logs_ready_and_stops_cleanly_on_a_signal(
    signum: signal.Signals, temporal_server: Server, empty_database: str, task_queue: str, tmp_path: Path
) -> None:
    environment = {
        "RUMBO_TEMPORAL_ADDRESS": temporal_server.address,
        "RUMBO_DATABASE_URL": empty_database,
        "RUMBO_KEYRING": str(tmp_path / "keyring"),
        "RUMBO_TASK_QUEUE": task_queue,
        "RUMBO_LOG_FORMAT": "json",
    }
    migrating = await python("-m", "ledger.migrate", **environment)
    await asyncio.wait_for(migrating.communicate(), 60)
    assert migrating.returncode == 0
    process = await python("-m", "worker", **environment)
    assert process.stderr is not None
    while json.loads(await asyncio.wait_for(process.stderr.readline(), 60))["event"] != "ready":
        pass
    process.send_signal(signum)
    _, log = await asyncio.wait_for(process.communicate(), 30)
    assert process.returncode == 0
    assert json.loads(log.splitlines()[-1])["event"] == "stopped"

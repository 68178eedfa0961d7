"""Worker versions: which version of a deployment serves a plan, and when the plan moves to the next."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import replace

import pytest
from temporalio.api.workflowservice.v1 import SetWorkerDeploymentCurrentVersionRequest
from temporalio.client import Client
from temporalio.service import RPCError

from settings import Settings, Versioning
from tests.integration.workflows.plans import OPEN, Desk, Plan
from worker import build_worker, deployment


def version(task_queue: str, build: str, versioning: Versioning) -> Settings:
    return Settings(deployment=f"rumbo-{task_queue}", build=build, versioning=versioning)


async def until(condition: Callable[[], Awaitable[bool]], seconds: float = 60.0) -> None:
    end = time.monotonic() + seconds
    while not await condition():
        assert time.monotonic() < end, "it did not come true in time"
        await asyncio.sleep(0.1)


async def make_current(client: Client, one: Settings) -> None:
    """Makes this version the current one, as soon as the server knows its workers."""
    request = SetWorkerDeploymentCurrentVersionRequest(
        namespace=client.namespace, deployment_name=one.deployment, build_id=one.build, identity="test"
    )

    async def taken() -> bool:
        try:
            await client.workflow_service.set_worker_deployment_current_version(request)
        except RPCError:
            return False
        return True

    await until(taken)


async def served_by(plan: Plan) -> str:
    """The version that completed the last task of the current run."""
    info = (await plan.handle.describe()).raw_description.workflow_execution_info
    return info.versioning_info.deployment_version.build_id


async def nudged_over(plan: Plan, build: str) -> int:
    """Wakes an idle plan every second until this version serves it; returns how often."""
    for nudges in range(1, 61):
        await plan.handle.signal("wake")
        end = time.monotonic() + 1
        while time.monotonic() < end:
            if await served_by(plan) == build:
                return nudges
            await asyncio.sleep(0.05)
    pytest.fail(f"version {build} never served it")


@pytest.mark.parametrize("versioning", ["auto-upgrade", "pinned"])
async def test_a_nudged_idle_plan_moves_to_new_workers_and_loses_nothing(
    client: Client, plan: Plan, desk: Desk, task_queue: str, versioning: Versioning
) -> None:
    old, new = (version(task_queue, build, versioning) for build in ("1", "2"))
    desks = {"1": desk, "2": Desk()}
    async with build_worker(client, desk.handle, task_queue, deployment_config=deployment(old)):
        await make_current(client, old)
        await plan.start()
        await plan.announce(1)
        await until(lambda: _is(desk.numbers() == [1]))
        assert await served_by(plan) == "1"
        async with build_worker(client, desks["2"].handle, task_queue, deployment_config=deployment(new)):
            await make_current(client, new)

            nudges = await nudged_over(plan, "2")
            assert nudges <= 10  # a run that moved only for its length would take a hundred
    async with build_worker(client, desks["2"].handle, task_queue, deployment_config=deployment(new)):
        await plan.announce(2)
        await until(lambda: _is(2 in desks["2"].numbers()))
        assert desk.numbers() + desks["2"].numbers() == [1, 2]
        assert await plan.status() == "RUNNING"


async def test_a_pinned_plan_stays_with_its_workers_while_no_newer_version_exists(
    client: Client, plan: Plan, desk: Desk, task_queue: str
) -> None:
    old = version(task_queue, "1", "pinned")
    async with build_worker(client, desk.handle, task_queue, deployment_config=deployment(old)):
        await make_current(client, old)
        await plan.start()
        for number in range(5):
            await plan.announce(number)
        await until(lambda: _is(len(desk.numbers()) == 5))
        described = await plan.handle.describe()
        info = described.raw_description.workflow_execution_info
        assert described.run_id == info.first_run_id  # no newer version, so no new run
        assert await served_by(plan) == "1"


async def test_without_a_deployment_workers_have_no_version(plan: Plan, desk: Desk, worker: None) -> None:
    desk.answer = lambda call, now: OPEN
    assert deployment(replace(Settings(), deployment="")) is None
    await plan.start()
    assert await plan.answers()
    assert await served_by(plan) == ""


async def _is(truth: bool) -> bool:
    return truth

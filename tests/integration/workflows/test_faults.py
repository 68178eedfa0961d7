"""Neither cancel, reset and terminate nor a failing ``handle`` end a plan or lose a signal."""

import asyncio
import uuid
from datetime import datetime

import pytest
from temporalio.api.common.v1 import WorkflowExecution
from temporalio.api.enums.v1 import EventType, ResetReapplyExcludeType
from temporalio.api.workflowservice.v1 import ResetWorkflowExecutionRequest
from temporalio.client import Client
from temporalio.exceptions import ApplicationError

from activities.contract import Agenda, HandleInput, workflow_id
from tests.integration.workflows.plans import OPEN, Desk, Plan, until
from worker import build_worker


@pytest.mark.usefixtures("worker")
async def test_a_cancel_request_to_an_idle_plan_is_delivered_and_the_plan_goes_on(plan: Plan, desk: Desk) -> None:
    await plan.start()
    assert await plan.answers()
    await plan.handle.cancel()
    await until(lambda: "cancel" in desk.names())
    assert await plan.answers()
    assert await plan.status() == "RUNNING"


async def test_two_cancel_requests_during_a_call_lose_no_signal(
    plan: Plan, desk: Desk, client: Client, task_queue: str
) -> None:
    def unreachable_until_cancelled(call: HandleInput, now: datetime) -> Agenda:
        if desk.calls < 4:
            raise ConnectionError("no database")
        return OPEN

    desk.answer = unreachable_until_cancelled
    async with build_worker(client, desk.handle, task_queue):
        await plan.start()
        await plan.announce(1)
        await until(lambda: desk.calls > 0)
        await plan.handle.cancel()
        await plan.handle.cancel()
        await until(lambda: "cancel" in desk.names())
        assert desk.numbers() == [1]
        assert await plan.answers()
        assert await plan.status() == "RUNNING"


@pytest.mark.usefixtures("worker")
@pytest.mark.parametrize(
    ("left_out", "delivered"),
    [([], [1, 1]), ([ResetReapplyExcludeType.RESET_REAPPLY_EXCLUDE_TYPE_SIGNAL], [1])],
    ids=["with its signals", "without them"],
)
async def test_a_plan_reset_to_its_beginning_calls_handle_again_and_goes_on(
    plan: Plan, client: Client, desk: Desk, left_out: list[ResetReapplyExcludeType.ValueType], delivered: list[int]
) -> None:
    """Without its signals too: commands are in the journal, and a run begins by having it read."""
    await plan.start()
    await until(lambda: len(desk.answered) == 1)
    await plan.announce(1)
    await until(lambda: desk.numbers() == [1])
    completed = [
        event.event_id
        async for event in plan.handle.fetch_history_events()
        if event.event_type == EventType.EVENT_TYPE_WORKFLOW_TASK_COMPLETED
    ]
    answered = len(desk.answered)
    await client.workflow_service.reset_workflow_execution(
        ResetWorkflowExecutionRequest(
            namespace=client.namespace,
            workflow_execution=WorkflowExecution(workflow_id=workflow_id(plan.name)),
            reason="test",
            workflow_task_finish_event_id=completed[0],
            request_id=plan.name,
            reset_reapply_exclude_types=left_out,
        )
    )
    await until(lambda: len(desk.answered) > answered and desk.numbers() == delivered)
    assert await plan.answers()


@pytest.mark.usefixtures("worker")
async def test_a_terminated_plan_is_started_again_by_the_next_signal(plan: Plan, desk: Desk) -> None:
    await plan.start()
    assert await plan.answers()
    await plan.handle.terminate()
    answered = len(desk.answered)
    await plan.start()
    await until(lambda: len(desk.answered) > answered)
    assert desk.answered[answered].arrivals == ()
    assert await plan.answers()


@pytest.mark.usefixtures("worker")
async def test_a_signal_that_handle_always_refuses_is_dropped_alone(plan: Plan, desk: Desk) -> None:
    def refuse_seven(call: HandleInput, now: datetime) -> Agenda:
        if any(signal.number == 7 for signal in call.arrivals):
            raise ApplicationError("not this one", non_retryable=True)
        return OPEN

    desk.answer = refuse_seven
    await plan.start()
    await asyncio.gather(*(plan.announce(number) for number in range(20)))
    await until(lambda: len(desk.signals()) == 19)
    assert sorted(desk.numbers()) == [number for number in range(20) if number != 7]
    assert await plan.answers()
    assert len(desk.signals()) == 20
    assert await plan.status() == "RUNNING"


@pytest.mark.usefixtures("worker")
async def test_signals_are_kept_while_handle_fails_for_good(plan: Plan, desk: Desk) -> None:
    broken = True

    def fail(call: HandleInput, now: datetime) -> Agenda:
        if broken:
            raise ApplicationError("broken", non_retryable=True)
        return OPEN

    desk.answer = fail
    await plan.start()
    await plan.announce(1)
    await plan.announce(2)
    await until(lambda: desk.calls >= 3)
    assert await plan.status() == "RUNNING"
    broken = False
    await until(lambda: sorted(desk.numbers()) == [1, 2])
    assert await plan.answers()


@pytest.mark.usefixtures("worker")
async def test_a_wake_during_a_failure_of_handle_is_retried(plan: Plan, desk: Desk) -> None:
    """A bare wake is not kept as a signal, but the look at the journal that it asks for must not be lost."""
    await plan.start()
    await until(lambda: len(desk.answered) >= 1)
    broken = True

    def fail(call: HandleInput, now: datetime) -> Agenda:
        if broken:
            raise ApplicationError("broken", non_retryable=True)
        return OPEN

    desk.answer = fail
    calls, answered = desk.calls, len(desk.answered)
    await plan.start()  # sends only a wake
    await until(lambda: desk.calls >= calls + 2)
    broken = False
    await until(lambda: len(desk.answered) > answered)


async def test_a_plan_evicted_from_the_cache_at_every_step_goes_on(
    client: Client, desk: Desk, plan: Plan, task_queue: str
) -> None:
    async with build_worker(client, desk.handle, task_queue, max_cached_workflows=0):
        await plan.start()
        for number in range(10):
            await plan.announce(number)
        await plan.handle.cancel()
        await until(lambda: len(desk.signals()) == 11)
        assert await plan.answers()
        assert await plan.events(EventType.EVENT_TYPE_WORKFLOW_TASK_FAILED) == 0


@pytest.mark.usefixtures("worker")
async def test_exception_messages_never_reach_temporal(plan: Plan, desk: Desk) -> None:
    secret = uuid.uuid4().hex

    def quote(call: HandleInput, now: datetime) -> Agenda:
        if desk.calls == 1:
            raise ConnectionError(secret) from ValueError(secret)
        if desk.calls == 2:
            raise ApplicationError("fenced", non_retryable=True) from ValueError(secret)
        return OPEN

    desk.answer = quote
    await plan.start()
    await until(lambda: len(desk.answered) >= 1)
    history = (await plan.handle.fetch_history()).to_json()
    assert secret not in history
    assert "fenced" in history
    assert "ValueError" in history

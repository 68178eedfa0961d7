"""Neither Temporal's buttons nor a failing ``handle`` end a plan, and nothing that came is lost over them."""

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
async def test_cancelled_while_idle_a_plan_tells_of_it_and_goes_on(plan: Plan, desk: Desk) -> None:
    await plan.start()
    assert await plan.answers()
    await plan.handle.cancel()
    await until(lambda: "cancel" in desk.names())
    assert await plan.answers()
    assert await plan.status() == "RUNNING"


async def test_cancelled_twice_while_handling_a_plan_loses_nothing(
    plan: Plan, desk: Desk, client: Client, task_queue: str
) -> None:
    def unreachable_until_cancelled(ask: HandleInput, now: datetime) -> Agenda:
        if desk.calls < 4:
            raise ConnectionError("no database")
        return OPEN

    desk.answer = unreachable_until_cancelled
    async with build_worker(client, desk.handle, task_queue):
        await plan.start()
        await plan.knock(1)
        await until(lambda: desk.calls > 0)
        await plan.handle.cancel()
        await plan.handle.cancel()
        await until(lambda: "cancel" in desk.names())
        assert desk.numbers() == [1]
        assert await plan.answers()
        assert await plan.status() == "RUNNING"


@pytest.mark.usefixtures("worker")
@pytest.mark.parametrize(
    ("left_out", "told"),
    [([], [1, 1]), ([ResetReapplyExcludeType.RESET_REAPPLY_EXCLUDE_TYPE_SIGNAL], [1])],
    ids=["with its signals", "without them"],
)
async def test_reset_to_its_beginning_a_plan_asks_again_and_goes_on(
    plan: Plan, client: Client, desk: Desk, left_out: list[ResetReapplyExcludeType.ValueType], told: list[int]
) -> None:
    """Without its signals too: what a command says stands in the journal, and a run begins by having that looked at."""
    await plan.start()
    await until(lambda: len(desk.asked) == 1)
    await plan.knock(1)
    await until(lambda: desk.numbers() == [1])
    completed = [
        event.event_id
        async for event in plan.handle.fetch_history_events()
        if event.event_type == EventType.EVENT_TYPE_WORKFLOW_TASK_COMPLETED
    ]
    asked = len(desk.asked)
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
    await until(lambda: len(desk.asked) > asked and desk.numbers() == told)
    assert await plan.answers()


@pytest.mark.usefixtures("worker")
async def test_terminated_a_plan_is_woken_again_by_the_next_signal(plan: Plan, desk: Desk) -> None:
    await plan.start()
    assert await plan.answers()
    await plan.handle.terminate()
    asked = len(desk.asked)
    await plan.start()
    await until(lambda: len(desk.asked) > asked)
    assert desk.asked[asked].arrivals == ()
    assert await plan.answers()


@pytest.mark.usefixtures("worker")
async def test_one_arrival_that_handle_never_takes_costs_no_other(plan: Plan, desk: Desk) -> None:
    def refuse_seven(ask: HandleInput, now: datetime) -> Agenda:
        if any(arrival.number == 7 for arrival in ask.arrivals):
            raise ApplicationError("not this one", non_retryable=True)
        return OPEN

    desk.answer = refuse_seven
    await plan.start()
    await asyncio.gather(*(plan.knock(number) for number in range(20)))
    await until(lambda: len(desk.arrivals()) == 20)
    assert sorted(desk.numbers()) == [number for number in range(20) if number != 7]
    [bare] = [arrival for arrival in desk.arrivals() if arrival.number is None]
    assert (bare.name, bare.size > 0) == ("", True)
    assert await plan.answers()
    assert await plan.status() == "RUNNING"


@pytest.mark.usefixtures("worker")
async def test_an_arrival_refused_even_in_outline_is_forgotten(plan: Plan, desk: Desk) -> None:
    def refuse_small(ask: HandleInput, now: datetime) -> Agenda:
        if any(arrival.size == 0 for arrival in ask.arrivals):
            raise ApplicationError("not this one", non_retryable=True)
        return OPEN

    desk.answer = refuse_small
    await plan.start()
    await plan.signal("poison")
    assert await plan.answers()
    assert "poison" not in desk.names()


@pytest.mark.usefixtures("worker")
async def test_handle_failing_for_good_keeps_the_plan_and_what_came(plan: Plan, desk: Desk) -> None:
    broken = True

    def fail(ask: HandleInput, now: datetime) -> Agenda:
        if broken:
            raise ApplicationError("broken", non_retryable=True)
        return OPEN

    desk.answer = fail
    await plan.start()
    await plan.knock(1)
    await plan.knock(2)
    await until(lambda: desk.calls >= 3)
    assert await plan.status() == "RUNNING"
    broken = False
    await until(lambda: sorted(desk.numbers()) == [1, 2])
    assert await plan.answers()


@pytest.mark.usefixtures("worker")
async def test_a_plan_that_was_woken_in_vain_asks_again_by_itself(plan: Plan, desk: Desk) -> None:
    """A wake tells nothing that would be kept; that there is something to look for is not forgotten all the same."""
    await plan.start()
    await until(lambda: len(desk.asked) >= 1)
    broken = True

    def fail(ask: HandleInput, now: datetime) -> Agenda:
        if broken:
            raise ApplicationError("broken", non_retryable=True)
        return OPEN

    desk.answer = fail
    calls, answered = desk.calls, len(desk.asked)
    await plan.start()  # no more than a wake
    await until(lambda: desk.calls >= calls + 2)
    broken = False
    await until(lambda: len(desk.asked) > answered)


async def test_a_plan_dropped_from_the_cache_at_every_step_goes_on(
    client: Client, desk: Desk, plan: Plan, task_queue: str
) -> None:
    async with build_worker(client, desk.handle, task_queue, max_cached_workflows=0):
        await plan.start()
        for number in range(10):
            await plan.knock(number)
        await plan.handle.cancel()
        await until(lambda: len(desk.arrivals()) == 11)
        assert await plan.answers()
        assert await plan.events(EventType.EVENT_TYPE_WORKFLOW_TASK_FAILED) == 0


@pytest.mark.usefixtures("worker")
async def test_what_an_exception_says_never_reaches_temporal(plan: Plan, desk: Desk) -> None:
    secret = uuid.uuid4().hex

    def quote(ask: HandleInput, now: datetime) -> Agenda:
        if desk.calls == 1:
            raise ConnectionError(secret) from ValueError(secret)
        if desk.calls == 2:
            raise ApplicationError("fenced", non_retryable=True) from ValueError(secret)
        return OPEN

    desk.answer = quote
    await plan.start()
    await until(lambda: len(desk.asked) >= 1)
    history = (await plan.handle.fetch_history()).to_json()
    assert secret not in history
    assert "fenced" in history
    assert "ValueError" in history

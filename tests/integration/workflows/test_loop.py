"""The loop of a plan: it delivers all signals, keeps deadlines, continues as new, and ends when the plan is closed."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from temporalio.api.enums.v1 import EventType
from temporalio.client import Client

from activities.contract import GRACE, SIGNALS_PER_CALL, Agenda, HandleInput
from tests.integration.workflows.plans import CLOSED, OPEN, UNKNOWN, Desk, Plan, until
from worker import build_worker, register_search_attributes
from workflows import search


@pytest.mark.usefixtures("worker")
async def test_a_run_begins_by_calling_handle(plan: Plan, desk: Desk) -> None:
    await plan.start()
    await until(lambda: len(desk.answered) >= 1)
    assert desk.answered[0] == HandleInput(plan=plan.name)


@pytest.mark.usefixtures("worker")
async def test_a_bare_wake_calls_handle_once_without_signals(plan: Plan, desk: Desk) -> None:
    await plan.start()
    assert await plan.answers()
    answered = len(desk.answered)
    await plan.handle.signal("wake")
    await until(lambda: len(desk.answered) > answered)
    await asyncio.sleep(0.2)
    assert [call.arrivals for call in desk.answered[answered:]] == [()]


async def test_signals_from_before_the_first_workflow_task_are_delivered(
    plan: Plan, desk: Desk, client: Client, task_queue: str
) -> None:
    await plan.start()
    for number in range(5):
        await plan.announce(number)
    async with build_worker(client, desk.handle, task_queue):
        await until(lambda: desk.numbers() == [0, 1, 2, 3, 4])


@pytest.mark.usefixtures("worker")
async def test_handle_is_called_again_at_once_while_it_has_more(plan: Plan, desk: Desk) -> None:
    desk.answer = lambda call, now: OPEN.model_copy(update={"more": desk.calls < 4})
    await plan.start()
    await until(lambda: len(desk.answered) >= 4)


async def test_a_call_takes_a_bounded_number_of_signals(
    plan: Plan, desk: Desk, client: Client, task_queue: str
) -> None:
    await plan.start()
    await asyncio.gather(*(plan.announce(number) for number in range(250)))
    async with build_worker(client, desk.handle, task_queue):
        await until(lambda: len(desk.numbers()) == 250)
    assert max(len(call.arrivals) for call in desk.answered) == SIGNALS_PER_CALL


@pytest.mark.usefixtures("worker")
async def test_each_cycle_has_its_own_run_and_no_signal_is_lost_between_runs(plan: Plan, desk: Desk) -> None:
    desk.answer = lambda call, now: OPEN.model_copy(update={"cycle": 1 + len(desk.numbers()) // 20})
    await plan.start()
    for first in range(0, 300, 30):
        await asyncio.gather(*(plan.announce(number) for number in range(first, first + 30)))
    await until(lambda: len(desk.numbers()) >= 300)
    assert sorted(desk.numbers()) == list(range(300))
    description = await plan.handle.describe()
    assert description.run_id != description.raw_description.workflow_execution_info.first_run_id
    assert await plan.answers()


@pytest.mark.usefixtures("worker")
async def test_no_workflow_task_is_discarded_when_a_run_gives_way_between_two_signals(
    plan: Plan, desk: Desk, client: Client
) -> None:
    await plan.start()
    for number in range(200):  # each as soon as the one before is done
        await plan.announce(number)
        await until(lambda: number in desk.numbers())  # noqa: B023
    runs, discarded = 0, 0
    async for run in client.list_workflows(f"WorkflowId = '{plan.handle.id}'"):
        runs += 1
        history = client.get_workflow_handle(run.id, run_id=run.run_id).fetch_history_events()
        discarded += len([one async for one in history if one.event_type == EventType.EVENT_TYPE_WORKFLOW_TASK_FAILED])
    assert runs > 1
    assert discarded == 0


@pytest.mark.usefixtures("worker")
async def test_a_long_history_ends_the_run_and_not_the_plan(plan: Plan, desk: Desk) -> None:
    await plan.start()
    first = (await plan.handle.describe()).run_id
    sent = 0
    while (await plan.handle.describe()).run_id == first:
        assert sent < 600
        await asyncio.gather(*(plan.announce(number) for number in range(sent, sent + 30)))
        sent += 30
    await until(lambda: len(desk.numbers()) == sent)
    assert sorted(desk.numbers()) == list(range(sent))
    assert await plan.answers()


@pytest.mark.usefixtures("worker")
async def test_a_deadline_is_handled_after_its_grace_whatever_signals_arrive_meanwhile(plan: Plan, desk: Desk) -> None:
    deadline = datetime.now(UTC) - GRACE + timedelta(seconds=2)
    times: list[datetime] = []

    def note(call: HandleInput, now: datetime) -> Agenda:
        times.append(now)
        return OPEN.model_copy(update={"deadline": deadline if now < deadline + GRACE else None})

    desk.answer = note
    await plan.start()
    for number in range(4):
        await plan.announce(number)
        await asyncio.sleep(0.3)
    await until(lambda: times[-1] >= deadline + GRACE)
    assert times[-1] - (deadline + GRACE) < timedelta(seconds=1)
    assert not any(signal.number is None for signal in desk.signals())


@pytest.mark.usefixtures("worker")
async def test_a_past_deadline_that_stays_on_the_agenda_does_not_make_the_loop_spin(plan: Plan, desk: Desk) -> None:
    desk.answer = lambda call, now: OPEN.model_copy(update={"deadline": now - timedelta(days=1)})
    await plan.start()
    await until(lambda: len(desk.answered) >= 2)
    await asyncio.sleep(1.5)
    assert len(desk.answered) <= 5


@pytest.mark.usefixtures("worker")
async def test_a_deadline_has_one_timer_however_many_signals_arrive(plan: Plan, desk: Desk) -> None:
    desk.answer = lambda call, now: OPEN.model_copy(update={"deadline": datetime(2100, 3, 31, tzinfo=UTC)})
    await plan.start()
    for _ in range(5):
        assert await plan.answers()
    assert await plan.events(EventType.EVENT_TYPE_TIMER_STARTED) == 1
    assert await plan.events(EventType.EVENT_TYPE_TIMER_CANCELED) == 0


@pytest.mark.usefixtures("worker")
async def test_a_moved_deadline_rings_only_at_its_new_moment(plan: Plan, desk: Desk) -> None:
    started = datetime.now(UTC)
    moved_to = {1: timedelta(seconds=1), 2: timedelta(days=400), 3: timedelta(seconds=3), 4: timedelta(days=1)}

    def answer(call: HandleInput, now: datetime) -> Agenda:
        numbers = [*desk.numbers(), *(one.number for one in call.arrivals if one.number is not None)]
        return OPEN.model_copy(update={"deadline": started - GRACE + moved_to[max(numbers, default=1)]})

    desk.answer = answer
    await plan.start()
    for number in (2, 3):
        await plan.announce(number)
        await until(lambda: number in desk.numbers())  # noqa: B023  awaited within the round
    answered = len(desk.answered)
    await until(lambda: len(desk.answered) > answered)
    assert datetime.now(UTC) - started > moved_to[3]
    await plan.announce(4)
    await until(lambda: 4 in desk.numbers())
    answered = len(desk.answered)
    await asyncio.sleep(1.5)
    assert len(desk.answered) == answered


@pytest.mark.usefixtures("worker")
async def test_a_paused_plan_sets_no_timer(plan: Plan, desk: Desk) -> None:
    desk.answer = lambda call, now: Agenda(status="paused", cycle=1, phase="reflection")
    await plan.start()
    assert await plan.answers()
    assert await plan.events(EventType.EVENT_TYPE_TIMER_STARTED) == 0
    assert await plan.status() == "RUNNING"


@pytest.mark.usefixtures("worker")
async def test_phases_may_be_reopened_and_skipped(plan: Plan, desk: Desk) -> None:
    phases = ["action", "reflection", "action", "adaptation", "reflection", "action", None, "adaptation"]
    desk.answer = lambda call, now: OPEN.model_copy(update={"phase": phases[desk.calls % len(phases)]})
    await plan.start()
    for number in range(12):
        await plan.announce(number)
        await until(lambda: desk.numbers()[-1:] == [number])  # noqa: B023  awaited within the round
    assert await plan.events(EventType.EVENT_TYPE_WORKFLOW_TASK_FAILED) == 0


@pytest.mark.usefixtures("worker")
async def test_the_run_of_a_closed_plan_ends_and_a_late_command_starts_another(plan: Plan, desk: Desk) -> None:
    desk.answer = lambda call, now: CLOSED if 9 in desk.numbers() or call.arrivals else OPEN
    await plan.start()
    await until(lambda: len(desk.answered) == 1)
    await plan.announce(9)
    await plan.handle.result()
    assert await plan.status() == "COMPLETED"
    await plan.start(signal="report_progress")
    await plan.handle.result()
    assert desk.names()[-1] == "report_progress"
    assert await plan.status() == "COMPLETED"


@pytest.mark.usefixtures("worker")
async def test_a_run_for_an_unknown_plan_delivers_its_signals_and_ends(plan: Plan, desk: Desk) -> None:
    desk.answer = lambda call, now: UNKNOWN
    await plan.start(signal="hello")
    await plan.handle.result()
    assert desk.names() == ["hello"]


@pytest.mark.usefixtures("worker")
async def test_operators_find_plans_by_status_phase_cycle_and_deadline(plan: Plan, desk: Desk, client: Client) -> None:
    deadline = datetime(2100, 3, 31, tzinfo=UTC)
    desk.answer = lambda call, now: Agenda(status="open", cycle=3, phase="reflection", deadline=deadline)
    await register_search_attributes(client)
    await plan.start()
    assert await plan.answers()
    assert await plan.answers()
    shown = (await plan.handle.describe()).typed_search_attributes
    ours = {key.name for key in search.KEYS}
    assert {pair.key.name: pair.value for pair in shown if pair.key.name in ours} == {
        "PlanStatus": "open",
        "PlanPhase": "reflection",
        "PlanCycle": 3,
        "NextDeadline": deadline,
    }
    assert await plan.events(EventType.EVENT_TYPE_UPSERT_WORKFLOW_SEARCH_ATTRIBUTES) == 1

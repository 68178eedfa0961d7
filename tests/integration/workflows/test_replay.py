"""Histories of running plans, saved when they were made, replay clean against the code of today.

To save one more after a change that is meant, run this file with ``RUMBO_SAVE_HISTORIES=1`` in the environment. The old
ones stay: plans that wrote them may still be running.
"""

import asyncio
import json
import os
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from temporalio.client import WorkflowContinuedAsNewError, WorkflowHistory
from temporalio.exceptions import ApplicationError
from temporalio.workflow import NondeterminismError

from activities.contract import GRACE, WAKE, Agenda, HandleInput
from tests.integration.workflows.plans import CLOSED, OPEN, Desk, Plan, until
from tests.integration.workflows.test_garbage import UGLY
from worker import build_replayer

HISTORIES = Path(__file__).parents[2] / "histories"
SAVED = sorted(HISTORIES.glob("*.json"))


def load(file: Path) -> WorkflowHistory:
    return WorkflowHistory.from_json("plan-saved", file.read_text(encoding="utf-8"))


def save(history: WorkflowHistory) -> None:
    """Keep it beside the others, where that was asked for."""
    if os.environ.get("RUMBO_SAVE_HISTORIES"):
        number = len(list(HISTORIES.glob("*.json"))) + 1
        told = json.dumps(scrubbed(json.loads(history.to_json())), indent=2)
        (HISTORIES / f"plan-{number:03}.json").write_text(told + "\n", encoding="utf-8")


def scrubbed(history: Any) -> Any:
    """A history without the machine that it was made on: no worker's process and host, no path of its files."""
    match history:
        case dict():
            kept = {name: scrubbed(value) for name, value in history.items() if name != "stackTrace"}
            return kept | ({"identity": "worker"} if "identity" in kept else {})
        case list():
            return [scrubbed(one) for one in history]
        case str():
            return re.sub(r"^\d+@[^-]+-(?=[0-9a-f]{32}$)", "worker-", history)  # a worker's own task queue
        case _:
            return history


@pytest.mark.parametrize("file", SAVED, ids=lambda file: file.stem)
def test_a_saved_history_tells_nothing_of_the_machine_it_was_made_on(file: Path) -> None:
    history = json.loads(file.read_text(encoding="utf-8"))
    assert history == scrubbed(history)


def rings(history: WorkflowHistory) -> int:
    """How often the clock brought it on."""
    return sum(event.HasField("timer_fired_event_attributes") for event in history.events)


@pytest.mark.parametrize("file", SAVED, ids=lambda file: file.stem)
async def test_a_saved_history_replays_clean(file: Path) -> None:
    await build_replayer().replay_workflow(load(file))


async def test_a_replay_notices_code_that_would_do_something_else() -> None:
    history = load(SAVED[0])
    for event in history.events:
        if event.HasField("activity_task_scheduled_event_attributes"):
            event.activity_task_scheduled_event_attributes.activity_type.name = "another"
    with pytest.raises(NondeterminismError):
        await build_replayer().replay_workflow(history)


@pytest.mark.usefixtures("worker")
async def test_a_plan_that_met_everything_replays_clean(plan: Plan, desk: Desk) -> None:
    """Garbage, poison, cancel, a pause, all phases, and the end."""

    def answer(ask: HandleInput, now: datetime) -> Agenda:
        numbers = desk.numbers() + [one.number for one in ask.arrivals if one.number is not None]
        if 3 in [one.number for one in ask.arrivals]:
            raise ApplicationError("poison", non_retryable=True)
        if 6 in numbers:
            return CLOSED
        if 5 in numbers:
            return OPEN.model_copy(update={"status": "paused", "phase": "adaptation"})
        return OPEN.model_copy(update={"phase": "reflection" if 2 in numbers else "action", "deadline": now})

    desk.answer = answer
    await plan.start()
    for number in (1, 2, 3, 4, 5):
        await plan.knock(number)
        await until(lambda: number == 3 or number in desk.numbers())  # noqa: B023  awaited within the round
    for name in ("external_reference", "external_marker", "no_argument", "unknown_key", "broken_json"):
        await plan.signal(name, *UGLY[name])
    await plan.handle.cancel()
    await until(lambda: "cancel" in desk.names())
    await plan.knock(6)
    await plan.handle.result()
    history = await plan.handle.fetch_history()
    save(history)
    await build_replayer().replay_workflow(history)


@pytest.mark.usefixtures("worker")
async def test_a_run_that_made_place_for_the_next_replays_clean(plan: Plan, desk: Desk) -> None:
    """Arrivals by the dozen, a call that could not reach the database, the clock, and the end of a cycle."""

    def answer(ask: HandleInput, now: datetime) -> Agenda:
        if desk.calls == 3:
            raise ConnectionError("no database")
        numbers = desk.numbers() + [one.number for one in ask.arrivals if one.number is not None]
        told = len(set(numbers)) == 130
        deadline = now - GRACE + timedelta(seconds=2) if told else None
        return OPEN.model_copy(update={"deadline": deadline, "more": desk.calls == 4 and not told})

    def ends(ask: HandleInput, now: datetime) -> Agenda:
        return OPEN.model_copy(update={"cycle": 2})

    desk.answer = answer
    await plan.start()
    first = (await plan.handle.describe()).run_id
    await asyncio.gather(*(plan.knock(number) for number in range(130)))
    await until(lambda: len(set(desk.numbers())) == 130)
    desk.answer = ends  # brought on by the clock alone
    run = plan.client.get_workflow_handle(plan.handle.id, run_id=first)
    with pytest.raises(WorkflowContinuedAsNewError):
        await run.result(follow_runs=False)
    history = await run.fetch_history()
    assert rings(history) == 1
    save(history)
    await build_replayer().replay_workflow(history)


@pytest.mark.usefixtures("worker")
async def test_a_run_that_waited_for_deadlines_replays_clean(plan: Plan, desk: Desk) -> None:
    """One that stands while people speak, is put off and brought forward, stays on the agenda when it has rung, and one
    that is still waited for when the run makes place for the next."""
    began = datetime.now(UTC)
    put_to = {0: timedelta(days=1), 3: timedelta(days=400), 4: timedelta(seconds=2), 5: timedelta(days=1)}

    def answer(ask: HandleInput, now: datetime) -> Agenda:
        told = [*desk.numbers(), *(one.number for one in ask.arrivals if one.number is not None)]
        moved = max(number for number in put_to if number <= max(told, default=0))
        return OPEN.model_copy(update={"deadline": began - GRACE + put_to[moved], "cycle": 2 if 6 in told else 1})

    desk.answer = answer
    await plan.start()
    first = (await plan.handle.describe()).run_id
    run = plan.client.get_workflow_handle(plan.handle.id, run_id=first)
    for number in range(1, 5):
        await plan.knock(number)
        await until(lambda: number in desk.numbers())  # noqa: B023  awaited within the round
    asked = len(desk.asked)
    await until(lambda: len(desk.asked) >= asked + 2)
    for number in (5, 6):
        await plan.knock(number)
        await until(lambda: number in desk.numbers())  # noqa: B023  awaited within the round
    with pytest.raises(WorkflowContinuedAsNewError):
        await run.result(follow_runs=False)
    history = await run.fetch_history()
    assert rings(history) >= 2
    save(history)
    await build_replayer().replay_workflow(history)


@pytest.mark.usefixtures("worker")
async def test_a_run_that_gave_way_for_its_length_replays_clean(plan: Plan, desk: Desk) -> None:
    await plan.start()
    first = (await plan.handle.describe()).run_id
    while (await plan.handle.describe()).run_id == first:
        calls = desk.calls
        await asyncio.gather(*(plan.handle.signal(WAKE) for _ in range(80)))
        await until(lambda: desk.calls > calls)  # noqa: B023  awaited within the round
    history = await plan.client.get_workflow_handle(plan.handle.id, run_id=first).fetch_history()
    save(history)
    await build_replayer().replay_workflow(history)

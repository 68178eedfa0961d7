"""Saved histories of runs replay against today's code.

To save more after an intended change, run this file with ``RUMBO_SAVE_HISTORIES=1`` in the environment. Histories
written by a released version stay: plans that wrote them may still be running.
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
    """Saves a history if ``RUMBO_SAVE_HISTORIES`` is set."""
    if os.environ.get("RUMBO_SAVE_HISTORIES"):
        number = len(list(HISTORIES.glob("*.json"))) + 1
        text = json.dumps(scrubbed(json.loads(history.to_json())), indent=2)
        (HISTORIES / f"plan-{number:03}.json").write_text(text + "\n", encoding="utf-8")


def scrubbed(history: Any) -> Any:
    """A history without the names of the worker's process and host, and without file paths."""
    match history:
        case dict():
            kept = {name: scrubbed(value) for name, value in history.items() if name != "stackTrace"}
            return kept | ({"identity": "worker"} if "identity" in kept else {})
        case list():
            return [scrubbed(one) for one in history]
        case str():
            return re.sub(r"^\d+@[^-]+-(?=[0-9a-f]{32}$)", "worker-", history)  # the worker's own task queue
        case _:
            return history


@pytest.mark.parametrize("file", SAVED, ids=lambda file: file.stem)
def test_a_saved_history_does_not_name_the_machine_that_made_it(file: Path) -> None:
    history = json.loads(file.read_text(encoding="utf-8"))
    assert history == scrubbed(history)


def rings(history: WorkflowHistory) -> int:
    """How many timers fired."""
    return sum(event.HasField("timer_fired_event_attributes") for event in history.events)


@pytest.mark.parametrize("file", SAVED, ids=lambda file: file.stem)
async def test_a_saved_history_replays(file: Path) -> None:
    await build_replayer().replay_workflow(load(file))


async def test_a_replay_fails_on_code_that_gives_other_commands() -> None:
    history = load(SAVED[0])
    for event in history.events:
        if event.HasField("activity_task_scheduled_event_attributes"):
            event.activity_task_scheduled_event_attributes.activity_type.name = "another"
    with pytest.raises(NondeterminismError):
        await build_replayer().replay_workflow(history)


@pytest.mark.usefixtures("worker")
async def test_a_run_with_garbage_refused_signals_a_cancel_request_and_all_phases_replays(
    plan: Plan, desk: Desk
) -> None:
    """Also a pause, and the end of the plan. Two refused signals come together, and are then delivered one by one."""

    def answer(call: HandleInput, now: datetime) -> Agenda:
        numbers = desk.numbers() + [one.number for one in call.arrivals if one.number is not None]
        if 3 in [one.number for one in call.arrivals]:
            raise ApplicationError("refused", non_retryable=True)
        if 6 in numbers:
            return CLOSED
        if 5 in numbers:
            return OPEN.model_copy(update={"status": "paused", "phase": "adaptation"})
        return OPEN.model_copy(update={"phase": "reflection" if 2 in numbers else "action", "deadline": now})

    desk.answer = answer
    await plan.start()
    for number in (1, 2, 3, 4, 5):
        both = (number, 30 + number) if number == 3 else (number,)
        await asyncio.gather(*(plan.announce(one) for one in both))
        await until(lambda: both[-1] in desk.numbers())  # noqa: B023  awaited within the round
    for name in ("external_reference", "external_marker", "no_argument", "unknown_key", "broken_json"):
        await plan.signal(name, *UGLY[name])
    await plan.handle.cancel()
    await until(lambda: "cancel" in desk.names())
    await plan.announce(6)
    await plan.handle.result()
    history = await plan.handle.fetch_history()
    save(history)
    await build_replayer().replay_workflow(history)


@pytest.mark.usefixtures("worker")
async def test_a_run_that_continued_as_new_at_the_end_of_a_cycle_replays(plan: Plan, desk: Desk) -> None:
    """130 signals, a call that could not reach the database, and a deadline that ends the cycle."""

    def answer(call: HandleInput, now: datetime) -> Agenda:
        if desk.calls == 3:
            raise ConnectionError("no database")
        numbers = desk.numbers() + [one.number for one in call.arrivals if one.number is not None]
        complete = len(set(numbers)) == 130
        deadline = now - GRACE + timedelta(seconds=2) if complete else None
        return OPEN.model_copy(update={"deadline": deadline, "more": desk.calls == 4 and not complete})

    def ends(call: HandleInput, now: datetime) -> Agenda:
        return OPEN.model_copy(update={"cycle": 2})

    desk.answer = answer
    await plan.start()
    first = (await plan.handle.describe()).run_id
    await asyncio.gather(*(plan.announce(number) for number in range(130)))
    await until(lambda: len(set(desk.numbers())) == 130)
    desk.answer = ends  # called by the timer alone
    run = plan.client.get_workflow_handle(plan.handle.id, run_id=first)
    with pytest.raises(WorkflowContinuedAsNewError):
        await run.result(follow_runs=False)
    history = await run.fetch_history()
    assert rings(history) == 1
    save(history)
    await build_replayer().replay_workflow(history)


@pytest.mark.usefixtures("worker")
async def test_a_run_that_waited_for_moved_deadlines_replays(plan: Plan, desk: Desk) -> None:
    """A deadline is kept while signals arrive, postponed, brought forward, stays on the agenda after it has passed, and
    is still ahead when the run continues as new."""
    started = datetime.now(UTC)
    moved_to = {0: timedelta(days=1), 3: timedelta(days=400), 4: timedelta(seconds=2), 5: timedelta(days=1)}

    def answer(call: HandleInput, now: datetime) -> Agenda:
        numbers = [*desk.numbers(), *(one.number for one in call.arrivals if one.number is not None)]
        latest = max(number for number in moved_to if number <= max(numbers, default=0))
        return OPEN.model_copy(
            update={"deadline": started - GRACE + moved_to[latest], "cycle": 2 if 6 in numbers else 1}
        )

    desk.answer = answer
    await plan.start()
    first = (await plan.handle.describe()).run_id
    run = plan.client.get_workflow_handle(plan.handle.id, run_id=first)
    for number in range(1, 5):
        await plan.announce(number)
        await until(lambda: number in desk.numbers())  # noqa: B023  awaited within the round
    answered = len(desk.answered)
    await until(lambda: len(desk.answered) >= answered + 2)
    for number in (5, 6):
        await plan.announce(number)
        await until(lambda: number in desk.numbers())  # noqa: B023  awaited within the round
    with pytest.raises(WorkflowContinuedAsNewError):
        await run.result(follow_runs=False)
    history = await run.fetch_history()
    assert rings(history) >= 2
    save(history)
    await build_replayer().replay_workflow(history)


@pytest.mark.usefixtures("worker")
async def test_a_run_that_gave_way_because_its_history_was_long_replays(plan: Plan, desk: Desk) -> None:
    await plan.start()
    first = (await plan.handle.describe()).run_id
    while (await plan.handle.describe()).run_id == first:
        calls = desk.calls
        await asyncio.gather(*(plan.handle.signal(WAKE) for _ in range(80)))
        await until(lambda: desk.calls > calls)  # noqa: B023  awaited within the round
    history = await plan.client.get_workflow_handle(plan.handle.id, run_id=first).fetch_history()
    save(history)
    await build_replayer().replay_workflow(history)

"""Lost workflows are found and restarted; Temporal is compared with the ledger."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from temporalio.client import WorkflowHandle
from temporalio.testing import ActivityEnvironment

from activities.contract import WAKE, CommandSignal, HandleInput, workflow_id
from activities.handle import handler_for
from gateway.recovery.restart import open_run, without_run
from tests.integration.gateway.conftest import working
from tests.integration.gateway.running import Running, report


def loop_of(gateway: Running) -> WorkflowHandle[Any, Any]:
    return gateway.state.client.get_workflow_handle(workflow_id(gateway.plan))


async def until(condition: Callable[[], Awaitable[bool]], seconds: float = 30.0) -> None:
    """Wait until a condition is true; fail after ``seconds``."""
    end = time.monotonic() + seconds
    while not await condition():
        assert time.monotonic() < end, "it did not come true in time"
        await asyncio.sleep(0.05)


async def is_running(gateway: Running) -> bool:
    return await open_run(gateway.state.client, gateway.plan) is not None


async def differences(gateway: Running) -> list[dict[str, Any]]:
    """The differences that `reconcile` reports for the plan."""
    answer = await gateway.admin.get("/v1/admin/reconcile", params={"plan": gateway.plan})
    assert answer.status_code == 200, answer.text
    [compared] = answer.json()["plans"]
    found: list[dict[str, Any]] = compared["differences"]
    return found


async def agree(gateway: Running) -> bool:
    return not await differences(gateway)


async def test_a_terminated_workflow_is_restarted_even_if_no_command_waits(
    gateway: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gateway.recovery.restart.ROUND", 0.0)
    await gateway.start()
    await loop_of(gateway).terminate()
    await until(lambda: is_running(gateway))


async def test_recover_starts_only_plans_that_should_run(gateway: Running) -> None:
    await gateway.start()
    assert (await gateway.admin.post("/v1/admin/recover")).json() == {"looked_for": 1, "started": []}
    await loop_of(gateway).terminate()
    assert (await gateway.admin.post("/v1/admin/recover")).json() == {"looked_for": 1, "started": [gateway.plan]}
    close = {"command": "close_plan", "id": "close", "reason": "Done"}
    assert (await gateway.admin.post(gateway.commands, json=close)).json()["outcome"] == "recorded"
    assert (await gateway.admin.post("/v1/admin/recover")).json() == {"looked_for": 0, "started": []}


async def _misplaced(gateway: Running) -> None:
    """A run on a task queue without workers has the plan's workflow id, as if Temporal's client had started it."""
    await gateway.start()
    await loop_of(gateway).terminate()
    await gateway.state.client.start_workflow("Plan", id=workflow_id(gateway.plan), task_queue="nobody-serves-this")


async def _is_in_its_place(gateway: Running) -> bool:
    run = await open_run(gateway.state.client, gateway.plan)
    return run is not None and run.task_queue == gateway.settings.task_queue


async def test_recover_replaces_a_run_on_another_task_queue(gateway: Running) -> None:
    await _misplaced(gateway)
    assert (await gateway.admin.post("/v1/admin/recover")).json() == {"looked_for": 1, "started": [gateway.plan]}
    assert await _is_in_its_place(gateway)
    partner = await gateway.client("partner", bodies=("works",))
    assert (await partner.post(gateway.commands, json=report("r1"))).json()["outcome"] == "recorded"


async def test_the_patrol_replaces_a_run_on_another_task_queue(
    gateway: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gateway.recovery.restart.ROUND", 0.0)
    await _misplaced(gateway)
    await until(lambda: _is_in_its_place(gateway))


async def test_a_nudge_wakes_only_plans_that_should_run(gateway: Running) -> None:
    await gateway.start()
    before = (await loop_of(gateway).describe()).history_length
    assert (await gateway.admin.post("/v1/admin/nudge")).json() == {"nudged": 1}

    async def woken() -> bool:
        return (await loop_of(gateway).describe()).history_length > before

    await until(woken)
    close = {"command": "close_plan", "id": "close", "reason": "Done"}
    assert (await gateway.admin.post(gateway.commands, json=close)).json()["outcome"] == "recorded"
    assert (await gateway.admin.post("/v1/admin/nudge")).json() == {"nudged": 0}


async def test_no_difference_is_reported_if_temporal_and_the_ledger_agree(gateway: Running) -> None:
    await gateway.start()
    partner = await gateway.client("partner", bodies=("works",))
    for number in range(3):
        await partner.post(gateway.commands, json=report(f"r{number}"))
    assert await differences(gateway) == []


async def test_a_plan_without_a_running_workflow_is_reported(gateway: Running) -> None:
    await gateway.start()
    await loop_of(gateway).terminate()
    assert [(one["code"], one["params"]) for one in await differences(gateway)] == [("not_running", {"status": "open"})]


async def test_a_workflow_with_outdated_search_attributes_is_reported(alone: Running) -> None:
    async with working(alone.settings):
        await alone.start()
        await until(lambda: agree(alone))
    convene = {"command": "convene", "id": "c1", "phase": "reflection"}
    await alone.admin.post(alone.commands, json=convene, headers={"Prefer": "wait=0"})
    assert await differences(alone) == []  # the command waits, and the search attributes are still right
    async with handler_for(alone.settings) as handle:  # now it is recorded without the workflow
        environment = ActivityEnvironment()
        environment.info = replace(
            environment.info, workflow_id=workflow_id(alone.plan), workflow_run_id="r", started_time=datetime.now(UTC)
        )
        await environment.run(handle, HandleInput(plan=alone.plan))
    [found] = await differences(alone)
    assert found["code"] == "agenda_differs"
    assert found["params"] == {"field": "phase", "shown": "action", "recorded": "reflection"}


async def test_a_command_that_only_temporal_has_is_reported(gateway: Running) -> None:
    """As after the restore of an older backup: a ledger that is gone accepted the command."""
    await gateway.start()
    await loop_of(gateway).signal("report_progress", CommandSignal(command="lost", number=4711))
    assert [one["params"] for one in await differences(gateway)] == [
        {"command": "lost", "number": "4711", "standing": "-"}
    ]


async def test_a_lost_command_that_was_resent_is_not_reported(gateway: Running) -> None:
    """The documented remedy after a fork. An older command of another sender with the same id is not the resent one."""
    await gateway.start()
    partner, other = [await gateway.client("partner", bodies=("works",)) for _ in range(2)]
    assert (await other.post(gateway.commands, json=report("r1"))).json()["outcome"] == "recorded"
    await loop_of(gateway).signal("report_progress", CommandSignal(command="r1", number=4711))
    await loop_of(gateway).signal("report_progress", CommandSignal(command="r2", number=4711))
    named = [(one["code"], one["params"]["command"]) for one in await differences(gateway)]
    assert named == [("not_in_journal", "r1"), ("not_in_journal", "r2")]
    for lost in ("r1", "r2"):
        assert (await partner.post(gateway.commands, json=report(lost))).status_code in (200, 409)
    assert await differences(gateway) == []


async def test_another_command_under_a_signalled_number_is_reported(gateway: Running) -> None:
    await gateway.start()
    number = await gateway.state.pool.fetchval("SELECT number FROM ledger.journal WHERE plan = $1", gateway.plan)
    start = await gateway.state.pool.fetchval("SELECT command FROM ledger.journal WHERE plan = $1", gateway.plan)
    await loop_of(gateway).signal("report_progress", CommandSignal(command="lost", number=number))
    assert [one["params"] for one in await differences(gateway)] == [
        {"command": "lost", "number": str(number), "standing": start}
    ]


async def test_garbled_signals_in_a_history_are_ignored(gateway: Running) -> None:
    await gateway.start()
    for said in ("x", 7, None, {"command": "c", "number": 10**30}, {"command": "c", "number": "\u0000"},
                 {"command": "\u0000", "number": 7}):  # fmt: skip
        await loop_of(gateway).signal("nonsense", said)
    assert await differences(gateway) == []


async def test_a_workflow_of_an_unknown_plan_is_reported(alone: Running) -> None:
    await alone.state.client.start_workflow(
        "Plan", id=workflow_id("stranger"), task_queue=alone.settings.task_queue, start_signal=WAKE
    )
    try:

        async def listed() -> bool:
            answer = await alone.admin.get("/v1/admin/reconcile", params={"limit": 100})
            found = {one["plan"]: [each["code"] for each in one["differences"]] for one in answer.json()["plans"]}
            return found.get("stranger") == ["never_recorded"]

        await until(listed)
    finally:
        await alone.state.client.get_workflow_handle(workflow_id("stranger")).terminate()


async def test_commands_that_wait_for_long_are_reported(alone: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    await alone.start(wait=0)
    assert "waiting" not in [one["code"] for one in await differences(alone)]
    monkeypatch.setattr("gateway.recovery.reconcile.SETTLING", 0.0)
    assert [one["params"]["count"] for one in await differences(alone) if one["code"] == "waiting"] == ["1"]


async def test_only_auditors_and_administrators_reconcile(alone: Running) -> None:
    operator = await alone.client("operator", "partner", bodies=("works",))
    assert (await operator.get("/v1/admin/reconcile")).json()["code"] == "role_needed"
    assert (await operator.post("/v1/admin/recover")).json()["code"] == "role_needed"
    auditor = await alone.client("auditor")
    assert (await auditor.get("/v1/admin/reconcile")).status_code == 200


async def test_recover_and_reconcile_answer_503_without_temporal(cut_off: Running) -> None:
    await cut_off.start(wait=0)
    for answer in (await cut_off.admin.get("/v1/admin/reconcile"), await cut_off.admin.post("/v1/admin/recover")):
        assert (answer.status_code, answer.json()["code"]) == (503, "temporal_away")


async def test_the_patrol_looks_up_only_plans_that_temporal_does_not_list(gateway: Running) -> None:
    queue = gateway.settings.task_queue
    await gateway.start()

    async def listed() -> bool:
        return await without_run(gateway.state.client, queue, [gateway.plan, "never-started"]) == ["never-started"]

    await until(listed)
    assert await without_run(gateway.state.client, "nobody-serves-this", [gateway.plan]) == [gateway.plan]

"""Plans whose loop was lost: found, started again, and compared with what Temporal still knows."""

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
from gateway.recovery import reconcile, restart
from tests.integration.gateway.conftest import working
from tests.integration.gateway.running import Running, report


def loop_of(gateway: Running) -> WorkflowHandle[Any, Any]:
    return gateway.state.client.get_workflow_handle(workflow_id(gateway.plan))


async def until(condition: Callable[[], Awaitable[bool]], seconds: float = 30.0) -> None:
    """Wait for something to become true; the test fails if it does not."""
    end = time.monotonic() + seconds
    while not await condition():
        assert time.monotonic() < end, "it did not come true in time"
        await asyncio.sleep(0.05)


async def is_running(gateway: Running) -> bool:
    return await restart.open_run(gateway.state.client, gateway.plan) is not None


async def differences(gateway: Running) -> list[dict[str, Any]]:
    """What `reconcile` says of the plan."""
    answer = await gateway.admin.get("/v1/admin/reconcile", params={"plan": gateway.plan})
    assert answer.status_code == 200, answer.text
    [compared] = answer.json()["plans"]
    found: list[dict[str, Any]] = compared["differences"]
    return found


async def agree(gateway: Running) -> bool:
    return not await differences(gateway)


async def test_a_terminated_plan_is_started_again_by_itself_though_nothing_waits(
    gateway: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(restart, "ROUND", 0.0)
    await gateway.start()
    await loop_of(gateway).terminate()
    await until(lambda: is_running(gateway))


async def test_recover_starts_what_should_be_running_and_nothing_else(gateway: Running) -> None:
    await gateway.start()
    assert (await gateway.admin.post("/v1/admin/recover")).json() == {"looked_for": 1, "started": []}
    await loop_of(gateway).terminate()
    assert (await gateway.admin.post("/v1/admin/recover")).json() == {"looked_for": 1, "started": [gateway.plan]}
    close = {"command": "close_plan", "id": "close", "reason": "Done"}
    assert (await gateway.admin.post(gateway.commands, json=close)).json()["outcome"] == "recorded"
    assert (await gateway.admin.post("/v1/admin/recover")).json() == {"looked_for": 0, "started": []}


async def _misplaced(gateway: Running) -> None:
    """The plan's id is held on a task queue that nobody serves, as by Temporal's own client."""
    await gateway.start()
    await loop_of(gateway).terminate()
    await gateway.state.client.start_workflow("Plan", id=workflow_id(gateway.plan), task_queue="nobody-serves-this")


async def _is_in_its_place(gateway: Running) -> bool:
    run = await restart.open_run(gateway.state.client, gateway.plan)
    return run is not None and run.task_queue == gateway.settings.task_queue


async def test_a_plan_whose_id_is_held_on_another_task_queue_is_recovered(gateway: Running) -> None:
    await _misplaced(gateway)
    assert (await gateway.admin.post("/v1/admin/recover")).json() == {"looked_for": 1, "started": [gateway.plan]}
    assert await _is_in_its_place(gateway)
    partner = await gateway.client("partner", bodies=("works",))
    assert (await partner.post(gateway.commands, json=report("r1"))).json()["outcome"] == "recorded"


async def test_a_plan_whose_id_is_held_on_another_task_queue_comes_back_by_itself(
    gateway: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(restart, "ROUND", 0.0)
    await _misplaced(gateway)
    await until(lambda: _is_in_its_place(gateway))


async def test_a_nudge_wakes_the_plans_that_should_be_running_and_no_other(gateway: Running) -> None:
    await gateway.start()
    before = (await loop_of(gateway).describe()).history_length
    assert (await gateway.admin.post("/v1/admin/nudge")).json() == {"nudged": 1}

    async def woken() -> bool:
        return (await loop_of(gateway).describe()).history_length > before

    await until(woken)
    close = {"command": "close_plan", "id": "close", "reason": "Done"}
    assert (await gateway.admin.post(gateway.commands, json=close)).json()["outcome"] == "recorded"
    assert (await gateway.admin.post("/v1/admin/nudge")).json() == {"nudged": 0}


async def test_where_temporal_and_the_ledger_agree_nothing_is_said(gateway: Running) -> None:
    await gateway.start()
    partner = await gateway.client("partner", bodies=("works",))
    for number in range(3):
        await partner.post(gateway.commands, json=report(f"r{number}"))
    assert await differences(gateway) == []


async def test_a_plan_without_a_loop_is_named(gateway: Running) -> None:
    await gateway.start()
    await loop_of(gateway).terminate()
    assert [(one["code"], one["params"]) for one in await differences(gateway)] == [("not_running", {"status": "open"})]


async def test_a_loop_that_shows_what_is_no_longer_so_is_named(alone: Running) -> None:
    async with working(alone.settings):
        await alone.start()
        await until(lambda: agree(alone))
    convene = {"command": "convene", "id": "c1", "phase": "reflection"}
    await alone.admin.post(alone.commands, json=convene, headers={"Prefer": "wait=0"})
    assert await differences(alone) == []  # it waits, and nothing that was recorded is shown wrongly
    async with handler_for(alone.settings) as handle:  # and now it is recorded behind the loop's back
        environment = ActivityEnvironment()
        environment.info = replace(
            environment.info, workflow_id=workflow_id(alone.plan), workflow_run_id="r", started_time=datetime.now(UTC)
        )
        await environment.run(handle, HandleInput(plan=alone.plan))
    [found] = await differences(alone)
    assert found["code"] == "agenda_differs"
    assert found["params"] == {"field": "phase", "shown": "action", "recorded": "reflection"}


async def test_a_command_of_which_only_temporal_knows_is_named(gateway: Running) -> None:
    """As after the restore of an older backup: it was accepted by a ledger that is gone."""
    await gateway.start()
    await loop_of(gateway).signal("report_progress", CommandSignal(command="lost", number=4711))
    assert [one["params"] for one in await differences(gateway)] == [
        {"command": "lost", "number": "4711", "standing": "-"}
    ]


async def test_a_lost_command_that_was_sent_again_is_no_longer_named(gateway: Running) -> None:
    """The documented remedy after a fork; another sender's command of that id from before does not count as one."""
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


async def test_another_command_under_the_number_that_temporal_was_told_is_named(gateway: Running) -> None:
    await gateway.start()
    number = await gateway.state.pool.fetchval("SELECT number FROM ledger.journal WHERE plan = $1", gateway.plan)
    start = await gateway.state.pool.fetchval("SELECT command FROM ledger.journal WHERE plan = $1", gateway.plan)
    await loop_of(gateway).signal("report_progress", CommandSignal(command="lost", number=number))
    assert [one["params"] for one in await differences(gateway)] == [
        {"command": "lost", "number": str(number), "standing": start}
    ]


async def test_garbage_in_a_history_is_no_difference(gateway: Running) -> None:
    await gateway.start()
    for said in ("x", 7, None, {"command": "c", "number": 10**30}, {"command": "c", "number": "\u0000"},
                 {"command": "\u0000", "number": 7}):  # fmt: skip
        await loop_of(gateway).signal("nonsense", said)
    assert await differences(gateway) == []


async def test_a_loop_of_which_the_ledger_knows_nothing_is_named(alone: Running) -> None:
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


async def test_what_waits_for_long_is_named(alone: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    await alone.start(wait=0)
    assert "waiting" not in [one["code"] for one in await differences(alone)]
    monkeypatch.setattr(reconcile, "SETTLING", 0.0)
    assert [one["params"]["count"] for one in await differences(alone) if one["code"] == "waiting"] == ["1"]


async def test_only_auditors_and_administrators_reconcile(alone: Running) -> None:
    operator = await alone.client("operator", "partner", bodies=("works",))
    assert (await operator.get("/v1/admin/reconcile")).json()["code"] == "role_needed"
    assert (await operator.post("/v1/admin/recover")).json()["code"] == "role_needed"
    auditor = await alone.client("auditor")
    assert (await auditor.get("/v1/admin/reconcile")).status_code == 200


async def test_without_temporal_nothing_can_be_compared_or_started_and_it_is_said(cut_off: Running) -> None:
    await cut_off.start(wait=0)
    for answer in (await cut_off.admin.get("/v1/admin/reconcile"), await cut_off.admin.post("/v1/admin/recover")):
        assert (answer.status_code, answer.json()["code"]) == (503, "temporal_away")

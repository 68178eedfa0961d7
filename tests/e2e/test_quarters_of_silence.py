"""The whole loop by the clock alone: real Temporal, Postgres and ``handle``, without any answer."""

from datetime import timedelta

from temporalio.client import Client
from temporalio.testing import TimeSkipper

from activities.contract import PLAN_WORKFLOW, workflow_id
from activities.converter import data_converter
from embedded.temporal import Server
from tests.e2e.cycles import reached
from tests.integration.activities.conftest import desk as desk  # noqa: PLC0414  for pytest to find
from tests.integration.activities.desk import PLAN_FILE, Desk
from worker import build_worker, register_search_attributes

QUARTERLY = {
    "cycle": {"every": "3 months", "reflection": "10 working_days", "adaptation": "15 working_days"},
    "decisions": {"quorum": "1"},
}


async def test_three_quarters_without_answers_record_exactly_their_silence(
    temporal_skipping_server: Server, desk: Desk
) -> None:
    real = await Client.connect(temporal_skipping_server.address, data_converter=data_converter())
    await register_search_attributes(real)
    client = TimeSkipper(real).client
    definition = {**PLAN_FILE, "plan": "quarters", "policy": QUARTERLY}
    del definition["live_from"]
    command = {"command": "start_plan", "id": "start", "definition": definition}
    begun = await desk.pool.fetchval("SELECT clock_timestamp()")
    await desk.journal(command, begun, plan="quarters", role="operator")
    async with build_worker(client, desk.handle.handle, "quarters"):
        await client.start_workflow(PLAN_WORKFLOW, id=workflow_id("quarters"), task_queue="quarters")
        await reached(desk.pool, 4)
        await real.get_workflow_handle(workflow_id("quarters")).terminate()
    history = [entry for entry in await desk.history("quarters") if entry.cycle <= 3]
    silences = [entry.event for entry in history if entry.kind == "silence_recorded"]
    assert [(one.cycle, one.asked_for, one.body) for one in silences] == [  # type: ignore[attr-defined]
        (cycle, asked_for, body)
        for cycle in (1, 2, 3)
        for asked_for, bodies in (("report", ["works"]), ("reflection", ["neighbours", "works"]))
        for body in bodies
    ]
    closed = [entry for entry in history if entry.kind == "phase_closed"]
    assert len(closed) == 9
    for entry in closed:
        assert timedelta(0) <= entry.recorded_at - entry.effective_at < timedelta(seconds=10)

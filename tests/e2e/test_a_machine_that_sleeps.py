"""The system was unavailable while a deadline passed: real Temporal, Postgres and ``handle``, and recorded hours."""

from datetime import datetime, timedelta
from typing import Any

from temporalio.client import Client
from temporalio.testing import TimeSkipper

from activities.contract import PLAN_WORKFLOW, workflow_id
from activities.converter import data_converter
from activities.handle import Handle
from embedded.temporal import Server
from ledger.connection import Pool
from ledger.open_hours import OpenHours
from tests.e2e.cycles import reached
from tests.integration.activities.conftest import desk as desk  # noqa: PLC0414  for pytest to find
from tests.integration.activities.desk import PLAN_FILE, Desk, report
from worker import build_worker, register_search_attributes

WEEKLY = {
    "cycle": {"every": "4 weeks", "reflection": "5 working_days", "adaptation": "2 working_days"},
    "decisions": {"quorum": "1"},
}


def keeping_a_door(desk: Desk) -> Handle:
    """The desk's ``handle``, which reads the recorded hours of availability."""
    return Handle(desk.pool, desk.handle._appender, desk.keyring, desk.identity, OpenHours(desk.pool))


async def open_from(pool: Pool, since: datetime, until: datetime) -> None:
    """Records every hour between two moments as available, as if the gateway had run."""
    await pool.execute(
        """INSERT INTO ledger.open_hours
           SELECT generate_series(date_trunc('hour', $1::timestamptz, 'UTC'), $2::timestamptz, '1 hour')
           ON CONFLICT DO NOTHING""",
        since,
        until,
    )


async def test_silence_is_recorded_only_if_answers_could_be_given(temporal_skipping_server: Server, desk: Desk) -> None:
    real = await Client.connect(temporal_skipping_server.address, data_converter=data_converter())
    await register_search_attributes(real)
    definition: dict[str, Any] = {**PLAN_FILE, "plan": "asleep", "policy": WEEKLY}
    del definition["live_from"]
    begun = await desk.pool.fetchval("SELECT clock_timestamp()")
    await desk.journal(
        {"command": "start_plan", "id": "start", "definition": definition}, begun, plan="asleep", role="operator"
    )
    # Two weeks without availability, from the last days of the action phase on: no body could answer.
    await open_from(desk.pool, begun, begun + timedelta(days=14))
    await open_from(desk.pool, begun + timedelta(days=28), begun + timedelta(days=90))
    desk.handle = keeping_a_door(desk)
    async with build_worker(TimeSkipper(real).client, desk.handle.handle, "asleep"):
        await TimeSkipper(real).client.start_workflow(PLAN_WORKFLOW, id=workflow_id("asleep"), task_queue="asleep")
        await reached(desk.pool, 2)
        await real.get_workflow_handle(workflow_id("asleep")).terminate()
    events: list[Any] = [entry.event for entry in await desk.history("asleep") if entry.cycle == 1]
    kinds = [event.kind for event in events if event.kind in ("window_not_held", "silence_recorded")]
    assert kinds.index("window_not_held") < kinds.index("silence_recorded", 1)
    for event in events:
        if event.kind == "silence_recorded":
            assert 2 * event.open_days >= event.working_days > 0
        elif event.kind == "window_not_held":
            assert 2 * event.open_days < event.working_days
    silent = {(event.asked_for, event.body) for event in events if event.kind == "silence_recorded"}
    assert silent >= {("reflection", "neighbours"), ("reflection", "works")}


async def test_a_machine_that_slept_for_two_weeks_records_its_deadlines_and_no_false_silence(desk: Desk) -> None:
    desk.handle = keeping_a_door(desk)
    begun = datetime.fromisoformat("2027-01-04T15:00:00+00:00")
    asleep, awake = begun + timedelta(days=14), begun + timedelta(days=29)
    await open_from(desk.pool, begun, asleep)
    await desk.start(begun, WEEKLY)
    await desk.journal(report("r1"), begun + timedelta(days=3))
    await desk.call(asleep)
    await open_from(desk.pool, awake, awake + timedelta(days=1))
    agenda = await desk.call(awake + timedelta(minutes=1))
    events: list[Any] = [entry.event for entry in await desk.history()]
    assert "silence_recorded" not in await desk.kinds()
    (not_held,) = [event for event in events if event.kind == "window_not_held"]
    assert (not_held.phase, not_held.open_days) == ("reflection", 0)
    assert agenda.deadline == not_held.closes_at > awake
    await open_from(desk.pool, awake, agenda.deadline)
    await desk.call(agenda.deadline + timedelta(minutes=1))
    events = [entry.event for entry in await desk.history() if entry.kind == "silence_recorded"]
    assert [event.body for event in events] == ["neighbours", "works"]

"""Long plans: thousands of commands, hundreds of cycles, bursts, and many idle plans.

A worker of its own process does the work, so that its memory can be read. ``RUMBO_LONG=1`` (``make long``) takes the
whole measure; otherwise a tenth of it. What was measured is printed; nothing here depends on how long it takes.
"""

import asyncio
import contextlib
import json
import os
import sys
import time
from asyncio.subprocess import PIPE
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import replace

import psutil
from temporalio.client import Client
from temporalio.testing import TimeSkipper, TimeSkippingConfig

from activities.contract import PLAN_WORKFLOW, workflow_id
from activities.converter import data_converter
from domain import PLAN
from embedded.temporal import Server
from ledger import fold, log
from settings import Settings
from tests.e2e.cycles import reached
from tests.integration.activities.conftest import desk as desk  # noqa: PLC0414  for pytest to find
from tests.integration.activities.desk import PLAN_FILE, Desk
from tests.integration.gateway.conftest import alone as alone  # noqa: PLC0414
from tests.integration.gateway.conftest import settings as settings  # noqa: PLC0414
from tests.integration.gateway.running import JSONL, YAML, Running, jsonl, report
from tests.integration.gateway.running import PLAN_FILE as PLAN_TEXT
from worker import build_worker, register_search_attributes
from workflows.plan import MAX_HISTORY

WHOLE = bool(os.environ.get("RUMBO_LONG"))
COMMANDS = 10_000 if WHOLE else 1_000
BURST = 2_000 if WHOLE else 400
CYCLES = 200 if WHOLE else 30
IDLE = 1_000 if WHOLE else 100

MEBIBYTE = 1024 * 1024
A_TASK = 150
"""Events by which a run may exceed its limit before it ends: the signals of one call, and the call's own."""


def say(**measured: object) -> None:
    sys.stdout.write("\n" + ", ".join(f"{name} {value}" for name, value in measured.items()) + "\n")


class Working:
    """A worker in a separate process."""

    def __init__(self, pid: int) -> None:
        self._process = psutil.Process(pid)

    @property
    def mebibytes(self) -> float:
        return round(self._process.memory_info().rss / MEBIBYTE, 1)


@contextlib.asynccontextmanager
async def working(settings: Settings) -> AsyncIterator[Working]:
    environment = replace(settings, gateway_port=8700, log_format="json").environment()
    process = await asyncio.create_subprocess_exec(sys.executable, "-m", "worker", env=environment, stderr=PIPE)
    assert process.stderr is not None
    try:
        while b'"ready"' not in (line := await asyncio.wait_for(process.stderr.readline(), 60)):
            assert line, "it ended before it was ready"
        draining = asyncio.create_task(process.stderr.read())
        yield Working(process.pid)
        draining.cancel()
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.terminate()
        await process.wait()


async def send(running: Running, ids: list[str], batch: int) -> list[str]:
    """Sends a report under each id from one sender, so many per request; returns their outcomes."""
    outcomes: list[str] = []
    for first in range(0, len(ids), batch):
        lines = jsonl(*(report(one, on_behalf_of="works", source="Minutes") for one in ids[first : first + batch]))
        answer = await running.admin.post(running.commands, content=lines, headers=JSONL, timeout=300)
        assert answer.status_code == 200, answer.text
        outcomes += [json.loads(line).get("outcome") for line in answer.text.splitlines()]
    return outcomes


async def until_settled(running: Running, count: int) -> None:
    """Waits until so many commands have an outcome and none waits."""
    pool = running.state.pool
    async with asyncio.timeout(240):
        while True:
            left = await pool.fetchval(
                "SELECT count(*) FROM ledger.journal WHERE plan = $1 AND handled_at IS NULL", running.plan
            )
            done = await pool.fetchval("SELECT count(*) FROM ledger.outcomes WHERE plan = $1", running.plan)
            if left == 0 and done >= count:
                return
            await asyncio.sleep(0.1)


async def hold_that_nothing_is_lost_or_done_twice(running: Running, ids: list[str]) -> None:
    """Checks: one entry per command, versions without gaps, and the state is their fold."""
    causes: Counter[str] = Counter()
    versions = []
    async for entry, _hash in running.state.reads.entries(running.plan):
        versions.append(entry.version)
        if entry.kind == "progress_reported":
            causes[str(entry.cause)] += 1
    assert causes == Counter(ids)
    assert versions == list(range(1, len(versions) + 1))
    anew = await fold.current(PLAN, running.state.pool, running.plan)
    assert await running.state.reads.current(running.plan) == anew.state


async def histories(client: Client, plan: str) -> list[int]:
    """The number of events of each run of a plan's loop, oldest first."""
    lengths: list[int] = []
    handle = client.get_workflow_handle(workflow_id(plan))
    run: str | None = (await handle.describe()).raw_description.workflow_execution_info.first_run_id
    while run:
        described = await client.get_workflow_handle(workflow_id(plan), run_id=run).describe()
        lengths.append(described.history_length)
        run = None
        async for event in client.get_workflow_handle(
            workflow_id(plan), run_id=described.run_id
        ).fetch_history_events():
            if event.HasField("workflow_execution_continued_as_new_event_attributes"):
                run = event.workflow_execution_continued_as_new_event_attributes.new_execution_run_id
    return lengths


async def test_thousands_of_commands_to_one_plan_are_each_done_once_in_short_runs(alone: Running) -> None:
    ids = [f"r{number}" for number in range(COMMANDS)]
    async with working(alone.settings) as worker:
        await alone.start()
        before, began = worker.mebibytes, time.monotonic()
        senders = 5
        share = [ids[sender::senders] for sender in range(senders)]
        outcomes_by_sender = await asyncio.gather(*(send(alone, one, 50) for one in share))
        assert {outcome for outcomes in outcomes_by_sender for outcome in outcomes} == {"recorded"}
        seconds = time.monotonic() - began
        await hold_that_nothing_is_lost_or_done_twice(alone, ids)
        lengths = await histories(alone.state.client, alone.plan)
        say(commands=COMMANDS, seconds=round(seconds, 1), per_second=round(COMMANDS / seconds), runs=len(lengths),
            longest_run=max(lengths), worker_mib=f"{before} to {worker.mebibytes}")  # fmt: skip
        assert max(lengths) < MAX_HISTORY + A_TASK
        assert worker.mebibytes - before < 100


async def test_a_burst_accepted_while_no_worker_ran_is_done_in_order(alone: Running) -> None:
    await alone.start(wait=0)
    ids = [f"r{number}" for number in range(BURST)]
    began = time.monotonic()
    lines = [jsonl(report(one, on_behalf_of="works", source="Minutes")) for one in ids]

    async def post(line: str) -> None:
        headers = {"Content-Type": "application/json", "Prefer": "wait=0"}
        answer = await alone.admin.post(alone.commands, content=line, headers=headers, timeout=120)
        assert answer.status_code == 202, answer.text

    gate = asyncio.Semaphore(50)

    async def gated(line: str) -> None:
        async with gate:
            await post(line)

    await asyncio.gather(*map(gated, lines))
    accepted = time.monotonic() - began
    async with working(alone.settings) as worker:
        before, began = worker.mebibytes, time.monotonic()
        await until_settled(alone, BURST + 1)
        seconds = time.monotonic() - began
        await hold_that_nothing_is_lost_or_done_twice(alone, ids)
        lengths = await histories(alone.state.client, alone.plan)
        say(burst=BURST, accepted_in=round(accepted, 1), done_in=round(seconds, 1), runs=len(lengths),
            longest_run=max(lengths), worker_mib=f"{before} to {worker.mebibytes}")  # fmt: skip
        journalled = await alone.state.pool.fetch(
            "SELECT command FROM ledger.journal WHERE plan = $1 AND command LIKE 'r%' ORDER BY number", alone.plan
        )
        entries = alone.state.reads.entries(alone.plan)
        done = [entry.cause async for entry, _ in entries if entry.kind == "progress_reported"]
        assert done == [row["command"] for row in journalled]
        assert max(lengths) < MAX_HISTORY + A_TASK
        assert worker.mebibytes - before < 100


async def test_each_of_many_cycles_has_its_own_run_and_ends_on_its_day(
    temporal_skipping_server: Server, desk: Desk
) -> None:
    policy = {
        "cycle": {"every": "3 months", "reflection": "10 working_days", "adaptation": "15 working_days"},
        "decisions": {"quorum": "1"},
    }
    definition = {key: value for key, value in PLAN_FILE.items() if key != "live_from"} | {
        "plan": "years",
        "policy": policy,
    }
    real = await Client.connect(temporal_skipping_server.address, data_converter=data_converter())
    await register_search_attributes(real)
    client = TimeSkipper(real, config=TimeSkippingConfig(max_session_skip_count=2**31 - 1)).client
    begun = await desk.pool.fetchval("SELECT clock_timestamp()")
    command = {"command": "start_plan", "id": "start", "definition": definition}
    await desk.journal(command, begun, plan="years", role="operator")
    began = time.monotonic()
    async with build_worker(client, desk.handle.handle, "years"):
        await client.start_workflow(PLAN_WORKFLOW, id=workflow_id("years"), task_queue="years")
        async with asyncio.timeout(240):
            await reached(desk.pool, CYCLES + 1)
        await real.get_workflow_handle(workflow_id("years")).terminate()
    seconds = time.monotonic() - began
    closed = Counter(entry.cycle for entry in await desk.history("years") if entry.kind == "phase_closed")
    assert {cycle: closed[cycle] for cycle in range(1, CYCLES + 1)} == dict.fromkeys(range(1, CYCLES + 1), 3)
    lengths = await histories(real, "years")
    say(cycles=CYCLES, seconds=round(seconds, 1), runs=len(lengths), longest_run=max(lengths),
        entries=(await log.stream_head(desk.pool, "years")).version)  # fmt: skip
    assert len(lengths) >= CYCLES
    assert max(lengths) < 100


async def test_many_idle_plans_take_little_memory_of_one_worker(alone: Running) -> None:
    plan = alone.plan
    names = [f"{plan}-{number}" for number in range(IDLE)]
    async with working(alone.settings) as worker:
        await alone.start()
        before, began = worker.mebibytes, time.monotonic()
        gate = asyncio.Semaphore(20)

        async def start(name: str) -> None:
            async with gate:
                answer = await alone.admin.post(
                    "/v1/plans", content=PLAN_TEXT.format(plan=name), headers=YAML | {"Prefer": "wait=60"}, timeout=120
                )
                assert answer.status_code == 201, answer.text

        await asyncio.gather(*map(start, names))
        seconds = time.monotonic() - began
        grown = worker.mebibytes - before
        rows = await alone.state.pool.fetch("SELECT plan FROM ledger.plans WHERE summary ->> 'status' = 'open'")
        assert {row["plan"] for row in rows} >= set(names)
        alone.plan = names[0]
        assert await send(alone, ["still"], 1) == ["recorded"]
        say(idle=IDLE, seconds=round(seconds, 1), worker_mib=f"{before} to {worker.mebibytes}",
            kib_a_plan=round(grown * 1024 / IDLE))  # fmt: skip
        assert grown < 30 + IDLE * 0.5

"""Temporal loses all its data during a cycle, and the worker is down over a deadline: in real time."""

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, asynccontextmanager, contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import asyncpg
import httpx2
import pytest

from embedded import ports, postgres, process, temporal
from ledger.migrate import migrate
from settings import Settings
from tests.integration.gateway.conftest import alone, serving, settings, working  # noqa: F401  the fixtures too
from tests.integration.gateway.running import PLAN_FILE, YAML, Running, report

WINDOW = 10.0
"""Seconds of each phase: twice a deadline's grace, so that nothing waits in its second half, and long enough for a busy
machine to finish each step before the next is due."""

BY_THE_CLOCK = f"""  cycle: {{every: PT{3 * WINDOW:.0f}S, reflection: PT{WINDOW:.0f}S, adaptation: PT{WINDOW:.0f}S}}
"""

ANSWERS = {"learned": "Leaks are under the paving"}
PROPOSAL = {
    "command": "propose_correction",
    "id": "later",
    "trigger": "new_information",
    "rests_on": ["paving"],
    "rationale": "The paving has to come up first",
    "changes": [{"item": "1.1", "field": "due", "from": "2040-06-30", "to": "2040-09-30"}],
}
DECISION = {
    "command": "decide_correction",
    "id": "yes",
    "correction": "later",
    "decision": "adopted",
    "response": "Agreed",
    "authority": {"document": "Minutes 7"},
}
LESSON = {"id": "paving", "text": "Maps lie about what lies under the paving"}


class Lost:
    """A Temporal server for one test, on a fixed port, that can lose its data."""

    def __init__(self, folder: Path) -> None:
        port, ui_port = ports.choose([0, 0])
        folder.mkdir()
        self.server = temporal.Server(folder / "temporal.db", folder / "temporal.log", port, ui_port)

    @contextmanager
    def running(self) -> Iterator[None]:
        with process.running(self.server.program(), self.server.is_ready):
            yield

    def forget(self) -> None:
        for file in self.server.database.parent.glob("temporal.db*"):
            file.unlink()


class Player:
    """One plan through a cycle and a half, with each command at its moment."""

    def __init__(self, running: Running, works: httpx2.AsyncClient, watch: httpx2.AsyncClient) -> None:
        self.running, self.works, self.watch = running, works, watch
        self.began = 0.0

    async def start(self) -> None:
        body = PLAN_FILE.format(plan=self.running.plan) + BY_THE_CLOCK
        started = await self.running.admin.post("/v1/plans", content=body, headers=YAML | {"Prefer": "wait=20"})
        assert started.status_code == 201, started.text
        [opened] = [one for one in await self.running.entries() if one["kind"] == "phase_opened"]
        age = datetime.now(UTC) - datetime.fromisoformat(opened["effective_at"])
        self.began = time.monotonic() - age.total_seconds()

    async def at(self, windows: float) -> None:
        """Waits for a moment, in windows since the beginning."""
        await asyncio.sleep(self.began + windows * WINDOW - time.monotonic())

    async def send(self, client: httpx2.AsyncClient, command: dict[str, Any]) -> None:
        """Sends a command without waiting for its outcome."""
        answer = await client.post(self.running.commands, json=command, headers={"Prefer": "wait=0"})
        assert answer.status_code in (200, 202), answer.text

    async def until_all_is_handled(self, seconds: float = 60.0) -> None:
        end = time.monotonic() + seconds
        waiting = "SELECT count(*) FROM ledger.journal WHERE plan = $1 AND handled_at IS NULL"
        while await self.running.state.pool.fetchval(waiting, self.running.plan):
            assert time.monotonic() < end, "commands still wait"
            await asyncio.sleep(0.1)


def comparable(entries: list[dict[str, Any]], plan: str) -> list[Any]:
    """A history without its ids, moments and numbers, and without refusals."""
    kept = ("kind", "role", "on_behalf_of", "cycle", "phase", "cause", "visibility", "data")
    return [
        _timeless({name: one[name] for name in kept}, plan)
        for one in entries
        if one["kind"] not in ("command_refused", "arrivals_refused")
    ]


def _timeless(value: Any, plan: str) -> Any:
    match value:
        case dict():
            return {name: _timeless(child, plan) for name, child in value.items()}
        case list():
            return [_timeless(child, plan) for child in value]
        case str():
            return "…" if _is_moment(value) else value.replace(plan, "…")
        case _:
            return value


def _is_moment(value: str) -> bool:
    try:
        return len(value) > len("2040-06-30") and bool(datetime.fromisoformat(value))
    except ValueError:
        return False


async def before(player: Player) -> None:
    await player.start()
    await player.at(0.4)
    await player.send(player.works, report("r1"))
    await player.at(1.7)
    reflection = {"command": "submit_reflection", "id": "f1", "answers": ANSWERS, "lessons": [LESSON]}
    await player.send(player.watch, reflection)
    await player.until_all_is_handled()


async def meanwhile(player: Player) -> None:
    await player.send(player.works, report("r2", status="done"))
    await player.send(player.watch, PROPOSAL)


async def afterwards(player: Player) -> list[Any]:
    await player.at(2.6)
    await player.send(player.works, DECISION)
    await player.at(3.3)
    await player.send(player.works, report("r3"))
    await player.until_all_is_handled()
    await player.send(player.running.admin, {"command": "close_plan", "id": "end", "reason": "Enough"})
    await player.until_all_is_handled()
    return comparable(await player.running.entries(), player.running.plan)


@pytest.fixture
def lost(tmp_path: Path) -> Lost:
    return Lost(tmp_path / "lost")


@pytest.fixture
async def fragile(
    settings: Settings,  # noqa: F811
    lost: Lost,
    postgres_cluster: postgres.Cluster,
    tmp_path: Path,
) -> AsyncIterator[Settings]:
    """A second ledger, with the Temporal server that will lose its data."""
    name = "fragile"
    connection = await asyncpg.connect(postgres_cluster.url())
    await connection.execute(f"CREATE DATABASE {name}")
    await migrate(postgres_cluster.url(name))
    yield replace(
        settings,
        database_url=postgres_cluster.url(name),
        temporal_address=lost.server.address,
        keyring=tmp_path / "fragile",
    )
    await connection.execute(f"DROP DATABASE {name} WITH (FORCE)")
    await connection.close()


@asynccontextmanager
async def playing(running: Running) -> AsyncIterator[Player]:
    yield Player(
        running,
        await running.client("partner", "reviewer", bodies=("works",)),
        await running.client("partner", "reviewer", bodies=("watch",)),
    )


async def undisturbed(settings: Settings) -> list[Any]:  # noqa: F811
    async with serving(settings) as running, playing(running) as player, working(settings):
        await before(player)
        await meanwhile(player)
        return await afterwards(player)


async def struck(settings: Settings, lost: Lost) -> list[Any]:  # noqa: F811
    """The same, but Temporal loses its data while accepted commands wait for a worker."""
    with ExitStack() as first:
        first.enter_context(lost.running())
        async with serving(settings) as running, playing(running) as player:
            async with working(settings):
                await before(player)
            await meanwhile(player)
            await asyncio.to_thread(first.close)
            lost.forget()
            with lost.running():
                recovered = await running.admin.post("/v1/admin/recover")
                assert recovered.json()["looked_for"] == 1
                async with working(settings):
                    await player.until_all_is_handled()
                    await until_it_shows_what_the_ledger_says(settings, running)
                    return await afterwards(player)
    raise AssertionError


async def until_it_shows_what_the_ledger_says(settings: Settings, running: Running) -> None:  # noqa: F811
    """Waits until the recovered loop shows the phase, cycle and deadline of the ledger."""
    end = time.monotonic() + 30
    while True:
        answer = (await running.admin.get("/v1/admin/reconcile", params={"plan": running.plan})).json()
        if not answer["plans"][0]["differences"]:
            return
        assert time.monotonic() < end, answer
        await asyncio.sleep(0.2)


async def test_a_plan_survives_the_loss_of_all_of_temporals_data(
    settings: Settings,  # noqa: F811
    fragile: Settings,
    lost: Lost,
) -> None:
    calm, hit = await asyncio.gather(undisturbed(settings), struck(fragile, lost))
    assert hit == calm
    assert {one["kind"] for one in calm} >= {"correction_took_effect", "silence_recorded", "plan_closed"}


async def test_a_punctual_command_stays_punctual_though_the_worker_was_down_over_the_deadline(alone: Running) -> None:  # noqa: F811
    """Commands accepted before the deadline count, later ones are late, and no punctual body is recorded as silent."""
    async with playing(alone) as player:
        async with working(alone.settings):
            await player.start()
        await player.at(0.8)
        await player.send(player.works, report("punctual"))
        await player.at(1.2)
        await player.send(player.watch, {"command": "submit_reflection", "id": "early", "answers": ANSWERS})
        await player.at(2.1)
        await player.send(player.works, {"command": "submit_reflection", "id": "late", "answers": ANSWERS})
        async with working(alone.settings):
            await player.until_all_is_handled()
        history = await alone.entries()
    phases = {one["cause"]: one["phase"] for one in history if one["cause"] in ("punctual", "early", "late")}
    assert phases == {"punctual": "action", "early": "reflection", "late": "adaptation"}
    silent = [(one["data"]["asked_for"], one["data"]["body"]) for one in history if one["kind"] == "silence_recorded"]
    assert silent == [("reflection", "works")]

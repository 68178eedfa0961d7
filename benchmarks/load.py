"""``python -m benchmarks.load``: thousands of open plans on one machine, a steady stream of commands, nothing lost.

The whole stack as `rumbo up` runs it, with RUMBO_PLANS_AWAKE for so many plans. Commands come over HTTP, each at its
time, answered or not, so a slow moment delays every command that comes in it. At the end, once nothing waits any more,
the ledger is compared with what was sent.

With ``--data`` the folder is kept, and plans that an earlier run opened in it are not opened again. Each part has a
longest time, so that it ends whatever happens. Writes ``.rumbo/load.json``. Exit codes: 0 all of it arrived, 1
something was lost or refused, or the plans were not open in time.
"""

import argparse
import asyncio
import contextlib
import itertools
import json
import os
import random
import secrets
import sys
import tempfile
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterator, Set
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import asyncpg
import httpx2
import psutil

from benchmarks import machine
from benchmarks.commands import LESSON, correction, report
from benchmarks.row import percentile
from benchmarks.story import BODIES, plan_file
from embedded import postgres
from embedded.stack import Stack
from settings import Settings

OPENING: Final = 24
"""Plans that are being started at the same time."""
WAIT: Final = {"Prefer": "wait=60"}
AT_ONCE: Final = {"Prefer": "wait=0"}
LONGEST_OPENING: Final = 45 * 60.0
LONGEST_QUEUE: Final = 10 * 60.0
"""Seconds that what was accepted may still take to be handled after the last command."""


LEARN: Final = "learn"
"""The id of the last command with which a plan is opened."""


class NotOpen(Exception):
    """A plan could not be opened."""


@dataclass
class Load:
    """A run: what is sent, and what was answered."""

    client: httpx2.AsyncClient
    plans: list[str]
    drawn: random.Random = field(default_factory=lambda: random.Random(20_26))
    seconds: list[float] = field(default_factory=list)
    due: dict[tuple[str, str], float] = field(default_factory=dict)
    """When each command was to be sent, by the clock on the wall."""
    answers: Counter[str] = field(default_factory=Counter)
    sent: list[tuple[str, str]] = field(default_factory=list)
    run_id: str = field(default_factory=lambda: secrets.token_hex(4))
    """In the ids of its commands: an earlier run on the same ledger has used others."""

    async def open(self, opened: Set[str] = frozenset()) -> None:
        """Start every plan but those that were ``opened`` before, and let it learn something.

        Raises `NotOpen`, TimeoutError.
        """
        left = iter([plan for plan in self.plans if plan not in opened])

        async def some() -> None:
            for plan in left:
                with contextlib.suppress(httpx2.HTTPError):  # what comes of it, the next command says
                    await self.client.post("/v1/plans", json=plan_file(plan), headers=AT_ONCE)
                command = {"command": "record_lesson", "id": LEARN, "on_behalf_of": "works", "lesson": LESSON}
                if (answer := await self._send(plan, command)) not in ("recorded", "duplicate", "accepted"):
                    raise NotOpen(f"{plan}: {answer}")

        async with asyncio.timeout(LONGEST_OPENING):
            await asyncio.gather(*(some() for _ in range(OPENING)))

    async def run(self, a_minute: int, minutes: float) -> None:
        """Send so many commands a minute, each at its own time."""
        began, started, tasks = time.perf_counter(), time.time(), []
        for number, command in zip(range(int(a_minute * minutes)), mixed(), strict=False):
            at = began + number * 60 / a_minute
            await asyncio.sleep(max(0.0, at - time.perf_counter()))
            tasks.append(asyncio.create_task(self._timed(number, command, started + at - began)))
        await asyncio.gather(*tasks)

    async def _timed(self, number: int, command: dict[str, Any], at: float) -> None:
        plan = self.drawn.choice(self.plans)
        self.sent.append((plan, name := f"load-{self.run_id}-{number}"))
        self.due[plan, name] = at
        self.answers[await self._send(plan, command | {"id": name})] += 1
        self.seconds.append(time.time() - at)

    async def _send(self, plan: str, command: dict[str, Any]) -> str:
        # An operator speaks for a body with a source.
        command = command | {"source": "Minutes of the weekly meeting"}
        try:
            answer = await self.client.post(f"/v1/plans/{plan}/commands", json=command, headers=WAIT)
        except httpx2.HTTPError as error:
            return f"no answer: {type(error).__name__}"
        outcome: str = answer.json().get("outcome") or f"{answer.status_code} {answer.json().get('code')}"
        return outcome


def mixed() -> Iterator[dict[str, Any]]:
    """Of ten commands six reports, two measurements, a piece of evidence and a course correction."""
    for number in itertools.count():
        body = {"on_behalf_of": BODIES[number % len(BODIES)]}
        match number % 10:
            case 2 | 7:
                yield body | {"command": "measure_indicator", "indicator": "days", "value": f"{number % 7}"}
            case 4:
                evidence = {"document": f"minutes-{number}.pdf", "text": "Signed by all who were there"}
                yield body | {"command": "attach_evidence", "item": "1.1", "evidence": evidence}
            case 9:
                yield correction(number)
            case _:
                yield report(number)


@contextlib.asynccontextmanager
async def ledger_of(folder: Path) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(postgres.cluster(folder / "postgres", folder / "postgres.log").url())
    try:
        yield connection
    finally:
        await connection.close()


async def opened(folder: Path) -> Set[str]:
    """The plans that an earlier run opened here."""
    async with ledger_of(folder) as ledger:
        rows = await ledger.fetch("SELECT plan FROM ledger.outcomes WHERE command = $1 AND outcome = 'recorded'", LEARN)
    return {row["plan"] for row in rows}


async def drained(folder: Path) -> float:
    """Seconds until nothing waits any more, or `LONGEST_QUEUE`."""
    began = time.perf_counter()
    async with ledger_of(folder) as ledger:
        while await ledger.fetchval("SELECT EXISTS (SELECT FROM ledger.journal WHERE handled_at IS NULL)"):
            if time.perf_counter() - began > LONGEST_QUEUE:
                break
            await asyncio.sleep(0.5)
    return time.perf_counter() - began


async def lost(folder: Path, load: Load) -> list[tuple[str, str]]:
    """What was sent and is not recorded once: with one outcome, and all the entries that it names are the command's."""
    async with ledger_of(folder) as ledger:
        rows = await ledger.fetch(
            """SELECT o.plan, o.command FROM ledger.outcomes o
               WHERE starts_with(o.command, $1) AND o.outcome = 'recorded' AND cardinality(o.versions) > 0
                 AND cardinality(o.versions) = (
                   SELECT count(*) FROM ledger.events e
                   WHERE e.plan = o.plan AND e.version = ANY(o.versions) AND e.envelope ->> 'cause' = o.command)""",
            f"load-{load.run_id}-",
        )
    found = Counter((row["plan"], row["command"]) for row in rows)
    return [one for one in load.sent if found[one] != 1]


async def recorded_after(folder: Path, load: Load) -> list[float]:
    """Seconds from when each command was to be sent until it was recorded, whenever its sender stopped waiting."""
    async with ledger_of(folder) as ledger:
        rows = await ledger.fetch(
            "SELECT plan, command, recorded_at FROM ledger.outcomes WHERE starts_with(command, $1)",
            f"load-{load.run_id}-",
        )
    return [row["recorded_at"].timestamp() - load.due[row["plan"], row["command"]] for row in rows]


def held(stack: Stack) -> dict[str, int]:
    """MiB of each program with its children."""
    memory = {}
    for name, service in stack.services.items():
        if service.pid:
            one = psutil.Process(service.pid)
            memory[name] = round(sum(part.memory_info().rss for part in (one, *one.children(recursive=True))) / 2**20)
    return memory


async def measure(folder: Path, plans: int, a_minute: int, minutes: float) -> dict[str, Any]:
    async with Stack(folder) as stack:
        token = (folder / "keyring" / "admin.token").read_text().strip()
        limits = httpx2.Limits(max_connections=400)
        async with httpx2.AsyncClient(base_url=stack.url, timeout=90, trust_env=False, limits=limits) as client:
            admin = {"Authorization": f"Bearer {token}"}
            made = await client.post(
                "/v1/admin/tokens",
                json={"name": f"Load {secrets.token_hex(4)}", "roles": ["operator"], "bodies": []},
                headers=admin,
            )
            client.headers["Authorization"] = f"Bearer {made.raise_for_status().json()['token']}"
            load, before = Load(client, [f"plan-{number:06}" for number in range(plans)]), held(stack)
            there = await opened(folder)
            began = time.perf_counter()
            await load.open(there)
            opening, began = time.perf_counter() - began, time.perf_counter()
            open_at = held(stack)
            print(f"{plans:,} plans open, {len(there):,} from before; {opening:.0f} s; {open_at} MiB", flush=True)
            await load.run(a_minute, minutes)
            took = time.perf_counter() - began
            queue = await drained(folder)
            missing, recorded = await lost(folder, load), await recorded_after(folder, load)
            return {
                "machine": machine.described(),
                "plans": plans,
                "plans_awake": Settings().plans_awake,
                "opened": {"plans": plans - len(there), "seconds": round(opening, 1)},
                "sent": len(load.sent),
                "minutes": round(took / 60, 2),
                "answers": dict(load.answers),
                "lost": len(missing),
                "drained_after_seconds": round(queue, 1),
                "seconds_to_answer": shares(load.seconds),
                "seconds_to_record": shares(recorded),
                "memory_mib": {"empty": before, "all open": open_at, "at the end": held(stack)},
                "load_average": os.getloadavg(),
            }


SHARES: Final = {"p50": 0.5, "p90": 0.9, "p99": 0.99, "p99.9": 0.999, "worst": 1.0}


def shares(seconds: list[float]) -> dict[str, float]:
    return {name: round(percentile(seconds, share), 3) for name, share in SHARES.items()}


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.load", description="A steady load, nothing lost.")
    parser.add_argument("--plans", type=int, default=10_000)
    parser.add_argument("--a-minute", type=int, default=1_000)
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--data", type=Path, help="a folder that is kept: what is open in it stays open")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="rumbo-load-") as folder:
        os.environ["XDG_CONFIG_HOME"] = folder  # a real stack's profile stays as it is
        os.environ.setdefault("RUMBO_PLANS_AWAKE", str(given.plans))  # as docs/operating.md says for so many
        data = given.data or Path(folder) / "data"
        try:
            found = asyncio.run(measure(data, given.plans, given.a_minute, given.minutes))
        except (NotOpen, TimeoutError) as error:
            print(f"the plans are not open: {str(error) or 'it took too long'}", file=sys.stderr)
            return 1
    print(json.dumps(found, indent=1))
    results = Path(".rumbo")
    results.mkdir(exist_ok=True)
    (results / "load.json").write_text(json.dumps(found, indent=1))
    return 0 if not found["lost"] and found["answers"].keys() <= {"recorded", "accepted"} else 1


if __name__ == "__main__":
    sys.exit(main())

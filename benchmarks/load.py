"""``python -m benchmarks.load``: thousands of open plans on one machine, a steady stream of commands, nothing lost.

The whole stack as `rumbo up` runs it, spoken to over HTTP. Commands come at their times whether or not those before
were answered, so a slow moment is seen by everybody who came in it. At the end the ledger is held against what was
sent.
Writes ``.rumbo/load.json``. Exit codes: 0 all of it arrived, 1 something was lost.
"""

import argparse
import asyncio
import itertools
import json
import os
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import asyncpg
import httpx2
import psutil

from benchmarks import machine
from benchmarks.row import percentile
from benchmarks.said import LESSON, correction, report
from benchmarks.story import BODIES, plan_file
from embedded import postgres
from embedded.stack import Stack

OPENING: Final = 24
"""Plans that are being started at the same time."""
WAIT: Final = {"Prefer": "wait=60"}


@dataclass
class Load:
    """A run: what is sent, and what was answered."""

    client: httpx2.AsyncClient
    plans: list[str]
    drawn: random.Random = field(default_factory=lambda: random.Random(20_26))
    seconds: list[float] = field(default_factory=list)
    answers: Counter[str] = field(default_factory=Counter)
    sent: list[tuple[str, str]] = field(default_factory=list)

    async def open(self) -> None:
        """Start every plan, and let it learn something."""
        left = iter(self.plans)

        async def some() -> None:
            for plan in left:
                started = await self.client.post("/v1/plans", json=plan_file(plan), headers={"Prefer": "wait=0"})
                started.raise_for_status()
                await self._send(
                    plan, {"command": "record_lesson", "id": "learn", "on_behalf_of": "works", "lesson": LESSON}
                )

        await asyncio.gather(*(some() for _ in range(OPENING)))

    async def run(self, a_minute: int, minutes: float) -> None:
        """Send so many commands a minute, each at its own time."""
        began, tasks = time.perf_counter(), []
        for number, said in zip(range(int(a_minute * minutes)), mixed(), strict=False):
            at = began + number * 60 / a_minute
            await asyncio.sleep(max(0.0, at - time.perf_counter()))
            tasks.append(asyncio.create_task(self._timed(number, said, at)))
        await asyncio.gather(*tasks)

    async def _timed(self, number: int, said: dict[str, Any], at: float) -> None:
        plan = self.drawn.choice(self.plans)
        self.sent.append((plan, name := f"load-{number}"))
        self.answers[await self._send(plan, said | {"id": name})] += 1
        self.seconds.append(time.perf_counter() - at)

    async def _send(self, plan: str, said: dict[str, Any]) -> str:
        # An operator speaks for a body with a source.
        said = said | {"source": "Minutes of the weekly meeting"}
        answer = await self.client.post(f"/v1/plans/{plan}/commands", json=said, headers=WAIT)
        told: str = answer.json().get("outcome") or f"{answer.status_code} {answer.json().get('code')}"
        return told


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


async def lost(folder: Path, load: Load) -> list[tuple[str, str]]:
    """What was sent and has not exactly one outcome and its entries in the ledger."""
    connection = await asyncpg.connect(postgres.cluster(folder / "postgres", folder / "postgres.log").url())
    try:
        rows = await connection.fetch(
            """SELECT o.plan, o.command FROM ledger.outcomes o
               WHERE o.command LIKE 'load-%' AND cardinality(o.versions) =
                 (SELECT count(*) FROM ledger.events e WHERE e.plan = o.plan AND e.version = ANY(o.versions))"""
        )
    finally:
        await connection.close()
    found = Counter((row["plan"], row["command"]) for row in rows)
    return [one for one in load.sent if found[one] != 1]


def held(stack: Stack) -> dict[str, int]:
    """MiB of each program with its children."""
    memory = {}
    for name, service in stack.services.items():
        if service.pid:
            one = psutil.Process(service.pid)
            memory[name] = round(sum(part.memory_info().rss for part in (one, *one.children(recursive=True))) / 2**20)
    return memory


async def measure(folder: Path, plans: int, a_minute: int, minutes: float) -> dict[str, Any]:
    async with Stack(folder / "data", None) as stack:
        token = (folder / "data" / "keyring" / "admin.token").read_text().strip()
        limits = httpx2.Limits(max_connections=400)
        async with httpx2.AsyncClient(base_url=stack.url, timeout=90, trust_env=False, limits=limits) as client:
            admin = {"Authorization": f"Bearer {token}"}
            made = await client.post(
                "/v1/admin/tokens", json={"name": "Load", "roles": ["operator"], "bodies": []}, headers=admin
            )
            client.headers["Authorization"] = f"Bearer {made.raise_for_status().json()['token']}"
            load, before = Load(client, [f"plan-{number:06}" for number in range(plans)]), held(stack)
            began = time.perf_counter()
            await load.open()
            opened, began = time.perf_counter() - began, time.perf_counter()
            print(f"{plans:,} plans open after {opened:.0f} s; memory {held(stack)} MiB", flush=True)
            await load.run(a_minute, minutes)
            took = time.perf_counter() - began
            missing = await lost(folder / "data", load)
            return {
                "machine": machine.described(),
                "plans": plans,
                "sent": len(load.sent),
                "minutes": round(took / 60, 2),
                "answers": dict(load.answers),
                "lost": len(missing),
                "seconds": {name: round(percentile(load.seconds, share), 3) for name, share in SHARES.items()},
                "memory_mib": {"empty": before, "at the end": held(stack)},
                "load_average": os.getloadavg(),
            }


SHARES: Final = {"p50": 0.5, "p90": 0.9, "p99": 0.99, "p99.9": 0.999, "worst": 1.0}


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.load", description="A steady load, nothing lost.")
    parser.add_argument("--plans", type=int, default=10_000)
    parser.add_argument("--a-minute", type=int, default=1_000)
    parser.add_argument("--minutes", type=float, default=10)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="rumbo-load-") as folder:
        os.environ["XDG_CONFIG_HOME"] = folder  # the profile of a stack that somebody uses stays as it is
        found = asyncio.run(measure(Path(folder), given.plans, given.a_minute, given.minutes))
    print(json.dumps(found, indent=1))
    results = Path(".rumbo")
    results.mkdir(exist_ok=True)
    (results / "load.json").write_text(json.dumps(found, indent=1))
    return 0 if not found["lost"] and found["answers"].keys() <= {"recorded", "accepted"} else 1


if __name__ == "__main__":
    sys.exit(main())

"""Replay with ``eventsourcing``: ``repository.get`` of an aggregate with the same facts, without snapshots."""

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from benchmarks.contender import Lost
from benchmarks.peers.append import TITLE
from benchmarks.peers.events import Plan, opened, tell
from benchmarks.rounds import Asked, Round, play
from benchmarks.story import facts, last_counts

AT_ONCE = 100
"""Events a save. With a thousand it stands still for ever where Postgres is reached through a Unix socket."""


@asynccontextmanager
async def program(asked: Asked) -> AsyncIterator[Round]:
    app = opened(asked["dsn"], 4)
    told = list(facts(asked["events"]))
    plan = Plan("replayed", TITLE)
    for number, fact in enumerate(told):
        tell(plan, fact)
        if number % AT_ONCE == 0:
            app.save(plan)
    app.save(plan)

    async def one(_: Asked) -> Asked:
        began = time.perf_counter()
        found: Plan = app.repository.get(plan.id)
        took = time.perf_counter() - began
        counts = {item: standing["count"] for item, standing in found.standings.items()}
        if found.version != plan.version or counts != last_counts(told):
            raise Lost("the aggregate is not what was saved")
        return {"rate": found.version / took}

    yield one
    app.close()


if __name__ == "__main__":
    play(program)

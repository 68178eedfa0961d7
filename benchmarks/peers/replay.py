"""Replay with ``eventsourcing``: ``repository.get`` of an aggregate with the same facts, without snapshots, and a
summary of it as JSON."""

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from benchmarks.contender import Lost
from benchmarks.peers.append import TITLE
from benchmarks.peers.events import PlanAggregate, open_application, record_fact
from benchmarks.rounds import Message, Round, play
from benchmarks.story import facts, summary_of

AT_ONCE = 100
"""Events a save. With a thousand it stands still for ever where Postgres is reached through a Unix socket."""


@asynccontextmanager
async def program(setup: Message) -> AsyncIterator[Round]:
    app = open_application(setup["dsn"], 4)
    history = list(facts(setup["events"]))
    plan = PlanAggregate("replayed", TITLE)
    for number, fact in enumerate(history):
        record_fact(plan, fact)
        if number % AT_ONCE == 0:
            app.save(plan)
    app.save(plan)

    expected = summary_of(history)

    async def one(_: Message) -> Message:
        began = time.perf_counter()
        found: PlanAggregate = app.repository.get(plan.id)
        summary = found.summary()
        took = time.perf_counter() - began
        if found.version != plan.version or summary != expected:
            raise Lost("the aggregate is not what was saved")
        return {"rate": found.version / took}

    yield one
    app.close()


if __name__ == "__main__":
    play(program)

"""Appending with ``eventsourcing``: an aggregate for each caller, one event a save, a thread for each caller."""

import itertools
import time
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager

from benchmarks.contender import Lost
from benchmarks.peers.events import PlanAggregate, PlansApplication, open_application, record_fact
from benchmarks.rounds import Message, Round, play
from benchmarks.story import facts

TITLE = {"es": "Agua para todos", "en": "Water for everybody"}


@asynccontextmanager
async def program(setup: Message) -> AsyncIterator[Round]:
    app = open_application(setup["dsn"], setup["connections"])
    history = list(facts(200))
    numbers = itertools.count()

    def caller(end: float) -> tuple[PlanAggregate, int]:
        plan, done = PlanAggregate(f"plan-{next(numbers)}", TITLE), 0
        app.save(plan)
        done += 1
        for fact in itertools.cycle(history):
            if time.perf_counter() >= end:
                break
            record_fact(plan, fact)
            app.save(plan)
            done += 1
        return plan, done

    async def one(setup: Message) -> Message:
        before, began = app.recorder.max_notification_id() or 0, time.perf_counter()
        end = began + setup["seconds"]
        with ThreadPoolExecutor(setup["callers"]) as threads:
            done = list(threads.map(caller, [end] * setup["callers"]))
        took = time.perf_counter() - began
        _require_all(app, done)
        events = sum(count for _, count in done)
        if (kept := (app.recorder.max_notification_id() or 0) - before) != events:
            raise Lost(f"of {events} events that were saved {kept} are kept")
        return {"rate": events / took, "events": events}

    yield one
    app.close()


def _require_all(app: PlansApplication, done: list[tuple[PlanAggregate, int]]) -> None:
    for plan, count in done[:8]:
        kept: PlanAggregate = app.repository.get(plan.id)
        if kept.version != count:
            raise Lost(f"of {count} events of an aggregate {kept.version} are kept")


if __name__ == "__main__":
    play(program)

"""Appending with ``eventsourcing``: an aggregate for each caller, one event a save, a thread for each caller."""

import itertools
import time
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager

from benchmarks.contender import Lost
from benchmarks.peers.events import Plan, Plans, opened, tell
from benchmarks.rounds import Asked, Round, play
from benchmarks.story import facts

TITLE = {"es": "Agua para todos", "en": "Water for everybody"}


@asynccontextmanager
async def program(asked: Asked) -> AsyncIterator[Round]:
    app = opened(asked["dsn"], asked["connections"])
    told = list(facts(200))
    numbers = itertools.count()

    def caller(end: float) -> tuple[Plan, int]:
        plan, done = Plan(f"plan-{next(numbers)}", TITLE), 0
        app.save(plan)
        done += 1
        for fact in itertools.cycle(told):
            if time.perf_counter() >= end:
                break
            tell(plan, fact)
            app.save(plan)
            done += 1
        return plan, done

    async def one(asked: Asked) -> Asked:
        before, began = app.recorder.max_notification_id() or 0, time.perf_counter()
        end = began + asked["seconds"]
        with ThreadPoolExecutor(asked["callers"]) as threads:
            done = list(threads.map(caller, [end] * asked["callers"]))
        took = time.perf_counter() - began
        _hold(app, done)
        events = sum(count for _, count in done)
        if (kept := (app.recorder.max_notification_id() or 0) - before) != events:
            raise Lost(f"of {events} events that were saved {kept} are kept")
        return {"rate": events / took, "events": events}

    yield one
    app.close()


def _hold(app: Plans, done: list[tuple[Plan, int]]) -> None:
    for plan, count in done[:8]:
        kept: Plan = app.repository.get(plan.id)
        if kept.version != count:
            raise Lost(f"of {count} events of an aggregate {kept.version} are kept")


if __name__ == "__main__":
    play(program)

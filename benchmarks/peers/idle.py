"""A worker with bare workflows that wait for a signal. A round starts some, or says how much memory is held."""

import asyncio
import gc
import itertools
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import psutil
from temporalio import workflow
from temporalio.client import Client
from temporalio.worker import Worker

from benchmarks.rounds import Asked, Round, play


@workflow.defn(name="Idle")
class Idle:
    """It waits, with the title that it was started with."""

    def __init__(self) -> None:
        self.ended = False

    @workflow.signal
    def end(self) -> None:
        self.ended = True

    @workflow.query
    def waits(self) -> bool:
        return not self.ended

    @workflow.run
    async def run(self, title: str) -> None:
        await workflow.wait_condition(lambda: self.ended)


@asynccontextmanager
async def program(asked: Asked) -> AsyncIterator[Round]:
    numbers, queue = itertools.count(), asked["queue"]
    client = await Client.connect(asked["temporal"])
    async with Worker(client, task_queue=queue, workflows=[Idle], max_cached_workflows=500):

        async def start() -> None:
            handle = await client.start_workflow("Idle", "A plan", id=f"{queue}-{next(numbers)}", task_queue=queue)
            await handle.query("waits")

        async def one(said: Asked) -> Asked:
            for _ in range(0, said.get("plans", 0), 25):
                await asyncio.gather(*(start() for _ in range(25)))
            gc.collect()
            return {"bytes": psutil.Process().memory_info().rss}

        yield one


if __name__ == "__main__":
    play(program)

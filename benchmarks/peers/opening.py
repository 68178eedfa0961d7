"""Somebody who starts bare workflows, each awake when its round ends."""

import asyncio
import itertools
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from temporalio.client import Client

from benchmarks.rounds import Asked, Round, play

AT_ONCE = 25


@asynccontextmanager
async def program(asked: Asked) -> AsyncIterator[Round]:
    numbers, queue = itertools.count(), asked["queue"]
    client = await Client.connect(asked["temporal"])

    async def start() -> None:
        handle = await client.start_workflow("Idle", "A plan", id=f"{queue}-{next(numbers)}", task_queue=queue)
        await handle.query("waits")

    async def one(said: Asked) -> Asked:
        for _ in range(0, said["plans"], AT_ONCE):
            await asyncio.gather(*(start() for _ in range(AT_ONCE)))
        return {}

    yield one


if __name__ == "__main__":
    play(program)

"""A client that starts bare workflows, each awake when its round ends."""

import asyncio
import itertools
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from temporalio.client import Client

from benchmarks.rounds import Message, Round, play

AT_ONCE = 25


@asynccontextmanager
async def program(setup: Message) -> AsyncIterator[Round]:
    numbers, queue = itertools.count(), setup["queue"]
    client = await Client.connect(setup["temporal"])

    async def start() -> None:
        handle = await client.start_workflow("Idle", "A plan", id=f"{queue}-{next(numbers)}", task_queue=queue)
        await handle.query("waits")

    async def one(request: Message) -> Message:
        for _ in range(0, request["plans"], AT_ONCE):
            await asyncio.gather(*(start() for _ in range(AT_ONCE)))
        return {}

    yield one


if __name__ == "__main__":
    play(program)

"""Many signals at once to a bare workflow that is awake, and when that began. A program of its own, as ours."""

import asyncio
import itertools
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from temporalio.client import Client

from benchmarks.peers.signals import correction
from benchmarks.rounds import Message, Round, play


@asynccontextmanager
async def program(setup: Message) -> AsyncIterator[Round]:
    numbers, queue = itertools.count(), setup["queue"]
    client = await Client.connect(setup["temporal"])

    async def one(request: Message) -> Message:
        name = f"burst-{next(numbers)}"
        handle = await client.start_workflow("Bare", request["together"], id=f"{queue}-{name}", task_queue=queue)
        await handle.query("waits")
        began = time.perf_counter()  # one clock for all programs of a machine
        await asyncio.gather(
            *(handle.signal("correct", correction(f"{name}-{number}")) for number in range(request["count"]))
        )
        return {"began": began, "prefix": f"{name}-"}

    yield one


if __name__ == "__main__":
    play(program)

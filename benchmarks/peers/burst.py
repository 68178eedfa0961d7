"""Many signals at once to a bare workflow that is awake, and when that began. A program of its own, as ours."""

import asyncio
import itertools
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from temporalio.client import Client

from benchmarks.peers.signals import correction
from benchmarks.rounds import Asked, Round, play


@asynccontextmanager
async def program(asked: Asked) -> AsyncIterator[Round]:
    numbers, queue = itertools.count(), asked["queue"]
    client = await Client.connect(asked["temporal"])

    async def one(said: Asked) -> Asked:
        name = f"burst-{next(numbers)}"
        handle = await client.start_workflow("Bare", said["together"], id=f"{queue}-{name}", task_queue=queue)
        await handle.query("waits")
        began = time.perf_counter()  # one clock for all programs of a machine
        await asyncio.gather(
            *(handle.signal("correct", correction(f"{name}-{number}")) for number in range(said["count"]))
        )
        return {"began": began, "prefix": f"{name}-"}

    yield one


if __name__ == "__main__":
    play(program)

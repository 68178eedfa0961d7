"""A worker with bare workflows that wait for a signal. A round says how much memory it holds."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from temporalio.client import Client
from temporalio.worker import Worker

from benchmarks.machine import resident
from benchmarks.peers.bare import Idle
from benchmarks.rounds import Message, Round, play


@asynccontextmanager
async def program(setup: Message) -> AsyncIterator[Round]:
    client = await Client.connect(setup["temporal"])
    async with Worker(client, task_queue=setup["queue"], workflows=[Idle], max_cached_workflows=500):

        async def one(_: Message) -> Message:
            return {"bytes": resident()}

        yield one


if __name__ == "__main__":
    play(program)

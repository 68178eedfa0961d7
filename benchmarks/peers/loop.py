"""The same story written plainly in DBOS: a workflow a plan, a message for each command, a step to store it.

One application process runs the workflows (`peers.loop_app`); this is the client, which sends and awaits the result.
"""

import asyncio
import itertools
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from dbos import DBOSClient, EnqueueOptions

from benchmarks.commands import cycle
from benchmarks.contender import Lost
from benchmarks.peers.loop_app import QUEUE, TOPIC, url_of
from benchmarks.rounds import Message, Round, play
from benchmarks.story import plan_file


@asynccontextmanager
async def program(setup: Message) -> AsyncIterator[Round]:
    client = DBOSClient(system_database_url=url_of(setup["dsn"]), use_listen_notify=True, system_database_pool_size=20)
    numbers = itertools.count()

    async def one(request: Message) -> Message:
        plans = [f"loop-{next(numbers)}" for _ in range(request["plans"])]
        began = time.perf_counter()
        sent = await asyncio.gather(*(_live(client, plan, request) for plan in plans))
        took = time.perf_counter() - began
        return {"rate": sum(sent) / took, "commands": sum(sent), "seconds": took}

    yield one
    client.destroy()


async def _live(client: DBOSClient, plan: str, request: Message) -> int:
    options: EnqueueOptions = {"queue_name": QUEUE, "workflow_name": "live", "workflow_id": plan}
    handle = await client.enqueue_async(options, plan, plan_file(plan))
    commands = list(cycle(request["reports"], request["reflections"], request["corrections"]))
    for number, command in enumerate(commands):
        last = number == len(commands) - 1
        await client.send_async(plan, {"id": f"c{number}"} | command | {"last": last}, TOPIC)
    kept = await handle.get_result()
    if kept != len(commands) + 1:
        raise Lost(f"{plan}: of {len(commands) + 1} facts {kept} were kept")
    return len(commands) + 1


if __name__ == "__main__":
    play(program)

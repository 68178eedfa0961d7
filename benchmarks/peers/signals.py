"""A worker with bare workflows whose signals run an activity that does nothing. No ledger, no journal, no proof.

A round sends signals one after another, or waits until so many more are recorded and says when that was.
"""

import asyncio
import itertools
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from temporalio import activity
from temporalio.client import Client, WorkflowHandle
from temporalio.worker import Worker

from benchmarks.peers.bare import Bare
from benchmarks.rounds import Message, Round, play


class RecordingActivity:
    """Which signals the activity ran for, and when for the last."""

    def __init__(self) -> None:
        self.ids: set[str] = set()
        self.at = 0.0
        self._ran = asyncio.Condition()

    @activity.defn(name="record")
    async def record(self, request: list[dict[str, Any]]) -> None:
        async with self._ran:
            self.ids.update(one["id"] for one in request)
            self.at = time.perf_counter()
            self._ran.notify_all()

    async def until(self, count: int) -> float:
        """Until it ran for so many; when it did for the last."""
        async with self._ran:
            await asyncio.wait_for(self._ran.wait_for(lambda: len(self.ids) >= count), 300)
            return self.at


@asynccontextmanager
async def program(setup: Message) -> AsyncIterator[Round]:
    numbers, recorded = itertools.count(), RecordingActivity()
    client = await Client.connect(setup["temporal"])
    async with Worker(client, task_queue=setup["queue"], workflows=[Bare], activities=[recorded.record]):
        single = await client.start_workflow("Bare", False, id=f"{setup['queue']}-single", task_queue=setup["queue"])

        async def one(request: Message) -> Message:
            if request["what"] == "one by one":
                return {"seconds": [await _one(recorded, single, f"c{next(numbers)}") for _ in range(request["count"])]}
            already = len({id_ for id_ in recorded.ids if id_.startswith(request["prefix"])})
            return {"done": await recorded.until(len(recorded.ids) - already + request["count"])}

        yield one


async def _one(recorded: RecordingActivity, handle: WorkflowHandle[Any, Any], id_: str) -> float:
    before, began = len(recorded.ids), time.perf_counter()
    await handle.signal("correct", correction(id_))
    return await recorded.until(before + 1) - began


def correction(id_: str) -> dict[str, Any]:
    return {"id": id_, "item": "1.1", "field": "due", "from": "2031-06-30", "to": "2032-01-15"}


if __name__ == "__main__":
    play(program)

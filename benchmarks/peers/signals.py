"""A bare Temporal workflow: each signal runs one activity that does nothing. No ledger, no journal, no proof."""

import asyncio
import itertools
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

from temporalio import activity, workflow
from temporalio.client import Client, WorkflowHandle
from temporalio.worker import Worker

from benchmarks.rounds import Asked, Round, play


class Recorded:
    """When the activity ran for which signal."""

    def __init__(self) -> None:
        self.at: dict[str, float] = {}
        self.ran = asyncio.Condition()

    @activity.defn(name="record")
    async def record(self, said: dict[str, Any]) -> None:
        async with self.ran:
            self.at[said["id"]] = time.perf_counter()
            self.ran.notify_all()

    async def until(self, ids: list[str]) -> float:
        """Until it ran for all of these; when it ran for the last."""
        async with self.ran:
            await asyncio.wait_for(self.ran.wait_for(lambda: all(one in self.at for one in ids)), 300)
        return max(self.at[one] for one in ids)


@workflow.defn(name="Bare")
class Bare:
    """What came is taken together; one activity runs for each. A new run when Temporal suggests one."""

    def __init__(self) -> None:
        self.waiting: list[dict[str, Any]] = []

    @workflow.signal
    def correct(self, said: dict[str, Any]) -> None:
        self.waiting.append(said)

    @workflow.run
    async def run(self) -> None:
        while not workflow.info().is_continue_as_new_suggested():
            await workflow.wait_condition(lambda: bool(self.waiting))
            await self._record_all()
        while self.waiting:
            await self._record_all()
        workflow.continue_as_new()

    async def _record_all(self) -> None:
        taken, self.waiting = self.waiting, []
        await asyncio.gather(
            *(workflow.execute_activity("record", said, start_to_close_timeout=timedelta(seconds=10)) for said in taken)
        )


@asynccontextmanager
async def program(asked: Asked) -> AsyncIterator[Round]:
    numbers, recorded = itertools.count(), Recorded()
    client = await Client.connect(asked["temporal"])
    async with Worker(client, task_queue=asked["queue"], workflows=[Bare], activities=[recorded.record]):
        single = await client.start_workflow("Bare", id=f"{asked['queue']}-single", task_queue=asked["queue"])

        async def one(said: Asked) -> Asked:
            if said["what"] == "one by one":
                return {"seconds": [await _one(recorded, single, f"c{next(numbers)}") for _ in range(said["count"])]}
            burst = await client.start_workflow(
                "Bare", id=f"{asked['queue']}-burst-{next(numbers)}", task_queue=asked["queue"]
            )
            ids = [f"c{next(numbers)}" for _ in range(said["count"])]
            began = time.perf_counter()
            await asyncio.gather(*(burst.signal("correct", _correction(one)) for one in ids))
            done = max(await recorded.until(ids), time.perf_counter())
            return {"rate": len(ids) / (done - began)}

        yield one


async def _one(recorded: Recorded, handle: WorkflowHandle[Any, Any], id_: str) -> float:
    began = time.perf_counter()
    await handle.signal("correct", _correction(id_))
    return await recorded.until([id_]) - began


def _correction(id_: str) -> dict[str, Any]:
    return {"id": id_, "item": "1.1", "field": "due", "from": "2031-06-30", "to": "2032-01-15"}


if __name__ == "__main__":
    play(program)

"""Bare Temporal workflows, and nothing else: what a workflow's own module imports its sandbox loads once a workflow."""

import asyncio
from datetime import timedelta
from typing import Any

from temporalio import workflow

LONGEST = timedelta(seconds=10)


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


class Signalled:
    """What came waits to be recorded. A new run when Temporal suggests one."""

    def __init__(self) -> None:
        self.waiting: list[dict[str, Any]] = []

    async def live(self) -> None:
        while not workflow.info().is_continue_as_new_suggested():
            await workflow.wait_condition(lambda: bool(self.waiting))
            await self.record_all()
        while self.waiting:
            await self.record_all()
        workflow.continue_as_new()

    async def record_all(self) -> None:
        raise NotImplementedError


@workflow.defn(name="Bare")
class Bare(Signalled):
    """What came is taken together; one activity runs for each."""

    @workflow.signal
    def correct(self, said: dict[str, Any]) -> None:
        self.waiting.append(said)

    @workflow.query
    def waits(self) -> bool:
        return not self.waiting

    @workflow.run
    async def run(self) -> None:
        await self.live()

    async def record_all(self) -> None:
        taken, self.waiting = self.waiting, []
        await asyncio.gather(
            *(workflow.execute_activity("record", [said], start_to_close_timeout=LONGEST) for said in taken)
        )


@workflow.defn(name="Together")
class Together(Signalled):
    """What came is taken together; one activity runs for all of it."""

    @workflow.signal
    def correct(self, said: dict[str, Any]) -> None:
        self.waiting.append(said)

    @workflow.query
    def waits(self) -> bool:
        return not self.waiting

    @workflow.run
    async def run(self) -> None:
        await self.live()

    async def record_all(self) -> None:
        taken, self.waiting = self.waiting, []
        await workflow.execute_activity("record", taken, start_to_close_timeout=LONGEST)

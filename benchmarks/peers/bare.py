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


@workflow.defn(name="Bare")
class Bare:
    """Of what came one activity runs for each, or one for all of it. A new run when Temporal suggests one."""

    def __init__(self) -> None:
        self.waiting: list[dict[str, Any]] = []

    @workflow.signal
    def correct(self, command: dict[str, Any]) -> None:
        self.waiting.append(command)

    @workflow.query
    def waits(self) -> bool:
        return not self.waiting

    @workflow.run
    async def run(self, together: bool) -> None:
        while not workflow.info().is_continue_as_new_suggested():
            await workflow.wait_condition(lambda: bool(self.waiting))
            await self._record_all(together)
        while self.waiting:
            await self._record_all(together)
        workflow.continue_as_new(together)

    async def _record_all(self, together: bool) -> None:
        taken, self.waiting = self.waiting, []
        parts = [taken] if together else [[command] for command in taken]
        await asyncio.gather(
            *(workflow.execute_activity("record", part, start_to_close_timeout=LONGEST) for part in parts)
        )

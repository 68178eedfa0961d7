"""Somebody at the door who starts plans, and has one say something."""

import asyncio
import itertools
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from benchmarks.ours.engine import doorstep
from benchmarks.rounds import Asked, Round, play
from benchmarks.said import report
from benchmarks.story import plan_file

AT_ONCE = 25


@asynccontextmanager
async def program(asked: Asked) -> AsyncIterator[Round]:
    numbers = itertools.count()
    async with doorstep(asked) as outside:

        async def one(said: Asked) -> Asked:
            if told := said.get("told"):
                await outside.send(told, report(next(numbers)))
                return {}
            names = [f"open-{next(numbers)}" for _ in range(said["plans"])]
            for first in range(0, len(names), AT_ONCE):
                await asyncio.gather(
                    *(
                        outside.send(plan, {"command": "start_plan", "definition": plan_file(plan)})
                        for plan in names[first : first + AT_ONCE]
                    )
                )
            return {}

        yield one


if __name__ == "__main__":
    play(program)

"""A client of the gateway that starts plans, or sends a report to one."""

import asyncio
import itertools
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from benchmarks.commands import report
from benchmarks.ours.engine import gateway_client
from benchmarks.rounds import Message, Round, play
from benchmarks.story import plan_file

AT_ONCE = 25


@asynccontextmanager
async def program(setup: Message) -> AsyncIterator[Round]:
    numbers = itertools.count()
    async with gateway_client(setup) as client:

        async def one(request: Message) -> Message:
            if plan := request.get("report_to"):
                await client.send(plan, report(next(numbers)))
                return {}
            names = [f"open-{next(numbers)}" for _ in range(request["plans"])]
            for first in range(0, len(names), AT_ONCE):
                await asyncio.gather(
                    *(
                        client.send(plan, {"command": "start_plan", "definition": plan_file(plan)})
                        for plan in names[first : first + AT_ONCE]
                    )
                )
            return {}

        yield one


if __name__ == "__main__":
    play(program)

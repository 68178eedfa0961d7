"""Many plans at once, each with one full cycle, through the door and with every proof: signed, chained, sealed."""

import asyncio
import itertools
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from benchmarks.contender import Lost
from benchmarks.ours.engine import Doorstep, doorstep
from benchmarks.rounds import Asked, Round, play
from benchmarks.said import cycle
from benchmarks.story import plan_file


@asynccontextmanager
async def program(asked: Asked) -> AsyncIterator[Round]:
    numbers = itertools.count()
    async with doorstep(asked) as outside:

        async def one(said: Asked) -> Asked:
            plans = [f"loop-{next(numbers)}" for _ in range(said["plans"])]
            began = time.perf_counter()
            told = await asyncio.gather(*(_live(outside, plan, said) for plan in plans))
            took = time.perf_counter() - began
            await _hold(outside, plans, sum(told))
            return {"rate": sum(told) / took, "commands": sum(told), "seconds": took}

        yield one


async def _live(outside: Doorstep, plan: str, said: Asked) -> int:
    """Everything in order; the journal keeps it. Whoever has the last one's outcome has them all."""
    await outside.send(plan, {"command": "start_plan", "definition": plan_file(plan)}, wait=False)
    commands = list(cycle(said["reports"], said["reflections"], said["corrections"]))
    for command in commands[:-1]:
        await outside.send(plan, command, wait=False)
    await outside.send(plan, commands[-1])
    return len(commands) + 1


async def _hold(outside: Doorstep, plans: list[str], told: int) -> None:
    rows = await outside.pool.fetch(
        "SELECT outcome, code, count(*) FROM ledger.outcomes WHERE plan = ANY($1) AND actor <> 'mailbox' GROUP BY 1, 2",
        plans,
    )
    if [(row["outcome"], row["count"]) for row in rows] != [("recorded", told)]:
        raise Lost(f"of {told} commands: {[dict(row) for row in rows]}")


if __name__ == "__main__":
    play(program)

"""Many commands to one plan at once, through the door: signed, journalled, signalled, decided, recorded, answered."""

import asyncio
import itertools
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from benchmarks.contender import Lost
from benchmarks.ours.engine import Doorstep, doorstep
from benchmarks.rounds import Asked, Round, play
from benchmarks.said import correction


@asynccontextmanager
async def program(asked: Asked) -> AsyncIterator[Round]:
    numbers = itertools.count()
    async with doorstep(asked) as outside:

        async def one(said: Asked) -> Asked:
            plan = f"burst-{next(numbers)}"
            await outside.start(plan)
            began = time.perf_counter()
            await asyncio.gather(*(outside.send(plan, correction(number)) for number in range(said["count"])))
            took = time.perf_counter() - began
            await _hold(outside, plan, said["count"])
            return {"rate": said["count"] / took}

        yield one


async def _hold(outside: Doorstep, plan: str, count: int) -> None:
    """Hold that each is in the record, once."""
    recorded = await outside.pool.fetchval(
        """SELECT count(DISTINCT o.command) FROM ledger.events e
           JOIN ledger.outcomes o ON o.plan = e.plan AND o.versions = ARRAY[e.version]
           WHERE e.plan = $1 AND e.kind = 'correction_proposed'""",
        plan,
    )
    if recorded != count:
        raise Lost(f"of {count} course corrections {recorded} are in the record")


if __name__ == "__main__":
    play(program)

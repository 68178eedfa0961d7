"""Folding plans from their first entry, one after another, each drawn anew from all that the ledger holds."""

import random
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from benchmarks.contender import Lost
from benchmarks.ours.filling import LENGTH
from benchmarks.rounds import Message, Round, play
from domain import PLAN
from ledger import fold
from ledger.connection import open_pool


@asynccontextmanager
async def program(setup: Message) -> AsyncIterator[Round]:
    drawn = random.Random(20_26)
    async with open_pool(setup["dsn"], "reader") as pool:

        async def one(request: Message) -> Message:
            names = [f"filled-{drawn.randrange(setup['plans']):06}" for _ in range(request["folds"])]
            began = time.perf_counter()
            for name in names:
                if (await fold.current(PLAN, pool, name)).version != LENGTH:
                    raise Lost(f"{name} has lost entries")
            return {"rate": len(names) * LENGTH / (time.perf_counter() - began)}

        yield one


if __name__ == "__main__":
    play(program)

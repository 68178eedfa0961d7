"""Appending as Rumbo does: event to JSON, envelope, both hashes, the chain, outcome and list row, one fenced call.

A round has ``callers`` append to a plan of their own each, one after the other, for ``seconds``.
"""

import asyncio
import itertools
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from benchmarks.contender import Lost
from benchmarks.ours.recording import encoded_entries, list_row
from benchmarks.rounds import Message, Round, play
from ledger import log
from ledger.appender import Appender, Write, Written, appending
from ledger.connection import open_pool
from ledger.envelope import ZERO_HASH
from ledger.outcomes import Outcome


@asynccontextmanager
async def program(setup: Message) -> AsyncIterator[Round]:
    numbers, row_in_list = itertools.count(), list_row()
    async with open_pool(setup["dsn"]) as pool, appending(pool) as appender:

        async def one(setup: Message) -> Message:
            before, began = await log.size(pool), time.perf_counter()
            end = began + setup["seconds"]
            callers = [_caller(appender, f"plan-{next(numbers)}", row_in_list, end) for _ in range(setup["callers"])]
            done = sum(await asyncio.gather(*callers))
            took = time.perf_counter() - began
            if (kept := await log.size(pool) - before) != done:
                raise Lost(f"of {done} events that were appended {kept} are in the ledger")
            return {"rate": done / took, "events": done}

        yield one


async def _caller(appender: Appender, plan: str, row_in_list: dict[str, Any], end: float) -> int:
    version, prev = 0, ZERO_HASH
    for leaf in encoded_entries(plan):
        if time.perf_counter() >= end:
            break
        outcome = Outcome(actor="ana", command=f"c{version}", outcome="recorded", versions=(version + 1,))
        write = Write(
            plan=plan, expected_version=version, prev=prev, entries=[leaf], outcomes=[outcome], summary=row_in_list
        )
        answer = await appender.append(write)
        if not isinstance(answer, Written):
            raise Lost(f"{plan}: {answer}")
        version, prev = answer.version, leaf.hash
    return version


if __name__ == "__main__":
    play(program)

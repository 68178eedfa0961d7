"""Replay as Rumbo does: a plan's entries read and folded from its first; what the engine, a view and an auditor do."""

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from benchmarks.contender import Lost
from benchmarks.ours.recording import Recorder, keep
from benchmarks.rounds import Asked, Round, play
from benchmarks.story import facts, last_counts
from domain import PLAN
from ledger import fold
from ledger.appender import appending
from ledger.connection import open_pool


@asynccontextmanager
async def program(asked: Asked) -> AsyncIterator[Round]:
    told = list(facts(asked["events"]))
    recorder = Recorder("replayed")
    recorder.start()
    for fact in told:
        recorder.record(fact)
    async with open_pool(asked["dsn"]) as pool:
        async with appending(pool) as appender:
            await keep(appender, recorder)

        async def one(_: Asked) -> Asked:
            began = time.perf_counter()
            folded = await fold.current(PLAN, pool, "replayed")
            took = time.perf_counter() - began
            counts = {item: str(standing.report.count) for item, standing in folded.state.standings.items()}
            if folded.version != recorder.version or counts != last_counts(told):
                raise Lost("the fold is not what was recorded")
            return {"rate": folded.version / took}

        yield one


if __name__ == "__main__":
    play(program)

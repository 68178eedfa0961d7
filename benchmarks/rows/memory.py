"""What an open idle plan holds in a worker's memory, beside a bare workflow; and whether that grows with its age."""

import asyncio
import time
from contextlib import AsyncExitStack

from benchmarks.bench import Bench
from benchmarks.contender import Contender, Lost
from benchmarks.ours.filling import fill
from benchmarks.row import Row
from ledger.kept import IDLE

WARM, YOUNG, OLD = 25, 100, 100_000
LONGEST = 3 * IDLE
"""Seconds after which a plan that was spoken to once is idle, whatever its gateway still does for it."""


async def measure(bench: Bench) -> list[Row]:
    return [await _beside_a_bare_workflow(bench), await _with_age(bench, bench.of(10_000, OLD, OLD))]


async def _beside_a_bare_workflow(bench: Bench) -> Row:
    plans, queue = bench.of(100, 300, 450), {"queue": "idle-memory", "temporal": bench.server.address}
    async with bench.database(ledger=True) as dsn:
        engine = bench.engine(dsn, "memory")
        async with (
            bench.contender("ours.opening", **engine) as door,
            bench.contender("ours.working", **engine) as ours,
            bench.contender("peers.idle", **queue) as theirs,
            bench.contender("peers.opening", **queue) as outside,
        ):
            await door.round(plans=WARM)
            await outside.round(plans=WARM)
            before, before_them = await _held(ours), await _held(theirs)
            await door.round(plans=plans)
            await outside.round(plans=plans)
            us, them = (await _held(ours) - before) / plans, (await _held(theirs) - before_them) / plans
    return Row(
        row="memory of an open idle plan",
        ratio=us / them,
        bound="at most",
        aim=1.5,
        detail=f"{us / 1024:,.0f} KiB a plan with its state still kept, bare workflow {them / 1024:,.0f} KiB; "
        f"{plans} of each",
    )


async def _with_age(bench: Bench, old: int) -> Row:
    """A worker of its own for a plan of each age: what it holds once the plan was spoken to and has fallen idle."""
    async with AsyncExitStack() as stack:
        workers, before = [], []
        for age in (YOUNG, old):
            dsn = await stack.enter_async_context(bench.database(ledger=True))
            await fill(dsn, 1, age, f"aged-{age}")
            engine = bench.engine(dsn, f"aged-{age}")
            worker = await stack.enter_async_context(bench.contender("ours.working", **engine))
            before.append(await _held(worker))
            door = await stack.enter_async_context(bench.contender("ours.opening", **engine))
            await door.round(told=f"aged-{age}-000000")
            workers.append(worker)
        began = time.monotonic()
        while any([(await worker.round())["kept"] for worker in workers]):
            if time.monotonic() - began > LONGEST:
                raise Lost("states of idle plans are still kept")
            await asyncio.sleep(5)
        after = [await _held(worker) for worker in workers]
    more = (after[1] - before[1]) - (after[0] - before[0])
    return Row(
        row=f"a worker with an idle plan of {old:,} events, against {YOUNG}",
        ratio=after[1] / after[0],
        bound="at most",
        aim=1.1,
        detail=f"{after[1] / 2**20:,.0f} MiB in all, {after[0] / 2**20:,.0f} with the young one; "
        f"{more / 2**20:+,.1f} MiB left by having spoken to it, in a worker that did nothing else",
    )


async def _held(contender: Contender) -> float:
    return float((await contender.round())["bytes"])

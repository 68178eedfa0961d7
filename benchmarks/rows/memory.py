"""What an open idle plan holds in a worker's memory, beside a bare workflow; and whether that grows with its age."""

import asyncio
import time
from collections.abc import Sequence
from contextlib import AsyncExitStack

from benchmarks.bench import Bench
from benchmarks.contender import Contender, Lost
from benchmarks.ours.filling import fill
from benchmarks.row import Claim
from ledger.state_cache import IDLE

WARM, YOUNG, OLD = 25, 100, 100_000
LONGEST = 3 * IDLE
"""Seconds after which the state of a plan with one command must have been dropped."""


async def measure(bench: Bench) -> list[Claim]:
    plans, old = bench.of(100, 200, 450), bench.of(10_000, OLD, OLD)
    queue = {"queue": "idle-memory", "temporal": bench.server.address}
    async with AsyncExitStack() as stack:
        engine = bench.engine(await stack.enter_async_context(bench.database(ledger=True)), "memory")
        gateway, ours, theirs, starter = [
            await stack.enter_async_context(bench.contender(module, **setup))
            for module, setup in (
                ("ours.opening", engine), ("ours.working", engine), ("peers.idle", queue), ("peers.opening", queue),
            )
        ]  # fmt: skip
        await gateway.round(plans=WARM)
        await starter.round(plans=WARM)
        before, before_them = await _held(ours), await _held(theirs)
        await gateway.round(plans=plans)
        await starter.round(plans=plans)
        awake, them = (await _held(ours) - before) / plans, (await _held(theirs) - before_them) / plans
        aged = [await _worker_of_age(bench, stack, age) for age in (YOUNG, old)]
        await _idle([ours, *(worker for worker, _ in aged)])
        us = (await _held(ours) - before) / plans
        after = [await _held(worker) for worker, _ in aged]
    left = [now - began for now, (_, began) in zip(after, aged, strict=True)]
    return [
        Claim(
            row="memory of an open idle plan",
            ratio=us / them,
            bound="at most",
            aim=1.5,
            detail=f"{us / 1024:,.0f} KiB a plan ({awake / 1024:,.0f} in the minute after a command), "
            f"bare workflow {them / 1024:,.0f} KiB; {plans} of each",
        ),
        Claim(
            row=f"a worker with an idle plan of {old:,} events, against {YOUNG}",
            ratio=after[1] / after[0],
            bound="at most",
            aim=1.1,
            detail=f"{after[1] / 2**20:,.0f} MiB in all, {after[0] / 2**20:,.0f} with the young one; "
            f"one command left {left[1] / 2**20:+,.1f} MiB, {left[0] / 2**20:+,.1f} with the young one",
        ),
    ]


async def _worker_of_age(bench: Bench, stack: AsyncExitStack, age: int) -> tuple[Contender, float]:
    """A worker that has handled a command of a plan of this age, and its memory before that."""
    dsn = await stack.enter_async_context(bench.database(ledger=True))
    await fill(dsn, 1, age, f"aged-{age}")
    engine = bench.engine(dsn, f"aged-{age}")
    worker = await stack.enter_async_context(bench.contender("ours.working", **engine))
    before = await _held(worker)
    gateway = await stack.enter_async_context(bench.contender("ours.opening", **engine))
    await gateway.round(report_to=f"aged-{age}-000000")
    return worker, before


async def _idle(workers: Sequence[Contender]) -> None:
    """Wait until these workers cache no state. Raises `Lost` if they still do after `LONGEST`."""
    began = time.monotonic()
    while any([(await worker.round())["kept"] for worker in workers]):
        if time.monotonic() - began > LONGEST:
            raise Lost("states of idle plans are still kept")
        await asyncio.sleep(5)


async def _held(contender: Contender) -> float:
    return float((await contender.round())["bytes"])

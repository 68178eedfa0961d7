"""What an open idle plan holds in a worker's memory, beside a bare workflow; and whether that grows with its age."""

import asyncio
import itertools
from collections.abc import Sequence

from benchmarks.bench import Bench
from benchmarks.contender import Contender
from benchmarks.ours.filling import fill
from benchmarks.row import Row
from ledger.kept import IDLE

WARM, AGES = 25, (100, 100_000)
LET_GO = 1.1 * IDLE
"""Seconds after which a plan that nobody speaks to is idle."""


async def measure(bench: Bench) -> list[Row]:
    plans, aged = bench.of(100, 300, 450), bench.of(10_000, AGES[1], AGES[1])
    async with bench.database(ledger=True) as dsn:
        engine = bench.engine(dsn, "memory")
        async with (
            bench.contender("ours.opening", **engine) as door,
            bench.contender("ours.working", **engine) as ours,
            bench.contender("peers.idle", queue="idle-memory", temporal=bench.server.address) as theirs,
        ):
            await door.round(plans=WARM)
            await theirs.round(plans=WARM)
            before, before_them = await _held(ours), await _held(theirs)
            await door.round(plans=plans)
            await theirs.round(plans=plans)
            us, them = (await _held(ours) - before) / plans, (await _held(theirs) - before_them) / plans
            first, young, old = await _aged(dsn, door, ours, (AGES[0], aged))
    return [
        Row(
            row="memory of an open idle plan",
            ratio=us / them,
            bound="at most",
            aim=1.5,
            detail=f"{us / 1024:,.0f} KiB a plan, bare workflow {them / 1024:,.0f} KiB; {plans} of each",
        ),
        Row(
            row=f"growth with a plan's age, {AGES[0]} to {aged:,} events",
            ratio=1 + max(old - young, 0) / us,
            bound="at most",
            aim=1.1,
            detail=f"{(old - young) / 2**20:+,.1f} MiB in the worker for an idle plan of {aged:,} events; "
            f"the first that were spoken to took {first / 2**20:+,.1f}, which the next ones use again",
        ),
    ]


async def _held(contender: Contender) -> float:
    return float((await contender.round())["bytes"])


async def _aged(dsn: str, door: Contender, worker: Contender, ages: Sequence[int]) -> list[float]:
    """How much the worker holds more once plans were spoken to and fell idle: one of each age, then one more of each.

    An allocator seldom gives back to the system what is free, so the first show the most that was ever in use.
    """
    for age in ages:
        await fill(dsn, 2, age, f"aged-{age}")
    held = [await _held(worker)]
    for plans in ([f"aged-{age}-000000" for age in ages], *([f"aged-{age}-000001"] for age in ages)):
        for plan in plans:
            await door.round(told=plan)
        await asyncio.sleep(LET_GO)
        held.append(await _held(worker))
    return [more - before for before, more in itertools.pairwise(held)]

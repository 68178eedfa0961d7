"""What an open idle plan holds in a worker's memory, beside a bare workflow; and whether that grows with its age."""

import asyncio

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
            grown = [await _age(dsn, door, ours, age) for age in (AGES[0], aged)]
    first, more = (old - young for old, young in zip(grown[1], grown[0], strict=True))
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
            ratio=1 + max(more, 0) / us,
            bound="at most",
            aim=1.1,
            detail=f"{more / 2**20:+,.1f} MiB in the worker for an idle plan of {aged:,} events; "
            f"the first that is spoken to takes {first / 2**20:+,.1f}, which the next ones use again",
        ),
    ]


async def _held(contender: Contender) -> float:
    return float((await contender.round())["bytes"])


async def _age(dsn: str, door: Contender, worker: Contender, events: int) -> tuple[float, float]:
    """How much the worker holds more once plans of this age were spoken to and fell idle: for the first, for the next.

    An allocator seldom gives back to the system what is free, so the first one shows the most that was ever in use.
    """
    await fill(dsn, 2, events, f"aged-{events}")
    held = [await _held(worker)]
    for number in range(2):
        await door.round(told=f"aged-{events}-{number:06}")
        await asyncio.sleep(LET_GO)
        held.append(await _held(worker))
    return held[1] - held[0], held[2] - held[1]

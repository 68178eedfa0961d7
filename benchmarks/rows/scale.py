"""What a large ledger costs: appending and folding beside an empty one, and reading through the gateway."""

from contextlib import AsyncExitStack

from benchmarks.bench import Bench
from benchmarks.contender import Contender
from benchmarks.ours.filling import LENGTH, fill
from benchmarks.row import Claim, middle

AIM_RATE, AIM_READS = 0.8, 1.5
NOWHERE = {"temporal": "127.0.0.1:9"}
"""No read passes through Temporal; a gateway that reached it would begin to bring all these plans back to life."""


async def measure(bench: Bench) -> list[Claim]:
    few, some, many = 10, bench.of(100, 1_000, 1_000), bench.of(1_000, 10_000, 50_000)
    async with AsyncExitStack() as stack:
        plans = dict.fromkeys((few, some, many), "")
        for count in plans:
            plans[count] = await stack.enter_async_context(bench.database(ledger=True))
            await fill(plans[count], count)
        return [
            *await _rates(bench, plans[few], few, plans[many], many),
            *await _reads(bench, plans, few),
        ]


async def _rates(bench: Bench, empty: str, few: int, full: str, many: int) -> list[Claim]:
    rounds, seconds, folds = bench.of(2, 5, 7), bench.of(1.0, 2.0, 4.0), bench.of(20, 60, 100)
    async with (
        bench.contender("ours.append", dsn=empty) as fresh,
        bench.contender("ours.append", dsn=full) as old,
        bench.contender("ours.reading", dsn=empty, plans=few) as fresh_reader,
        bench.contender("ours.reading", dsn=full, plans=many) as old_reader,
    ):
        appended, read = [], []
        for _ in range(rounds):
            appended.append([(await one.round(callers=32, seconds=seconds))["rate"] for one in (old, fresh)])
            read.append([(await one.round(folds=folds))["rate"] for one in (old_reader, fresh_reader)])
    rows = []
    for name, pairs in (("append, 32 callers", appended), ("read and fold", read)):
        large, small = (middle([pair[side] for pair in pairs]) for side in (0, 1))
        detail = f"{large:,.0f} events/s, {small:,.0f} with {few * LENGTH:,} events in it; medians of {rounds}"
        row = f"{name}, at {many * LENGTH:,} events"
        rows.append(Claim(row=row, ratio=large / small, aim=AIM_RATE, detail=detail))
    return rows


async def _reads(bench: Bench, plans: dict[int, str], few: int) -> list[Claim]:
    rounds, reads = bench.of(2, 5, 7), bench.of(20, 40, 80)
    async with AsyncExitStack() as stack:
        gateways: dict[int, Contender] = {
            count: await stack.enter_async_context(
                bench.contender("ours.asking", plans=count, **(bench.engine(dsn, f"reads-{count}") | NOWHERE))
            )
            for count, dsn in plans.items()
        }
        seconds: dict[int, dict[str, list[float]]] = {count: {} for count in plans}
        for turn in range(rounds + 1):
            order = list(gateways.items())
            for count, gateway in order[turn % len(order) :] + order[: turn % len(order)]:
                answer = (await gateway.round(count=reads))["seconds"]
                for name, took in answer.items() if turn else ():
                    seconds[count].setdefault(name, []).extend(took)
    rows = []
    for name in ("plan", "list", "history"):
        p50 = {count: middle(one[name]) * 1000 for count, one in seconds.items()}
        detail = ", ".join(f"{took:.1f} ms at {count:,} plans" for count, took in p50.items())
        worst = max(took for count, took in p50.items() if count != few) / p50[few]
        rows.append(Claim(row=f"API: {name}, p50", ratio=worst, bound="at most", aim=AIM_READS, detail=detail))
    return rows

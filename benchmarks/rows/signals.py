"""Signals to one plan, beside a bare workflow on the same server whose signal runs one activity that does nothing."""

from contextlib import AsyncExitStack

from benchmarks.bench import Bench
from benchmarks.contender import in_turn
from benchmarks.row import Row, middle, percentile


async def measure(bench: Bench) -> list[Row]:
    async with AsyncExitStack() as stack:
        dsn = await stack.enter_async_context(bench.database(ledger=True))
        bare = await stack.enter_async_context(
            bench.contender("peers.signals", queue="bare-signals", temporal=bench.server.address)
        )
        turns, count = bench.of(3, 8, 20), bench.of(20, 40, 40)
        single = bench.engine(dsn, "single")
        async with bench.contender("ours.correction", **single) as ours:
            await in_turn(ours, bare, 1, what="one by one", count=10)  # both warm
            one = await in_turn(ours, bare, turns, what="one by one", count=count)
        bursts, count = bench.of(2, 3, 5), bench.of(500, 2_000, 2_000)
        many = bench.engine(dsn, "burst") | {"keyring": single["keyring"]}
        async with bench.contender("ours.burst", **many) as ours, bench.contender("ours.working", **many):
            burst = await in_turn(ours, bare, bursts, what="burst", count=count)
    us, them = ([second * 1000 for one in side for second in one["seconds"]] for side in one)
    rows = [
        Row(
            row=f"course correction: signal to durable, {name}",
            ratio=percentile(us, share) / percentile(them, share),
            bound="at most",
            aim=aim,
            detail=f"{percentile(us, share):.1f} ms, bare workflow {percentile(them, share):.1f} ms; {len(us)} of each",
        )
        for name, share, aim in (("p50", 0.5, 1.3), ("p99", 0.99, 2.0))
    ]
    fast, slow = (middle([one["rate"] for one in side]) for side in burst)
    detail = (
        f"{fast:,.0f} a second from the door to the answer, journalled and recorded; "
        f"a bare workflow with one activity a signal {slow:,.0f}; medians of {bursts}"
    )
    rows.append(Row(row=f"burst of {count:,} to one plan, all durable", ratio=fast / slow, aim=8.0, detail=detail))
    return rows

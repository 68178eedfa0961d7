"""Signals to one plan, beside bare workflows on the same server whose activity does nothing."""

from contextlib import AsyncExitStack

from benchmarks.bench import Bench
from benchmarks.contender import Contender, in_turn
from benchmarks.row import Claim, middle, percentile


async def measure(bench: Bench) -> list[Claim]:
    queue = {"queue": "bare-signals", "temporal": bench.server.address}
    async with AsyncExitStack() as stack:
        dsn = await stack.enter_async_context(bench.database(ledger=True))
        bare = await stack.enter_async_context(bench.contender("peers.signals", **queue))
        sender = await stack.enter_async_context(bench.contender("peers.burst", **queue))
        turns, count = bench.of(3, 8, 20), bench.of(20, 40, 40)
        single = bench.engine(dsn, "single")
        async with bench.contender("ours.correction", **single) as ours:
            await in_turn(ours, bare, 1, what="one by one", count=10)  # both warm
            one = await in_turn(ours, bare, turns, what="one by one", count=count)
        rounds, many = bench.of(2, 3, 5), bench.of(500, 2_000, 2_000)
        engine = bench.engine(dsn, "burst") | {"keyring": single["keyring"]}
        async with bench.contender("ours.burst", **engine) as ours, bench.contender("ours.working", **engine):
            bursts = [
                (
                    float((await ours.round(count=many))["rate"]),
                    await _burst(sender, bare, many, together=False),
                    await _burst(sender, bare, many, together=True),
                )
                for _ in range(rounds)
            ]
    us, them = ([second * 1000 for one in side for second in one["seconds"]] for side in one)
    rows = [
        Claim(
            row=f"course correction: signal to durable, {name}",
            ratio=percentile(us, share) / percentile(them, share),
            bound="at most",
            aim=aim,
            detail=f"{percentile(us, share):.1f} ms once it is signed and journalled, "
            f"bare workflow {percentile(them, share):.1f} ms; {len(us)} of each",
        )
        for name, share, aim in (("p50", 0.5, 1.3), ("p99", 0.99, 2.0))
    ]
    ours_, apart, together = (middle(rates) for rates in zip(*bursts, strict=True))
    detail = (
        f"{ours_:,.0f} a second from the gateway's intake (without HTTP) to the answer, journalled and recorded; "
        f"a bare workflow with one activity a signal {apart:,.0f}; medians of {rounds}"
    )
    rows.append(Claim(row=f"burst of {many:,} to one plan, all durable", ratio=ours_ / apart, aim=8.0, detail=detail))
    detail = f"one activity that does nothing for all signals that wait: {together:,.0f} a second, nothing of it kept"
    rows.append(
        Claim(row="the same burst, beside one activity for all", ratio=ours_ / together, aim=None, detail=detail)
    )
    return rows


async def _burst(sender: Contender, bare: Contender, count: int, *, together: bool) -> float:
    sent = await sender.round(together=together, count=count)
    done = (await bare.round(what="until", prefix=sent["prefix"], count=count))["done"]
    return count / float(done - sent["began"])

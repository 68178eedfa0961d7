"""The whole loop, many plans at once, beside the same story written plainly in DBOS."""

from benchmarks.bench import Bench
from benchmarks.contender import in_turn
from benchmarks.row import Claim, middle


async def measure(bench: Bench) -> list[Claim]:
    turns = bench.of(1, 2, 5)
    workload = {"plans": bench.of(10, 50, 50), "reports": 20, "reflections": 5, "corrections": 2}
    async with bench.database(ledger=True) as dsn, bench.database() as plain:
        engine = bench.engine(dsn, "loop")
        async with (
            bench.contender("ours.loop", **engine) as ours,
            bench.contender("ours.working", **engine),
            bench.contender("peers.loop_app", dsn=plain),
            bench.contender("peers.loop", dsn=plain) as theirs,
        ):
            await in_turn(ours, theirs, 1, **(workload | {"plans": 2}))  # both warm
            answers, others = await in_turn(ours, theirs, turns, **workload)
    us, them = (middle([one["rate"] for one in side]) for side in (answers, others))
    detail = (
        f"{us:,.0f} commands/s, signed and chained, sealed beside it; DBOS without proofs {them:,.0f}; "
        f"{workload['plans']} plans, {answers[0]['commands']:,} commands"
    )
    return [Claim(row=f"whole loop, {workload['plans']} plans at once", ratio=us / them, aim=1.0, detail=detail)]

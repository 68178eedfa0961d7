"""Reading a plan's history and folding it to the plan."""

from benchmarks.bench import Bench
from benchmarks.contender import in_turn
from benchmarks.row import Row, middle


async def measure(bench: Bench) -> list[Row]:
    events, rounds = bench.of(2_000, 10_000, 20_000), bench.of(3, 7, 11)
    async with (
        bench.database(ledger=True) as dsn,
        bench.database() as plain,
        bench.contender("ours.replay", dsn=dsn, events=events) as ours,
        bench.contender("peers.replay", dsn=plain, events=events) as theirs,
    ):
        answers, others = await in_turn(ours, theirs, rounds)
    us, them = (middle([one["rate"] for one in some]) for some in (answers, others))
    detail = f"{us:,.0f} events/s, eventsourcing's repository.get {them:,.0f}; a plan of {events:,} events"
    return [Row(row="replay: read and fold", ratio=us / them, aim=3.0, detail=detail)]

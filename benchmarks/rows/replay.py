"""Reading a plan's history, folding it, and making what is shown of it: a plain history, and a disputed one."""

from benchmarks.bench import Bench
from benchmarks.contender import in_turn
from benchmarks.row import Claim, middle


async def measure(bench: Bench) -> list[Claim]:
    events, rounds = bench.of(2_000, 10_000, 20_000), bench.of(3, 7, 11)
    async with (
        bench.database(ledger=True) as dsn,
        bench.database(ledger=True) as other_dsn,
        bench.database() as plain,
        bench.contender("ours.replay", dsn=dsn, events=events) as ours,
        bench.contender("ours.replay", dsn=other_dsn, events=events, disputed=True) as disputed,
        bench.contender("peers.replay", dsn=plain, events=events) as theirs,
    ):
        answers, others = await in_turn(ours, theirs, rounds)
        undisputed, mended = await in_turn(ours, disputed, rounds)
    us, them = (middle([one["rate"] for one in some]) for some in (answers, others))
    base, slower = (middle([one["rate"] for one in some]) for some in (undisputed, mended))
    return [
        Claim(
            row="replay: read, fold and view",
            ratio=us / them,
            aim=3.0,
            detail=f"{us:,.0f} events/s to the plan's whole view; eventsourcing's repository.get and a summary of it "
            f"{them:,.0f}; a plan of {events:,} events",
        ),
        Claim(
            row="the same with half of the entries contested or mended",
            ratio=slower / base,
            aim=0.5,
            detail=f"{slower:,.0f} entries/s, a plain plan {base:,.0f}; {events:,} entries each",
        ),
    ]

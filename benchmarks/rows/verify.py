"""Offline verification of a plan's bundle, beside SHA-256 of the same bytes."""

from benchmarks.bench import Bench
from benchmarks.row import Claim, middle


async def measure(bench: Bench) -> list[Claim]:
    events, rounds = bench.of(5_000, 20_000, 200_000), bench.of(3, 3, 7)
    async with (
        bench.database(ledger=True) as dsn,
        bench.contender("ours.verify", events=events, **bench.engine(dsn, "verify")) as ours,
    ):
        answers = [await ours.round() for _ in range(rounds)]
    proof, fold, limit = (middle([one[name] for one in answers]) for name in ("proof", "fold", "limit"))
    detail = f"{proof:,.0f} events/s: hashes, chain and tree of {events:,}; SHA-256 alone {limit:,.0f}"
    return [
        Claim(row="offline verification, against SHA-256", ratio=proof / limit, aim=0.2, detail=detail),
        Claim(
            row="offline verification with the fold",
            ratio=fold / limit,
            aim=None,
            detail=f"{fold:,.0f} events/s, all of that and every entry folded into the plan",
        ),
    ]

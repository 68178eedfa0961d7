"""Appending one event at a time, by 1, 32 and 128 callers at once."""

from benchmarks.bench import Bench
from benchmarks.contender import in_turn
from benchmarks.row import Claim, middle

AIMS = {1: 1.5, 32: 8.0, 128: 12.0}
AIM_COPY = 0.25
CONNECTIONS = 40
"""Of the peer's pool: Postgres takes a hundred, and more of them only wait for its lock."""


async def measure(bench: Bench) -> list[Claim]:
    rounds, seconds = bench.of(2, 5, 9), bench.of(1.0, 1.5, 4.0)
    rows: list[Claim] = []
    async with (
        bench.database(ledger=True) as dsn,
        bench.database() as plain,
        bench.contender("ours.append", dsn=dsn) as ours,
        bench.contender("peers.append", dsn=plain, connections=CONNECTIONS) as theirs,
        bench.contender("ours.copy", dsn=dsn, rows=20_000) as limit,
    ):
        await in_turn(ours, theirs, 1, callers=8, seconds=0.5)  # both warm
        for callers, aim in AIMS.items():
            against = limit if callers == max(AIMS) else None
            copied: list[float] = []
            pairs = []
            for _ in range(rounds):
                pairs.append(await in_turn(ours, theirs, 1, callers=callers, seconds=seconds))
                if against:
                    copied.append((await against.round())["rate"])
            us = middle([ours[0]["rate"] for ours, _ in pairs])
            them = middle([theirs[0]["rate"] for _, theirs in pairs])
            rows.append(
                Claim(
                    row=f"append, {callers} caller{'s' if callers > 1 else ''}",
                    ratio=us / them,
                    aim=aim,
                    detail=f"{us:,.0f} events/s, hashed and checked, not folded; eventsourcing {them:,.0f}; "
                    f"medians of {rounds} x {seconds:g} s",
                )
            )
        copy = middle(copied)
        detail = f"{us:,.0f} events/s with every check, COPY of the same rows without any {copy:,.0f}"
        rows.append(Claim(row="append, 128 callers, against COPY", ratio=us / copy, aim=AIM_COPY, detail=detail))
    return rows

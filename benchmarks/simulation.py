"""``python -m benchmarks.simulation``: what a ledger in several parts would carry, from costs that were measured.

A plan lives in one part. Each part has one writer that takes what waits, up to a group, and stores it in one call:
a fixed time for the disk and a time for each event. Events arrive by chance (Poisson); few plans get many of them and
many get few (Zipf). What is simulated is the queue before each writer and nothing else: no network, and as many cores
as there are parts. So the answer is an upper bound, and only as good as the costs that it is given.
"""

import argparse
import random
from bisect import bisect
from collections import deque
from collections.abc import Iterator
from itertools import accumulate, pairwise

from benchmarks.row import percentile

PLANS = 100_000
SKEW = 0.8
"""The exponent of Zipf's law; 0 would be the same for every plan."""
GROUP = 64


def arrivals(rate: float, seconds: float, parts: int, drawn: random.Random) -> list[list[float]]:
    """By part, the moments at which an event arrives there."""
    weights = [0.0] * parts
    for rank in range(PLANS):
        weights[drawn.randrange(parts)] += (rank + 1) ** -SKEW
    bounds = list(accumulate(weights))
    moments: list[list[float]] = [[] for _ in range(parts)]
    now = 0.0
    while (now := now + drawn.expovariate(rate)) < seconds:
        moments[min(bisect(bounds, drawn.random() * bounds[-1]), parts - 1)].append(now)
    return moments


def waits(moments: list[float], fixed: float, each: float) -> Iterator[float]:
    """How long each event of one part takes from its arrival until it is on disk."""
    waiting, now = deque(moments), 0.0
    while waiting:
        now = max(now, waiting[0])
        group: list[float] = []
        while waiting and waiting[0] <= now and len(group) < GROUP:
            group.append(waiting.popleft())
        now += fixed + each * len(group)
        yield from (now - moment for moment in group)


def carried(parts: int, fixed: float, each: float, within: float, drawn: random.Random) -> tuple[float, float]:
    """The greatest rate at which 99 of 100 events are on disk in time, and their p50 then. Bisection, to 2 %."""
    low, high, p50 = 0.0, parts * GROUP / (fixed + GROUP * each), 0.0
    while high - low > 0.02 * high:
        rate = (low + high) / 2
        took = [wait for part in arrivals(rate, 4.0, parts, drawn) for wait in waits(part, fixed, each)]
        if percentile(took, 0.99) <= within:
            low, p50 = rate, percentile(took, 0.5)
        else:
            high = rate
    return low, p50


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.simulation", description=__doc__)
    parser.add_argument("--fixed", type=float, default=1.5e-3, help="seconds of one call: the disk, and the way there")
    parser.add_argument("--each", type=float, default=120e-6, help="seconds of one event in it")
    parser.add_argument("--within", type=float, default=0.05, help="seconds in which 99 of 100 are to be on disk")
    given = parser.parse_args()
    drawn = random.Random(20_26)
    parts = [1, 2, 4, 8, 16, 32]
    rates = [(count, *carried(count, given.fixed, given.each, given.within, drawn)) for count in parts]
    print(f"{'parts':>6} {'events/s':>10} {'p50':>8}")
    for count, rate, p50 in rates:
        print(f"{count:>6} {rate:>10,.0f} {p50 * 1000:>5.1f} ms")
    gains = [later[1] / earlier[1] for earlier, later in pairwise(rates)]
    print("twice the parts carry " + ", ".join(f"{gain:.2f}" for gain in gains) + " times as much")


if __name__ == "__main__":
    main()

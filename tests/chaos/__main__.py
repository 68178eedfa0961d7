"""A chaos run: ``python -m tests.chaos [--seed N] [--faults N] [--commands N] [--short] [--keep]``.

Many people send commands to many plans while everything that can be killed, frozen, kept away, filled up or lied to is.
It ends by itself, and the last line it writes is

    faults=N acknowledged=N lost=N duplicated=N wedged=N seed=S

``acknowledged`` counts journalled commands; ``wedged`` those without outcome 30 s after the last fault, or after they
were journalled. Exit code 0 if all the faults happened that were asked for, nothing was lost, done twice or wedged,
nobody punctual was called late, and the ledger is sound; 1 otherwise, and then the folder with every log is kept and
named. The same seed brings the same people and the same faults in the same order; when exactly they meet is the
machine's affair.
"""

import argparse
import asyncio
import os
import shutil
import sys
import tempfile
import time
from collections import Counter, deque
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random, randrange
from typing import Final

import httpx2

from ledger.clock import database_time
from ledger.connection import Pool, open_pool
from tests.chaos.faults import Fault, Passed, Scene, lanes
from tests.chaos.people import Told, moved_in
from tests.chaos.rig import Rig, standing
from tests.chaos.verdict import SETTLED, Verdict, compare, judge

BREATH: Final = 0.6
"""Seconds between two faults, on average."""
SPARE: Final = 20
"""So many faults of a lane that could not happen are made up for by others."""
UNSHARED: Final = "RUMBO_CHAOS_MOUNTS"


@dataclass(frozen=True)
class Run:
    seed: int
    faults: int
    commands: int
    """At least."""
    away: float
    """Seconds for which Postgres is gone when it is gone for long."""
    pace: float
    """Seconds between two commands of one person."""
    short: bool


FULL: Final = Run(0, 116, 5_200, 30.0, 0.3, short=False)
SHORT: Final = Run(0, 16, 300, 3.0, 0.3, short=True)


def say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


async def play(folder: Path, run: Run) -> bool:
    """One run; whether all was well."""
    async with standing(folder) as rig:
        told, over = Told(), asyncio.Event()
        admin = (folder / "keyring" / "admin.token").read_text().strip()
        plans, people = await moved_in(rig.gateways, admin, run.seed, told, run.pace, over.is_set)
        happened: Counter[str] = Counter()
        async with asyncio.TaskGroup() as group:
            for person in people:
                group.create_task(person.live(plans))
            async with asyncio.TaskGroup() as trouble:
                for number, faults in enumerate(lanes(run.faults, Random(run.seed), run.short)):
                    scene = Scene(rig, plans, Random(f"{run.seed} {number}"), run.away)
                    trouble.create_task(disturb(scene, faults, happened))
            async with open_pool(rig.dsn) as pool:
                calm = await database_time(pool)
            await rig.all_ready()
            await until_enough(rig, run.commands)
            over.set()
        async with open_pool(rig.dsn) as pool:
            seconds = await settle(pool)
            verdict = await judge(pool, told, calm)
            headers = {"Authorization": f"Bearer {admin}"}
            async with httpx2.AsyncClient(
                base_url=rig.gateways[0], headers=headers, timeout=30, trust_env=False
            ) as one:
                verdict.differing = await compare(pool, one, plans)
        return tell(run, happened, verdict, told, seconds)


async def disturb(scene: Scene, faults: list[Fault], happened: Counter[str]) -> None:
    """Let one fault happen after the other, and count those that did. For one that could not another happens."""
    waiting, spare = deque(faults), SPARE
    while waiting:
        fault = waiting.popleft()
        await asyncio.sleep(scene.chance.uniform(0, 2 * BREATH))
        began = time.monotonic()
        try:
            await fault(scene)
        except Passed as why:
            say(f"     {fault.__name__}: passed over, {why}")
            if spare:
                spare -= 1
                waiting.append(scene.chance.choice(faults))
            continue
        happened[fault.__name__] += 1
        say(f"{happened.total():4} {fault.__name__} ({time.monotonic() - began:.1f} s)")


async def until_enough(rig: Rig, commands: int) -> None:
    """Until so many commands are journalled."""
    async with open_pool(rig.dsn) as pool:
        while await pool.fetchval("SELECT count(*) FROM ledger.journal") < commands:  # noqa: ASYNC110
            await asyncio.sleep(0.2)


async def settle(pool: Pool) -> float:
    """Wait until nothing waits any more, or what was sent last had its time; the seconds it took."""
    began = time.monotonic()
    while time.monotonic() < began + SETTLED.total_seconds():
        if not await pool.fetchval("SELECT count(*) FROM ledger.journal WHERE handled_at IS NULL"):
            break
        await asyncio.sleep(0.1)
    return time.monotonic() - began


def tell(run: Run, happened: Counter[str], verdict: Verdict, told: Told, seconds: float) -> bool:
    """Say what came of it; the line that counts comes last."""
    for name, count in sorted(happened.items()):
        say(f"  {count:4} {name}")
    for name in ("lost", "wedged", "unpunctual", "duplicated", "unsound", "differing"):
        for what in getattr(verdict, name):
            say(f"  NOT WELL, {name}: {what}")
    enough = happened.total() >= run.faults
    if not enough:
        say(f"  NOT WELL: of {run.faults} faults only {happened.total()} could happen")
    for strange in told.strange[:20]:
        say(f"  strange answer {strange}")
    say(f"  settled {seconds:.1f} s after the last command; {len(told.strange)} strange answers")
    say(
        f"faults={happened.total()} acknowledged={verdict.acknowledged} lost={len(verdict.lost)} "
        f"duplicated={len(verdict.duplicated)} wedged={len(verdict.wedged)} seed={run.seed}"
    )
    return verdict.good and enough and not told.strange


def read() -> tuple[Run, bool]:
    parser = argparse.ArgumentParser(prog="python -m tests.chaos")
    parser.add_argument("--seed", type=int, default=None)
    parser.add_argument("--faults", type=int)
    parser.add_argument("--commands", type=int)
    parser.add_argument("--short", action="store_true")
    parser.add_argument("--keep", action="store_true", help="keep the folder also when all was well")
    said = parser.parse_args()
    usual = SHORT if said.short else FULL
    seed = randrange(2**32) if said.seed is None else said.seed
    run = replace(usual, seed=seed, faults=said.faults or usual.faults, commands=said.commands or usual.commands)
    return run, said.keep


def mounts_of_our_own() -> None:
    """As root, go on in a mount namespace of our own: the ledger's small disk ends with us, whatever ends us."""
    unshare = shutil.which("unshare") if os.getuid() == 0 and UNSHARED not in os.environ else None
    if unshare:
        again = [unshare, "--mount", "--propagation", "private", sys.executable, "-m", "tests.chaos", *sys.argv[1:]]
        os.execve(unshare, again, os.environ | {UNSHARED: "1"})


def main() -> int:
    mounts_of_our_own()
    run, keep = read()
    folder = Path(tempfile.mkdtemp(prefix="rumbo-chaos-"))
    folder.chmod(0o755)
    say(f"seed {run.seed}: {run.faults} faults over at least {run.commands} commands, in {folder}")
    good = False
    try:
        good = asyncio.run(play(folder, run))
    finally:
        if good and not keep:
            shutil.rmtree(folder, ignore_errors=True)
    return 0 if good else 1


if __name__ == "__main__":
    raise SystemExit(main())

"""A chaos run: ``python -m tests.chaos [--seed N] [--faults N] [--commands N] [--short] [--keep]``.

Many senders send commands to many plans while processes are killed and frozen, connections cut, the disk filled, and
false signals sent. The run ends by itself; its last line is

faults=N acknowledged=N lost=N duplicated=N wedged=N seed=S

``acknowledged`` counts journalled commands; ``wedged`` counts those without an outcome 30 s after the last fault, or
after they were journalled. Exit code 0 if all planned faults happened, no command was lost, done twice or stuck, no
punctual command was decided late, and the ledger is sound; else 1, and the folder with all logs is kept and named. The
same seed gives the same senders and the same faults in the same order; their exact timing depends on the machine.
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
from tests.chaos.people import SenderLog, moved_in
from tests.chaos.rig import Rig, standing
from tests.chaos.verdict import SETTLED, Verdict, compare, judge

BREATH: Final = 0.6
"""Seconds between two faults, on average."""
SPARE: Final = 20
"""How many faults of a lane that could not happen are replaced by others."""
UNSHARED: Final = "RUMBO_CHAOS_MOUNTS"


@dataclass(frozen=True)
class Run:
    seed: int
    faults: int
    commands: int
    """The least number of commands."""
    away: float
    """Seconds of a long outage of Postgres."""
    pace: float
    """Seconds between two commands of one sender."""
    short: bool


FULL: Final = Run(0, 116, 5_200, 30.0, 0.3, short=False)
SHORT: Final = Run(0, 16, 300, 3.0, 0.3, short=True)


def say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


async def play(folder: Path, run: Run) -> bool:
    """Runs it once; returns whether the verdict is good."""
    async with standing(folder) as rig:
        sender_log, over = SenderLog(), asyncio.Event()
        admin = (folder / "keyring" / "admin.token").read_text().strip()
        plans, people = await moved_in(rig.gateways, admin, run.seed, sender_log, run.pace, over.is_set)
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
            verdict = await judge(pool, sender_log, calm)
            headers = {"Authorization": f"Bearer {admin}"}
            async with httpx2.AsyncClient(
                base_url=rig.gateways[0], headers=headers, timeout=30, trust_env=False
            ) as one:
                verdict.differing = await compare(pool, one, plans)
        return report(run, happened, verdict, sender_log, seconds)


async def disturb(scene: Scene, faults: list[Fault], happened: Counter[str]) -> None:
    """Causes the faults one after the other and counts them. One that could not happen is replaced by another."""
    waiting, spare = deque(faults), SPARE
    while waiting:
        fault = waiting.popleft()
        await asyncio.sleep(scene.chance.uniform(0, 2 * BREATH))
        began = time.monotonic()
        try:
            await fault(scene)
        except Passed as why:
            say(f"     {fault.__name__}: skipped, {why}")
            if spare:
                spare -= 1
                waiting.append(scene.chance.choice(faults))
            continue
        happened[fault.__name__] += 1
        say(f"{happened.total():4} {fault.__name__} ({time.monotonic() - began:.1f} s)")


async def until_enough(rig: Rig, commands: int) -> None:
    """Waits until so many commands are journalled."""
    async with open_pool(rig.dsn) as pool:
        while await pool.fetchval("SELECT count(*) FROM ledger.journal") < commands:  # noqa: ASYNC110
            await asyncio.sleep(0.2)


async def settle(pool: Pool) -> float:
    """Waits until every command is handled, or for `SETTLED`; returns the seconds."""
    began = time.monotonic()
    while time.monotonic() < began + SETTLED.total_seconds():
        if not await pool.fetchval("SELECT count(*) FROM ledger.journal WHERE handled_at IS NULL"):
            break
        await asyncio.sleep(0.1)
    return time.monotonic() - began


def report(run: Run, happened: Counter[str], verdict: Verdict, sender_log: SenderLog, seconds: float) -> bool:
    """Prints the verdict; the summary is the last line."""
    for name, count in sorted(happened.items()):
        say(f"  {count:4} {name}")
    for name in ("lost", "wedged", "unpunctual", "duplicated", "unsound", "differing"):
        for what in getattr(verdict, name):
            say(f"  NOT WELL, {name}: {what}")
    enough = happened.total() >= run.faults
    if not enough:
        say(f"  NOT WELL: of {run.faults} faults only {happened.total()} could happen")
    for strange in sender_log.strange[:20]:
        say(f"  strange answer {strange}")
    say(f"  settled {seconds:.1f} s after the last command; {len(sender_log.strange)} strange answers")
    say(
        f"faults={happened.total()} acknowledged={verdict.acknowledged} lost={len(verdict.lost)} "
        f"duplicated={len(verdict.duplicated)} wedged={len(verdict.wedged)} seed={run.seed}"
    )
    return verdict.good and enough and not sender_log.strange


def read() -> tuple[Run, bool]:
    parser = argparse.ArgumentParser(prog="python -m tests.chaos")
    parser.add_argument("--seed", type=int, default=None)
    parser.add_argument("--faults", type=int)
    parser.add_argument("--commands", type=int)
    parser.add_argument("--short", action="store_true")
    parser.add_argument("--keep", action="store_true", help="keep the folder also when all was well")
    arguments = parser.parse_args()
    usual = SHORT if arguments.short else FULL
    seed = randrange(2**32) if arguments.seed is None else arguments.seed
    run = replace(
        usual, seed=seed, faults=arguments.faults or usual.faults, commands=arguments.commands or usual.commands
    )
    return run, arguments.keep


def mounts_of_our_own() -> None:
    """As root, continues in a new mount namespace, so that the ledger's small disk goes away with the process."""
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

"""``python -m benchmarks [ROW ...]``: measure, print the table, write ``.rumbo/bench.json`` and ``.rumbo/bench.svg``;
of some rows only, ``bench-part`` instead.

Exit codes: 0 everything was measured (aims met or not), 1 something was lost on the way.
"""

import argparse
import asyncio
import importlib
import json
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from rich.console import Console

from benchmarks import machine, picture, table
from benchmarks.bench import SIZES, Bench, Size, servers
from benchmarks.contender import Lost
from benchmarks.row import Claim

ROWS: Final = ("signals", "loop", "append", "replay", "verify", "memory", "scale", "startup")
"""The modules of ``benchmarks.rows``, in the order of the table."""
RESULTS: Final = Path(".rumbo")

console = Console(width=200 if not sys.stdout.isatty() else None)


async def measure(bench: Bench, names: Sequence[str]) -> tuple[list[Claim], list[str]]:
    """The rows, and the names of those that could not be measured because something was lost."""
    rows: list[Claim] = []
    failed: list[str] = []
    for name in names:
        began = time.monotonic()
        try:
            rows += await importlib.import_module(f"benchmarks.rows.{name}").measure(bench)
            console.print(f"  {name}: {time.monotonic() - began:.0f} s")
        except Lost as lost:
            failed.append(name)
            console.print(f"  {name}: FAILED\n{lost}", style="bold red", markup=False)
    return rows, failed


def run(size: Size, names: Sequence[str]) -> int:
    notes = machine.described()
    console.print("\n".join(notes))
    with tempfile.TemporaryDirectory(prefix="rumbo-bench-") as folder, servers(Path(folder)) as (cluster, server):
        rows, failed = asyncio.run(measure(Bench(size, Path(folder), cluster, server), names))
    table.show(rows, console)
    RESULTS.mkdir(exist_ok=True)
    name = "bench" if list(names) == list(ROWS) else "bench-part"
    table_ = json.dumps([row.as_json() for row in rows], indent=1, ensure_ascii=False)
    (RESULTS / f"{name}.json").write_text(table_, encoding="utf-8")
    (RESULTS / f"{name}.svg").write_text(picture.draw(rows, notes), encoding="utf-8")
    console.print(f"written to {RESULTS}/{name}.json and {RESULTS}/{name}.svg")
    if failed:
        console.print(f"FAILED, because something was lost: {', '.join(failed)}", style="bold red")
    return 1 if failed else 0


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="What we claim about speed.")
    parser.add_argument("rows", nargs="*", help=f"which rows; all where none is named: {', '.join(ROWS)}")
    parser.add_argument("--size", choices=SIZES, default="usual")
    given = parser.parse_args()
    if unknown := set(given.rows) - set(ROWS):
        parser.error(f"no such row: {', '.join(sorted(unknown))}; there are {', '.join(ROWS)}")
    sys.exit(run(given.size, given.rows or ROWS))

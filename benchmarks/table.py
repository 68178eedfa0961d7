"""The table that a run prints."""

from collections.abc import Sequence

from rich import box
from rich.console import Console
from rich.table import Table

from benchmarks.row import Claim


def show(rows: Sequence[Claim], console: Console) -> None:
    """Every row with its aim; one that misses it is marked as missing it."""
    table = Table(box=box.SIMPLE_HEAD, show_lines=False)
    for name in ("what", "measured", "aim", "", "detail"):
        table.add_column(name, justify="right" if name in ("measured", "aim") else "left", overflow="fold")
    for row in rows:
        table.add_row(row.row, row.figure(), row.aim_text(), verdict(row), row.detail)
    console.print(table)
    missed = [row.row for row in rows if row.met is False]
    met = sum(row.met is True for row in rows)
    console.print(f"{met} of {met + len(missed)} aims met" + (f"; missed: {', '.join(missed)}" if missed else ""))


def verdict(row: Claim) -> str:
    """``met``, ``MISSED``, or nothing where nothing was aimed at."""
    return {True: "met", False: "MISSED", None: ""}[row.met]

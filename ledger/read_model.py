"""The read model: one short row for each plan, written with the append and rebuildable from the entries at any time."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from ledger import fold
from ledger.canonical import canonical
from ledger.connection import Pool
from ledger.fold import FoldPort, State

LONGEST: Final = 8192
"""Most bytes of a row's summary: rows are rewritten under the append lock, so they stay small."""


@dataclass(frozen=True, slots=True)
class PlanRow:
    plan: str
    version: int
    summary: dict[str, Any]


async def plan_rows(pool: Pool, after: str = "", limit: int = 100) -> list[PlanRow]:
    """Up to ``limit`` plans in order of name, from the first after ``after``."""
    rows = await pool.fetch(
        "SELECT plan, version, summary FROM ledger.plans WHERE plan > $1 ORDER BY plan LIMIT $2", after, limit
    )
    return [_row(row) for row in rows]


async def rebuild(
    pool: Pool, port: FoldPort[State], summarise: Callable[[State], Mapping[str, Any]], batch: int = 100
) -> int:
    """Rebuild every row from the plan's entries; returns the number of plans. Safe during appends.

    Plans are folded outside the append lock. A plan that gets an entry meanwhile gets its newer row with that append.
    """
    done, after = 0, ""
    while True:
        rows = await pool.fetch(
            "SELECT plan FROM ledger.streams WHERE plan > $1 AND plan NOT LIKE '\\_%' ORDER BY plan LIMIT $2",
            after,
            batch,
        )
        folded = [(row["plan"], await fold.current(port, pool, row["plan"])) for row in rows]
        names = [plan for plan, _ in folded]
        versions = [one.version for _, one in folded]
        summaries = [canonical(summarise(one.state)).decode() for _, one in folded]
        await pool.execute("SELECT ledger.rebuild($1::text[], $2::int[], $3::json[])", names, versions, summaries)
        done += len(rows)
        if len(rows) < batch:
            await pool.execute("SELECT ledger.prune()")
            return done
        after = names[-1]


def _row(row: Any) -> PlanRow:
    return PlanRow(row["plan"], row["version"], json.loads(row["summary"]))

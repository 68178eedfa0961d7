"""The read model: one short row a plan, written with the append, or rebuilt from the entries at any time."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from ledger import fold
from ledger.canonical import canonical
from ledger.connection import Pool
from ledger.fold import FoldPort, State

LONGEST: Final = 8192
"""Bytes of a row's summary: what is rewritten under the append lock stays small."""


@dataclass(frozen=True, slots=True)
class PlanRow:
    plan: str
    version: int
    summary: dict[str, Any]


async def plan_row(pool: Pool, plan: str) -> PlanRow | None:
    row = await pool.fetchrow("SELECT plan, version, summary FROM ledger.plans WHERE plan = $1", plan)
    return _row(row) if row else None


async def plan_rows(pool: Pool, after: str = "", limit: int = 100) -> list[PlanRow]:
    """Up to ``limit`` plans by name, from the one that follows ``after``."""
    rows = await pool.fetch(
        "SELECT plan, version, summary FROM ledger.plans WHERE plan > $1 ORDER BY plan LIMIT $2", after, limit
    )
    return [_row(row) for row in rows]


async def rebuild(
    pool: Pool, port: FoldPort[State], summarise: Callable[[State], Mapping[str, Any]], batch: int = 100
) -> int:
    """Makes every row anew from the plan's entries; returns how many. Safe while others append.

    Folding happens outside the append lock. A plan that moved on meanwhile got its newer row with that append.
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

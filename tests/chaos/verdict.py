"""The verdict on a chaos run: compares the journal with the outcomes, and both with the answers that senders got."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import httpx2

from audit.soundness import Unsound, unsound
from domain import PLAN
from domain.views import plan_view
from ledger import fold
from ledger.connection import Pool
from tests.chaos.people import Key, SenderLog

SETTLED: Final = timedelta(seconds=30)
"""How long a command may have no outcome, after it was journalled or after the last fault."""
DONE_TWICE: Final = frozenset({"told_twice", "outcome_differs", "entry_without_outcome"})
"""Findings of a command that took effect twice: entries that are not in its one outcome."""


@dataclass
class Verdict:
    """The commands and other findings that fail the run."""

    acknowledged: int = 0
    """Journalled commands."""
    lost: list[Key] = field(default_factory=list)
    """Accepted and not in the journal, handled without an outcome, or answered with another outcome."""
    wedged: list[Key] = field(default_factory=list)
    """In the journal without an outcome after `SETTLED`, also if the outcome came later."""
    unpunctual: list[Key] = field(default_factory=list)
    """Accepted before a deadline that was recorded without them: a silence may be recorded wrongly."""
    duplicated: list[Unsound] = field(default_factory=list)
    unsound: list[Unsound] = field(default_factory=list)
    differing: list[str] = field(default_factory=list)
    """Plans whose view differs from the fold of the ledger."""

    @property
    def good(self) -> bool:
        return not (self.lost or self.wedged or self.unpunctual or self.duplicated or self.unsound or self.differing)


async def judge(pool: Pool, sender_log: SenderLog, calm: datetime) -> Verdict:
    """The verdict on a ledger after all writing has ended; ``calm`` is the time of the last fault."""
    rows = await pool.fetch(
        """SELECT j.plan, j.actor, j.command, j.handled_at, o.code, o.outcome, o.versions,
             j.handled_at IS NULL OR j.handled_at > greatest(j.journalled_at, $1) + $2 AS wedged
           FROM ledger.journal j
           LEFT JOIN ledger.outcomes o ON o.plan = j.plan AND o.actor = j.actor AND o.command = j.command""",
        calm, SETTLED,
    )  # fmt: skip
    verdict = Verdict(acknowledged=len(rows))
    stands: dict[Key, tuple[str, tuple[int, ...]] | None] = {}
    for row in rows:
        key = (row["plan"], row["actor"], row["command"])
        stands[key] = (row["code"] or row["outcome"], tuple(row["versions"])) if row["outcome"] else None
        if row["wedged"]:
            verdict.wedged.append(key)
        if row["handled_at"] is not None and stands[key] is None:
            verdict.lost.append(key)
    verdict.lost += [
        key
        for key, answers in sender_log.answers.items()
        if key not in stands or any(answer != stands[key] for answer in answers)
    ]
    verdict.unpunctual += await _unpunctual(pool)
    async for found in unsound(pool):
        if found.code in DONE_TWICE:
            verdict.duplicated.append(found)
        elif found.code != "handled_without_outcome":  # counted above
            verdict.unsound.append(found)
    return verdict


async def _unpunctual(pool: Pool) -> list[Key]:
    """Commands accepted before a deadline and decided after the clock had closed it."""
    rows = await pool.fetch(
        """SELECT DISTINCT j.plan, j.actor, j.command FROM ledger.journal j
           JOIN ledger.outcomes o ON o.plan = j.plan AND o.actor = j.actor AND o.command = j.command
           JOIN ledger.events e ON e.plan = j.plan AND e.kind = 'phase_closed' AND e.data ->> 'by' = 'clock'
           WHERE j.accepted_at < (e.envelope ->> 'effective_at')::timestamptz AND o.versions[1] > e.version"""
    )
    return [(row["plan"], row["actor"], row["command"]) for row in rows]


async def compare(pool: Pool, client: httpx2.AsyncClient, plans: list[str]) -> list[str]:
    """The plans whose view differs from the fold of the ledger."""
    return [plan for plan in plans if not await _same(pool, client, plan)]


async def _same(pool: Pool, client: httpx2.AsyncClient, plan: str) -> bool:
    shown = (await client.get(f"/v1/plans/{plan}")).json()
    state = (await fold.current(PLAN, pool, plan)).state
    folded: Mapping[str, Any] = plan_view(state, datetime.now(UTC))
    return all(_closed(shown[name]) == value for name, value in folded.items() if name in shown) and "version" in shown


def _closed(shown: Any) -> Any:
    """The view with seals instead of texts, as in the ledger: a gateway unseals texts for permitted readers."""
    match shown:
        case {"sealed": str() as digest}:
            return {"sealed": digest}
        case dict():
            return {name: _closed(value) for name, value in shown.items()}
        case list():
            return [_closed(value) for value in shown]
        case _:
            return shown

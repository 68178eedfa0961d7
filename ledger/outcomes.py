"""Outcomes of commands. Each key (plan, actor, command id) has at most one outcome, for ever."""

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from ledger.connection import Pool

CommandKey = tuple[str, str, str]
"""Plan, actor, command id."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """A command's outcome. ``versions`` are the entries that the command produced, including that of its refusal.

    Outcomes are never erased, so ``params`` holds ids and times, never text that a person wrote.
    """

    actor: str
    command: str
    outcome: Literal["recorded", "refused"]
    versions: tuple[int, ...] = ()
    code: str | None = None
    """The refusal code."""
    params: Mapping[str, str] = field(default_factory=dict)
    """Parameters of the refusal's message."""


@dataclass(frozen=True, slots=True)
class RecordedOutcome:
    """An outcome as read from the ledger, with the time at which it was recorded."""

    plan: str
    outcome: Outcome
    recorded_at: datetime


async def outcome_of(pool: Pool, plan: str, actor: str, command: str) -> RecordedOutcome | None:
    return (await outcomes_of(pool, [(plan, actor, command)])).get((plan, actor, command))


async def outcomes_of(pool: Pool, keys: Collection[CommandKey]) -> dict[CommandKey, RecordedOutcome]:
    """The outcomes of those commands that have one, in one query."""
    plans, actors, commands = zip(*keys, strict=True)
    rows = await pool.fetch(
        """SELECT o.* FROM unnest($1::text[], $2::text[], $3::text[]) AS wanted(plan, actor, command)
           JOIN ledger.outcomes o USING (plan, actor, command)""",
        plans, actors, commands,
    )  # fmt: skip
    return {(row["plan"], row["actor"], row["command"]): _recorded(row) for row in rows}


def _recorded(row: Any) -> RecordedOutcome:
    outcome = Outcome(
        actor=row["actor"],
        command=row["command"],
        outcome=row["outcome"],
        versions=tuple(row["versions"]),
        code=row["code"],
        params=json.loads(row["params"]),
    )
    return RecordedOutcome(row["plan"], outcome, row["recorded_at"])

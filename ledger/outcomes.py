"""What became of a command. The key (plan, actor, command id) is taken once, for ever."""

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
    """A command's one outcome. ``versions`` are the entries it led to, that of its refusal included.

    Permanent and never erased: ``params`` names things (items, bodies, moments), it never repeats what a person wrote.
    """

    actor: str
    command: str
    outcome: Literal["recorded", "refused"]
    versions: tuple[int, ...] = ()
    code: str | None = None
    """Why it was refused."""
    params: Mapping[str, str] = field(default_factory=dict)
    """What the refusal's sentence names."""


@dataclass(frozen=True, slots=True)
class RecordedOutcome:
    """A recorded outcome, and when it was recorded."""

    plan: str
    outcome: Outcome
    recorded_at: datetime


async def outcome_of(pool: Pool, plan: str, actor: str, command: str) -> RecordedOutcome | None:
    return (await outcomes_of(pool, [(plan, actor, command)])).get((plan, actor, command))


async def outcomes_of(pool: Pool, keys: Collection[CommandKey]) -> dict[CommandKey, RecordedOutcome]:
    """Those that there are, in one question."""
    plans, actors, commands = zip(*keys, strict=True)
    rows = await pool.fetch(
        """SELECT o.* FROM unnest($1::text[], $2::text[], $3::text[]) AS asked(plan, actor, command)
           JOIN ledger.outcomes o USING (plan, actor, command)""",
        plans, actors, commands,
    )  # fmt: skip
    return {(row["plan"], row["actor"], row["command"]): _stood(row) for row in rows}


def _stood(row: Any) -> RecordedOutcome:
    outcome = Outcome(
        actor=row["actor"],
        command=row["command"],
        outcome=row["outcome"],
        versions=tuple(row["versions"]),
        code=row["code"],
        params=json.loads(row["params"]),
    )
    return RecordedOutcome(row["plan"], outcome, row["recorded_at"])

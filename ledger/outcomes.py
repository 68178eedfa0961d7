"""What became of a command. The key (plan, actor, command id) is taken once, for ever."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from ledger.connection import Pool


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
class Stood:
    """A recorded outcome, and when it was recorded."""

    plan: str
    outcome: Outcome
    recorded_at: datetime


async def outcome_of(pool: Pool, plan: str, actor: str, command: str) -> Stood | None:
    row = await pool.fetchrow(
        """SELECT outcome, versions, code, params, recorded_at FROM ledger.outcomes
           WHERE plan = $1 AND actor = $2 AND command = $3""",
        plan, actor, command,
    )  # fmt: skip
    if row is None:
        return None
    outcome = Outcome(
        actor=actor,
        command=command,
        outcome=row["outcome"],
        versions=tuple(row["versions"]),
        code=row["code"],
        params=json.loads(row["params"]),
    )
    return Stood(plan, outcome, row["recorded_at"])

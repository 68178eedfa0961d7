"""A command with its envelope: the actor, the body, the moment of acceptance."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from domain.kernel.command import Command

Hours = Sequence[datetime]
"""The hours in which the system could take commands, each by its start, in order."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandEnvelope:
    """A command with its actor and moment. A decision reads only this and the plan."""

    command: Command
    plan: str
    actor: str
    role: str
    on_behalf_of: str | None
    accepted_at: datetime
    """When the gateway accepted it. This decides whether it is in time, not when a worker handles it."""
    open_hours: Hours | None = None
    """The availability; ``None``: always available, as in a rehearsal."""

"""A command with what arrives beside it: the actor, the body, the moment of acceptance."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from domain.kernel.command import Command

Hours = Sequence[datetime]
"""The hours in which the system could take commands, each by its start, in order."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandEnvelope:
    """A command with its actor and moment: all that a decision may look at besides the plan."""

    command: Command
    plan: str
    actor: str
    role: str
    on_behalf_of: str | None
    accepted_at: datetime
    """When the gateway accepted it. In time or late is judged by this, never by when a worker came to it."""
    open_hours: Hours | None = None
    """When the system could take commands; ``None``: always, as in a rehearsal."""

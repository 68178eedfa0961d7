"""The commands of a rehearsal, by the moment at which they are sent."""

import heapq
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from itertools import count
from typing import Any, Literal

from gateway.access.callers import Sender
from gateway.access.permissions import ACCESS


@dataclass(frozen=True, slots=True)
class ScheduledCommand:
    """One command with its moment and sender."""

    at: datetime
    command: dict[str, Any]
    line: int | None = None
    """Its line in the script; ``None`` for a command that follows from a body's habit."""
    by: Literal["operator"] | None = None
    """The sender; ``None`` for the body in ``on_behalf_of``, or the operator without one."""

    @property
    def sender(self) -> Sender:
        """The body itself if the command allows a role other than operator, else the operator."""
        if self.by == "operator":
            return Sender(actor=self.by, role=self.by, body=self.command.get("on_behalf_of"))
        body = self.command.get("on_behalf_of")
        roles = ACCESS.get(str(self.command.get("command")), ())
        role = next((one for one in roles if one != "operator"), "operator") if body else "operator"
        return Sender(actor=str(body or "operator"), role=role, body=body)


@dataclass
class Schedule:
    """Scheduled commands by moment; of the same moment, in the order in which they were added."""

    _heap: list[tuple[datetime, int, ScheduledCommand]] = field(default_factory=list)
    _count: Iterator[int] = field(default_factory=count)
    scripted: int = 0
    """How many of the waiting commands come from the script."""

    def add(self, commands: Iterable[ScheduledCommand]) -> None:
        for command in commands:
            heapq.heappush(self._heap, (command.at, next(self._count), command))
            self.scripted += command.line is not None

    @property
    def next_at(self) -> datetime | None:
        return self._heap[0][0] if self._heap else None

    def due(self, now: datetime) -> Iterator[ScheduledCommand]:
        """Removes and returns the commands up to a moment."""
        while self._heap and self._heap[0][0] <= now:
            command = heapq.heappop(self._heap)[2]
            self.scripted -= command.line is not None
            yield command

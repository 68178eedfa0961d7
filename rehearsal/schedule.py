"""What people will say at which moment: the rehearsal's post, in the order of its days."""

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
    """One command on its way."""

    at: datetime
    said: dict[str, Any]
    line: int | None = None
    """Where the script says it; ``None`` for what a body does by habit."""
    by: Literal["operator"] | None = None
    """Who sends it; ``None`` for the body it speaks for, or the operator where it speaks for none."""

    @property
    def sender(self) -> Sender:
        """The body speaks for itself where its use case allows that, and the operator for the plan."""
        if self.by == "operator":
            return Sender(actor=self.by, role=self.by, body=self.said.get("on_behalf_of"))
        body = self.said.get("on_behalf_of")
        roles = ACCESS.get(str(self.said.get("command")), ())
        role = next((one for one in roles if one != "operator"), "operator") if body else "operator"
        return Sender(actor=str(body or "operator"), role=role, body=body)


@dataclass
class Schedule:
    """Letters by their moments; of one moment, in the order in which they were written."""

    _heap: list[tuple[datetime, int, ScheduledCommand]] = field(default_factory=list)
    _count: Iterator[int] = field(default_factory=count)
    scripted: int = 0
    """How many of those on their way the script says."""

    def add(self, letters: Iterable[ScheduledCommand]) -> None:
        for letter in letters:
            heapq.heappush(self._heap, (letter.at, next(self._count), letter))
            self.scripted += letter.line is not None

    @property
    def next_at(self) -> datetime | None:
        return self._heap[0][0] if self._heap else None

    def arrived(self, now: datetime) -> Iterator[ScheduledCommand]:
        """Takes out what is there by a moment."""
        while self._heap and self._heap[0][0] <= now:
            letter = heapq.heappop(self._heap)[2]
            self.scripted -= letter.line is not None
            yield letter

"""An entry of a plan's history: an event together with everything the record must say about it.

People read *entry 214 / asiento 214* for ``version``. The ledger stores an entry as an envelope
(all fields here but ``event``) and data (the event); both are permanent.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, SerializeAsAny, model_validator

from domain.growing import record
from domain.text import Sealed

Visibility = Literal["public", "partners", "restricted"]
Phase = Literal["action", "reflection", "adaptation"]

CLOCK = "clock"
"""The actor and the role of what no person did: a phase that ended on its day, silence, a lapse."""


class Source(BaseModel):
    """The document that says so: what an operator names who speaks for a body, or enters old history."""

    model_config = ConfigDict(defer_build=True, frozen=True, extra="forbid")

    document: str | Sealed
    date: str | None = None
    """The source's own date, as it writes it (ISO 8601 where known)."""
    url: str | Sealed | None = None
    sha256: str | None = None

    @model_validator(mode="before")
    @classmethod
    def _read(cls, value: Any) -> Any:
        return {"document": value} if isinstance(value, str) else value


class Event(BaseModel):
    """A fact in the past tense. Each has a ``kind``, stored and never renamed, and a version of its shape."""

    model_config = ConfigDict(defer_build=True, frozen=True, extra="forbid", populate_by_name=True)

    SCHEMA: ClassVar[int] = 1
    SHAPES_THE_PLAN: ClassVar[bool] = False
    """Whether it changes the plan's shape or course; such events never take effect before the last of their like."""


@dataclass(frozen=True, slots=True)
class Draft:
    """What a decision yields: an event, when it takes effect and who may see it; not yet numbered or recorded."""

    event: Event
    effective_at: datetime
    visibility: Visibility = "public"


@record(frozen=True, slots=True, kw_only=True)
class Entry:
    plan: str
    version: int
    """1..n within the plan, without a gap."""
    id: str
    kind: str
    schema: int
    actor: str
    """An opaque id; the name behind it lives in an erasable register."""
    role: str
    on_behalf_of: str | None
    source: Source | None
    effective_at: datetime
    recorded_at: datetime
    cycle: int
    phase: Phase | None
    cause: str | None
    """The id of the command that led to it; ``None`` for the clock."""
    visibility: Visibility
    event: SerializeAsAny[Event]

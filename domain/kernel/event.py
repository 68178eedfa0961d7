"""The base of every event, and the stamps that every event and entry carries.

A kind is part of the stored format: never renamed, never reused. ``domain.kernel.upcast`` converts older schemas.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, ClassVar, Final, Literal

from pydantic import BaseModel, ConfigDict, model_validator

from domain.kernel.text import Sealed
from domain.kernel.visibility import Visibility

__all__ = ["CLOCK", "EVENTS", "Event", "NewEvent", "Phase", "Source", "Subject", "Visibility", "about"]

Phase = Literal["action", "reflection", "adaptation"]

CLOCK = "clock"
"""Actor and role of an entry that a deadline caused: a phase closed on its day, a silence, a lapsed correction."""

Subject = tuple[str, str]
"""(kind of subject, id), for example ``("item", "1.1")`` or ``("correction", "cc-1")``."""


class Source(BaseModel):
    """The document that an operator names when speaking for a body, or when entering old history."""

    model_config = ConfigDict(defer_build=True, frozen=True, extra="forbid")

    document: str | Sealed
    date: str | None = None
    """The date that the document bears, as it is written there (ISO 8601 where known)."""
    url: str | Sealed | None = None
    sha256: str | None = None

    @model_validator(mode="before")
    @classmethod
    def _read(cls, value: Any) -> Any:
        return {"document": value} if isinstance(value, str) else value


@dataclass(frozen=True, slots=True)
class About:
    """Where an event names its subject: the first of these fields that has a value, or else a fixed id."""

    kind: str
    fields: tuple[str, ...]
    otherwise: str | None = None

    def subject(self, data: Mapping[str, Any]) -> Subject | None:
        """The subject of an event, from its fields or from its stored JSON: both use the same names."""
        for field in self.fields:
            if (value := data.get(field)) is not None:
                return self.kind, value if isinstance(value, str) else str(value)
        return (self.kind, self.otherwise) if self.otherwise is not None else None


def about(kind: str, *fields: str, otherwise: str | None = None) -> About:
    """Declare the subject of an event: ``SUBJECT = about("finding", "finding")``."""
    return About(kind, fields, otherwise)


EVENTS: Final[dict[str, type["Event"]]] = {}
"""Every event by its stored kind. A class adds itself when it is defined."""


class Event(BaseModel):
    """A fact in the past tense, immutable, without anything that can be derived from other entries."""

    model_config = ConfigDict(defer_build=True, frozen=True, extra="forbid", populate_by_name=True)

    if TYPE_CHECKING:
        kind: str
        """The stored kind: in every subclass a ``Literal`` with that kind as the default."""

    KIND: ClassVar[str] = ""
    SCHEMA: ClassVar[int] = 1
    """The version of the stored fields of this kind."""
    SHAPES_THE_PLAN: ClassVar[bool] = False
    """Whether it changes the plan's definition or course. Such events take effect in the order of recording."""
    ABOUT_THE_RECORD: ClassVar[bool] = False
    """Whether it is about the record and not the plan, such as a refusal. It does not change ``Plan.latest``."""
    SUBJECT: ClassVar[About | None] = None
    """How to read its subject. ``None``: the event has no subject, and no fact is derived from it."""
    ALSO_ABOUT: ClassVar[tuple[About, ...]] = ()
    """Further subjects under which it is listed."""
    LISTED_BY_CYCLE: ClassVar[bool] = False
    """Whether it is also listed under the cycle in which it was recorded."""
    IS_STATEMENT: ClassVar[bool] = False
    """Whether it is a statement of a body, not steering or the clock. Only statements can be contested."""
    IS_ANSWER: ClassVar[bool] = False
    """Whether it is an answer that the plan asks of its bodies: a report, a reflection, a decision."""
    IS_GROUND: ClassVar[bool] = False
    """Whether a lesson or a course correction may rest on it, by the id of the command that caused it."""
    NAMED_BY_SUBJECT: ClassVar[bool] = False
    """Whether others rest on it by the id of its subject instead."""
    STAYS_IF_CONTESTED: ClassVar[bool] = False
    """Whether it still counts, marked, when all its bodies contest it, because other entries refer to it."""
    CORRECTABLE: ClassVar[tuple[str, ...]] = ()
    """The fields that an erratum can correct. The subject of an event or a body's decision is no typing error."""

    @classmethod
    def __pydantic_init_subclass__(cls, **_: Any) -> None:
        kind = cls.model_fields["kind"].default if "kind" in cls.model_fields else None
        if kind is not None:
            cls.KIND = kind
            if EVENTS.setdefault(kind, cls) is not cls:
                raise TypeError(f"two events are of kind {kind}: {EVENTS[kind].__name__} and {cls.__name__}")

    @property
    def bodies_present(self) -> tuple[str, ...]:
        """The bodies that were present in its meeting, if a meeting speaks in it."""
        meeting = getattr(self, "session", None)
        return meeting.present if meeting is not None else ()


@dataclass(frozen=True, slots=True)
class NewEvent:
    """An event just decided: when it takes effect and who may see it. It has no number and is not recorded yet."""

    event: Event
    effective_at: datetime
    visibility: Visibility = "public"

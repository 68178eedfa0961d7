"""A meeting that speaks for the bodies present in it. The field is called ``session`` wherever a meeting is stored."""

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, model_validator

from domain.kernel.statement import Sha256, Statement
from domain.kernel.text import Id, SealableText, Sealed
from domain.plan_file.calendar import Day


class Meeting(Statement):
    """A meeting that speaks for the bodies present in it: its own date, its minutes and their digest."""

    date: Day
    minutes: str | Sealed
    """The minutes: the source of everything entered from this meeting."""
    sha256: Sha256 | None = None
    present: Annotated[tuple[Id, ...], Field(min_length=1)]
    absent: tuple[Id, ...] = ()


class MeetingPosition(Statement):
    """A body's position as the minutes state it."""

    position: Literal["endorse", "oppose", "abstain"]
    reason: SealableText | None = None


def _meeting_position(value: Any) -> Any:
    return {"position": value} if isinstance(value, str) else value


class DecidingMeeting(Meeting):
    """A meeting that decides. If ``present`` is missing, the bodies with a position are the bodies present."""

    positions: dict[Id, Annotated[MeetingPosition, BeforeValidator(_meeting_position)]] = Field(default_factory=dict)

    @model_validator(mode="before")
    @classmethod
    def _present(cls, value: Any) -> Any:
        if isinstance(value, dict) and isinstance(value.get("positions"), dict) and not value.get("present"):
            return value | {"present": list(value["positions"])}
        return value

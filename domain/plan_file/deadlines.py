"""The five kinds of deadline: a date, a month, a recurrence, some days after an event, or absent.

Until that event happens the milestone is *waiting*, never overdue. A deadline in words only is never overdue.
"""

import re
from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any, assert_never

from pydantic import (
    BaseModel,
    ConfigDict,
    Discriminator,
    Field,
    GetJsonSchemaHandler,
    Tag,
    model_serializer,
    model_validator,
)
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, PydanticCustomError

from domain.kernel.text import Absent, Id
from domain.plan_file.calendar import FIRST_YEAR, LAST_YEAR, LONGEST, Calendar, Day, Span, last_day


class _Deadline(BaseModel):
    model_config = ConfigDict(defer_build=True, frozen=True, extra="forbid", populate_by_name=True)


class OnDay(_Deadline):
    """``2027-02-26``: until that day ends."""

    day: Day

    @model_validator(mode="before")
    @classmethod
    def _read(cls, value: Any) -> Any:
        return {"day": value} if isinstance(value, str) else value

    @model_serializer
    def _write(self) -> str:
        return self.day.isoformat()

    @classmethod
    def __get_pydantic_json_schema__(cls, _core: CoreSchema, _: GetJsonSchemaHandler) -> JsonSchemaValue:
        """The schema of the written form, not of the fields."""
        return {"type": "string", "format": "date", "description": cls.__doc__}


class InMonth(_Deadline):
    """``2027-06``: until the month's last day ends."""

    year: int
    month: int

    @model_validator(mode="before")
    @classmethod
    def _read(cls, value: Any) -> Any:
        if not isinstance(value, str):
            return value
        year, month = int(value[:4]), int(value[5:])
        if not 1 <= month <= 12:
            raise PydanticCustomError("impossible_date", "{given}", {"given": value})
        if not FIRST_YEAR <= year <= LAST_YEAR:
            raise PydanticCustomError("out_of_range", "{given}", {"given": value})
        return {"year": year, "month": month}

    @model_serializer
    def _write(self) -> str:
        return f"{self.year:04}-{self.month:02}"

    @classmethod
    def __get_pydantic_json_schema__(cls, _core: CoreSchema, _: GetJsonSchemaHandler) -> JsonSchemaValue:
        """The schema of the written form, not of the fields."""
        return {"type": "string", "pattern": "^[0-9]{4}-(0[1-9]|1[0-2])$", "description": cls.__doc__}


class Recurring(_Deadline):
    """``{every: month, day: 10, until: 2027-12-10}``: repeatedly, from one day until another."""

    every: Span
    day: Annotated[int, Field(ge=1, le=31)] | None = None
    start: Annotated[Day | None, Field(alias="from")] = None
    until: Day | None = None

    @model_validator(mode="after")
    def _by_days(self) -> "Recurring":
        if self.every.unit in ("seconds", "working_days"):
            raise PydanticCustomError("recurs_by_days", "recurs by days")
        return self

    @model_serializer
    def _write(self) -> dict[str, Any]:
        written = {"every": self.every.model_dump(), "day": self.day, "from": self.start, "until": self.until}
        return {
            key: str(value) if isinstance(value, date) else value for key, value in written.items() if value is not None
        }

    def next_from(self, today: date, since: date, calendar: Calendar) -> date | None:
        """Its first date from ``today`` on, counted from ``start`` (or else ``since``); ``None`` after its end."""
        begin = self.start or since
        match self.every.unit:
            case "days" | "weeks":
                step = self.every.amount * (7 if self.every.unit == "weeks" else 1)
                passed = -(-(today - begin).days // step)
            case _:
                months = self.every.amount * (12 if self.every.unit == "years" else 1)
                passed = ((today.year - begin.year) * 12 + today.month - begin.month) // months
        for count in range(max(passed - 1, 0), max(passed, 0) + 3):
            later = self.every.model_copy(update={"amount": self.every.amount * count})
            reached = calendar.add(begin, later) if count else begin
            if self.day and self.every.unit in ("months", "years"):
                reached = reached.replace(day=min(self.day, last_day(reached.year, reached.month)))
            if reached > begin and reached >= today:
                return None if self.until and reached > self.until else reached
        return None


class After(_Deadline):
    """``{after: guidance, days: 90}``: days or working days after a milestone is done or an awaited event declared."""

    after: Id
    days: Annotated[int, Field(ge=0, le=LONGEST["days"])] | None = None
    working_days: Annotated[int, Field(ge=0, le=2_500)] | None = None

    @model_validator(mode="after")
    def _one_count(self) -> "After":
        if (self.days is None) == (self.working_days is None):
            raise PydanticCustomError("days_or_working_days", "days or working_days")
        return self

    @model_serializer
    def _write(self) -> dict[str, Any]:
        kind, amount = ("days", self.days) if self.days is not None else ("working_days", self.working_days)
        return {"after": self.after, kind: amount}


def _kind(value: Any) -> str | None:
    match value:
        case str() if re.fullmatch(r"\d{4}-\d{2}", value):
            return "month"
        case InMonth():
            return "month"
        case Recurring():
            return "recurring"
        case After():
            return "after"
        case Absent():
            return "absent"
        case dict() if "every" in value:
            return "recurring"
        case dict() if "after" in value:
            return "after"
        case dict() if "absent" in value:
            return "absent"
        case str() if re.fullmatch(r"\d{4}-\d{2}-\d{2}", value):
            return "day"
        case OnDay():
            return "day"
        case _:
            return None


Deadline = Annotated[
    Annotated[OnDay, Tag("day")]
    | Annotated[InMonth, Tag("month")]
    | Annotated[Recurring, Tag("recurring")]
    | Annotated[After, Tag("after")]
    | Annotated[Absent, Tag("absent")],
    Discriminator(_kind, custom_error_type="not_a_deadline", custom_error_message="not a deadline"),
]
"""The kind follows from the form: a day, a month, ``every``, ``after``, or ``absent``."""


def due_day(deadline: Deadline, happened: Mapping[str, date], calendar: Calendar) -> date | None:
    """The day on which a deadline falls. ``None``: it waits for an event, recurs, or has no date.

    ``happened``: the day of each declared awaited event and of each milestone that is done.
    """
    match deadline:
        case OnDay(day=day):
            return day
        case InMonth(year=year, month=month):
            return date(year, month, last_day(year, month))
        case After(after=subject, days=days, working_days=working_days):
            if subject not in happened:
                return None
            if days is not None:
                return calendar.add(happened[subject], Span(amount=days, unit="days")) if days else happened[subject]
            amount = working_days or 0
            return (
                calendar.add(happened[subject], Span(amount=amount, unit="working_days"))
                if amount
                else happened[subject]
            )
        case Recurring() | Absent():
            return None
        case _:
            assert_never(deadline)


def is_waiting(deadline: Deadline, happened: Mapping[str, date]) -> bool:
    """Whether the deadline counts from an event that has not happened yet."""
    return isinstance(deadline, After) and deadline.after not in happened

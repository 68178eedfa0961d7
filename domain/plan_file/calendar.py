"""Days, windows and working days in a plan's time zone.

A date is a whole day in the plan's time zone: *due on the 30th* means until the 30th ends there. Moments are UTC.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from itertools import islice
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    GetJsonSchemaHandler,
    PlainSerializer,
    model_serializer,
    model_validator,
)
from pydantic.functional_validators import AfterValidator, BeforeValidator
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, PydanticCustomError

Unit = Literal["seconds", "days", "working_days", "weeks", "months", "years"]

_SPAN = re.compile(r"(?:(\d{1,5})\s+)?(working[ _]day|day|week|month|year)s?")
_ISO = re.compile(
    r"P(?:(\d{1,4})Y)?(?:(\d{1,4})M)?(?:(\d{1,4})W)?(?:(\d{1,5})D)?(?:T(?:(\d{1,5})H)?(?:(\d{1,6})M)?(?:(\d{1,8})S)?)?"
)
TICK = timedelta(microseconds=1)
"""The distance from the last moment of a day to the start of the next one."""

LONGEST: dict[Unit, int] = {
    "seconds": 366 * 86_400,
    "days": 36_525,
    "working_days": 2_000,
    "weeks": 5_218,
    "months": 1_200,
    "years": 100,
}
"""The longest span of each unit: the sum of a date and a span stays in the calendar, and can be read back."""

FARTHEST = 3_660
"""Days within which working days are searched: a longer list of closed days must not stop the calendar."""

FIRST_YEAR, LAST_YEAR = 1000, 2999
"""The years that a plan may use; far enough from the ends of the calendar for any time zone and span."""


class Span(BaseModel):
    """A length of time as written in a plan: ``3 months``, ``10 working_days``, ``week``; or ISO 8601 (``P3M``)."""

    model_config = ConfigDict(defer_build=True, frozen=True, extra="forbid")

    amount: int = Field(gt=0)
    unit: Unit

    @model_validator(mode="before")
    @classmethod
    def _read(cls, value: Any) -> Any:
        if not isinstance(value, str):
            return value
        if found := _SPAN.fullmatch(value.strip()):
            unit = found[2].replace(" ", "_") + "s"
            return {"amount": int(found[1] or 1), "unit": unit}
        parts = _ISO.fullmatch(value.strip())
        named = [int(part or 0) for part in parts.groups()] if parts else []
        if sum(named) == 0:
            raise PydanticCustomError("not_a_span", "{given}", {"given": value[:40]})
        years, months, weeks, days, hours, minutes, seconds = named
        choices: list[tuple[int, Unit]] = [
            (years * 12 + months, "months"),
            (weeks * 7 + days, "days"),
            (hours * 3600 + minutes * 60 + seconds, "seconds"),
        ]
        given = [choice for choice in choices if choice[0]]
        if len(given) > 1:
            raise PydanticCustomError("not_a_span", "{given}", {"given": value[:40]})
        return {"amount": given[0][0], "unit": given[0][1]}

    @model_validator(mode="after")
    def _bounded(self) -> "Span":
        if self.amount > LONGEST[self.unit]:
            raise PydanticCustomError("out_of_range", "{given}", {"given": f"{self.amount} {self.unit}"})
        return self

    @model_serializer
    def _write(self) -> str:
        return f"PT{self.amount}S" if self.unit == "seconds" else f"{self.amount} {self.unit}"

    @classmethod
    def __get_pydantic_json_schema__(cls, _core: CoreSchema, _: GetJsonSchemaHandler) -> JsonSchemaValue:
        """The schema of the written form, not of the fields."""
        return {"type": "string", "examples": ["3 months", "10 working_days", "P3M"], "description": cls.__doc__}


def _day(value: Any) -> Any:
    if not isinstance(value, date):
        if not isinstance(value, str) or not re.fullmatch(r"\d{4}-\d{2}-\d{2}", value):
            value = str(value)
            raise PydanticCustomError("not_a_date", "{given}", {"given": value[:40]})
        try:
            return date.fromisoformat(value)
        except ValueError:
            raise PydanticCustomError("impossible_date", "{given}", {"given": value}) from None
    return value


def _moment(value: Any) -> Any:
    if isinstance(value, datetime):
        return value
    if not isinstance(value, str) or not re.match(r"\d{4}-\d{2}-\d{2}[Tt ]\d", value):
        raise PydanticCustomError("not_a_moment", "{given}", {"given": str(value)[:40]})
    return value


def _within_reach(value: Any) -> Any:
    if not FIRST_YEAR <= value.year <= LAST_YEAR:
        raise PydanticCustomError("out_of_range", "{given}", {"given": value.isoformat()})
    return value


def _with_offset(value: datetime) -> datetime:
    if value.tzinfo is None:
        raise PydanticCustomError("not_a_moment", "{given}", {"given": value.isoformat()})
    return value


Day = Annotated[
    date, BeforeValidator(_day), AfterValidator(_within_reach), PlainSerializer(date.isoformat, return_type=str)
]
"""A date that exists, written YYYY-MM-DD."""

Moment = Annotated[datetime, BeforeValidator(_moment), AfterValidator(_with_offset), AfterValidator(_within_reach)]
"""A date and time with its offset from UTC (RFC 3339); without an offset it would be ambiguous."""


class Days(BaseModel):
    """A range of days, both ends included; written ``2027-03-22`` or ``2027-03-22/2027-04-02``."""

    model_config = ConfigDict(defer_build=True, frozen=True, extra="forbid")

    first: Day
    last: Day

    @model_validator(mode="before")
    @classmethod
    def _read(cls, value: Any) -> Any:
        if isinstance(value, str):
            first, _, last = value.partition("/")
            return {"first": first, "last": last or first}
        return value

    @model_validator(mode="after")
    def _ordered(self) -> "Days":
        if self.last < self.first:
            raise PydanticCustomError("ends_before_it_begins", "{given}", {"given": f"{self.first}/{self.last}"})
        return self

    @model_serializer
    def _write(self) -> str:
        return f"{self.first}" if self.first == self.last else f"{self.first}/{self.last}"

    @classmethod
    def __get_pydantic_json_schema__(cls, _core: CoreSchema, _: GetJsonSchemaHandler) -> JsonSchemaValue:
        """The schema of the written form, not of the fields."""
        return {"type": "string", "examples": ["2027-03-22", "2027-03-22/2027-04-02"], "description": cls.__doc__}


@dataclass(frozen=True)
class Calendar:
    """A plan's time zone and its closed days (holidays, recesses)."""

    zone: ZoneInfo
    closed: tuple[Days, ...] = ()

    def day_of(self, moment: datetime) -> date:
        return moment.astimezone(self.zone).date()

    def start_of(self, day: date) -> datetime:
        return datetime.combine(day, time(), self.zone).astimezone(UTC)

    def end_of(self, day: date) -> datetime:
        """The first moment after the day."""
        return self.start_of(day + timedelta(days=1))

    def last_moment_of(self, day: date) -> datetime:
        return self.end_of(day) - TICK

    def is_working(self, day: date) -> bool:
        return day.weekday() < 5 and not any(span.first <= day <= span.last for span in self.closed)

    def days(self, since: datetime, until: datetime) -> list[date]:
        """The days that a window touches, in order; its last moment is just before ``until``."""
        first, last = self.day_of(since), self.day_of(max(since, until - TICK))
        return [first + timedelta(days=number) for number in range((last - first).days + 1)]

    def days_from(self, day: date, step: int) -> Iterator[date]:
        """Working days after (or, with step -1, before) a day, within ``FARTHEST`` days."""
        for offset in range(1, FARTHEST):
            other = day + timedelta(days=step * offset)
            if self.is_working(other):
                yield other

    def add(self, day: date, span: Span, sign: int = 1) -> date:
        """The day that lies a span after a day (or before, with sign -1); the day itself does not count."""
        amount = sign * span.amount
        match span.unit:
            case "seconds":
                return day + timedelta(seconds=amount)
            case "days":
                return day + timedelta(days=amount)
            case "weeks":
                return day + timedelta(weeks=amount)
            case "months":
                return add_months(day, amount)
            case "years":
                return add_months(day, 12 * amount)
            case "working_days":
                reached = list(islice(self.days_from(day, sign), span.amount))
                return reached[-1] if len(reached) == span.amount else day + timedelta(days=sign * FARTHEST)

    def next_on_grid(self, anchor: date, every: Span, after: date) -> date:
        """The first day past another that lies a whole number of spans after an anchor; spans of days or longer.

        Months are counted from the anchor, so that a period begun on the 31st ends with every month and does not drift.
        """
        match every.unit:
            case "months" | "years":
                step = every.amount * (12 if every.unit == "years" else 1)
                passed = ((after.year - anchor.year) * 12 + after.month - anchor.month) // step
                reached = (add_months(anchor, step * count) for count in range(max(passed, 1), max(passed, 1) + 3))
                return next(day for day in reached if day > after)
            case "days" | "weeks":
                length = every.amount * (7 if every.unit == "weeks" else 1)
                return anchor + timedelta(days=length * max((after - anchor).days // length + 1, 1))
            case _:
                day = anchor
                while day <= after:
                    day = self.add(day, every)
                return day

    def is_on_grid(self, anchor: date, every: Span, day: date) -> bool:
        """Whether a day lies a whole number of spans after an anchor, or is the anchor."""
        return day == anchor or (day > anchor and self.next_on_grid(anchor, every, day - timedelta(days=1)) == day)

    def after(self, moment: datetime, span: Span) -> datetime:
        """When a window opened at a moment ends. Except for seconds, it ends with a day. A whole first day counts."""
        if span.unit == "seconds":
            return moment + timedelta(seconds=span.amount)
        day = self.day_of(moment)
        whole = self.start_of(day) == moment
        if whole and span.unit in ("months", "years"):
            return self.start_of(self.add(day, span))  # a window begun on the 1st always ends with a month
        return self.end_of(self.add(day - timedelta(days=1) if whole else day, span))

    def before(self, moment: datetime, span: Span) -> datetime:
        """When a window must open to end at a moment."""
        if span.unit == "seconds":
            return moment - timedelta(seconds=span.amount)
        return self.start_of(self.add(self.day_of(moment), span, sign=-1))


def add_months(day: date, months: int) -> date:
    """The same day some months later, or the last day of that month if it is shorter."""
    index = day.year * 12 + day.month - 1 + months
    year, month = index // 12, index % 12 + 1
    return date(year, month, min(day.day, last_day(year, month)))


def last_day(year: int, month: int) -> int:
    return (date(year + month // 12, month % 12 + 1, 1) - timedelta(days=1)).day


@lru_cache(maxsize=256)
def calendar(timezone: str, closed: tuple[Days, ...] = ()) -> Calendar:
    """The calendar of a time zone, cached. Raises ``ZoneInfoNotFoundError`` for an unknown one: check it before."""
    return Calendar(ZoneInfo(timezone), closed)

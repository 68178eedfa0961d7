"""Availability: on how many of a window's working days the system could take answers.

The ledger records the hours and passes them to the decision. The counts are stored in the event, so that no fold
needs the hours.
"""

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from domain.kernel.context import Hours
from domain.plan_file.calendar import Calendar

Pause = tuple[datetime, datetime]


@dataclass(frozen=True, slots=True)
class Availability:
    """On how many of a window's working days the system was available; of all its days if none is a working day."""

    open_days: int
    working_days: int

    @property
    def at_least_half(self) -> bool:
        """Whether it was available on at least half of them. On fewer, no silence is recorded."""
        return self.open_days * 2 >= self.working_days


def availability(
    calendar: Calendar, since: datetime, until: datetime, pauses: Sequence[Pause], open_hours: Hours | None
) -> Availability:
    """The availability in a window. Days that a pause covers do not count.

    ``open_hours``: the hours in which the system could take commands; ``None``: always, as in a rehearsal. An hour
    belongs to the day on which it begins in the plan's time zone.
    """
    days = [day for day in calendar.days(since, until) if not _paused(calendar, day, pauses)]
    counted = [day for day in days if calendar.is_working(day)] or days
    if open_hours is None:
        return Availability(len(counted), len(counted))
    return Availability(sum(_was_open(calendar, day, open_hours) for day in counted), len(counted))


def _paused(calendar: Calendar, day: date, pauses: Sequence[Pause]) -> bool:
    return any(begun <= calendar.start_of(day) and calendar.end_of(day) <= ended for begun, ended in pauses)


def _was_open(calendar: Calendar, day: date, open_hours: Hours) -> bool:
    first = bisect_left(open_hours, calendar.start_of(day))
    return first < len(open_hours) and open_hours[first] < calendar.end_of(day)

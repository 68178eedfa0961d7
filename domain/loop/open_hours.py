"""Whether the door was open: on how many of a window's working days somebody could have answered.

When it was is a fact of the ledger. It arrives with what is decided, is judged here, and what was judged stands in the
event: no fold ever looks at it again.
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
    """On how many of a window's working days the door was open; of all its days, where none was a working day."""

    open_days: int
    working_days: int

    @property
    def was_half(self) -> bool:
        """Whether that is at least half of them: on fewer nobody can be said to have kept silent."""
        return self.open_days * 2 >= self.working_days


def availability(
    calendar: Calendar, since: datetime, until: datetime, pauses: Sequence[Pause], open_hours: Hours | None
) -> Availability:
    """How open the door was in a window. Days that a pause covers do not count.

    ``None`` for the hours: nobody keeps a door, as where time is skipped, and it is taken to be always open. An hour
    belongs to the day on which it begins where the plan lives.
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

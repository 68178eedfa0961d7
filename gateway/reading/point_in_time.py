"""Points in a plan's history as people write them: an entry's number, a date, or a moment."""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Final

from domain.plan_file.calendar import Calendar
from language import N_

POINTS: Final[dict[str, str]] = {
    "not_a_point": N_(
        "{given} is neither a date (2027-06-30), nor a moment (2027-06-30T12:00:00Z), nor an entry's number."
    ),
    "no_zone": N_("{given} does not say where on earth: end it with Z or with an offset such as -06:00."),
    "no_such_entry": N_("The plan has {last} entries; there is no entry {given}."),
    "nothing_yet": N_("At that point nothing of {plan} had taken effect or been recorded."),
}


class NoSuchPoint(Exception):
    """A point that cannot be read, or before which the plan has no entry. ``code`` is one of ``POINTS``."""

    def __init__(self, code: str, **params: str) -> None:
        self.code, self.params = code, params
        super().__init__(POINTS[code].format_map(params))


@dataclass(frozen=True, slots=True)
class PointInTime:
    """Which state of a plan is wanted. A limit that is ``None`` does not apply; without limits it is the present."""

    as_of: str | None = None
    """By the effective clock: a date or a moment."""
    recorded_by: str | None = None
    """By the recorded clock: a date or a moment."""
    at_version: int | None = None
    """The last entry that counts."""

    @property
    def is_now(self) -> bool:
        return self.as_of is None and self.recorded_by is None and self.at_version is None


def parse_moment(given: str, calendar: Calendar) -> datetime:
    """A moment in UTC. A date stands for its last moment in the plan's time zone; a time must name its own zone.

    Raises ``NoSuchPoint``.
    """
    shown = given[:40]
    try:
        if len(given) <= len("2027-06-30"):
            return calendar.last_moment_of(date.fromisoformat(given))
        read = datetime.fromisoformat(given)
        if read.tzinfo is not None:
            return read.astimezone(UTC)
    except (ValueError, OverflowError):
        raise NoSuchPoint("not_a_point", given=shown) from None
    raise NoSuchPoint("no_zone", given=shown)


def parse_version(given: str) -> int | None:
    """An entry's number; ``None`` if the text is not one."""
    return int(given) if given.isascii() and given.isdigit() and len(given) < 10 else None

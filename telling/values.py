"""Single values in words: texts, dates, moments in the plan's time zone, statuses, deadlines."""

from __future__ import annotations

import re
import shutil
import textwrap
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import TYPE_CHECKING, Any, Final
from zoneinfo import ZoneInfo

from language import N_, _, current_language, ngettext

if TYPE_CHECKING:
    from domain.views.models.parts import ScaleWordPart
    from domain.views.models.plan import MilestoneView, PlanHeadView, PlanView

ABSENT: Final = {
    "not_stated": N_("not stated"),
    "not_published": N_("not published"),
    "not_due": N_("not due yet"),
    "not_reported": N_("not reported"),
    "not_reviewed": N_("not reviewed"),
    "not_collected": N_("not collected"),
    "not_applicable": N_("not applicable"),
}
PHASES: Final = {"action": N_("action"), "reflection": N_("reflection"), "adaptation": N_("adaptation")}
ROLES: Final = {
    "operator": N_("operator"),
    "partner": N_("partner"),
    "reviewer": N_("reviewer"),
    "auditor": N_("auditor"),
    "admin": N_("administrator"),
    "clock": N_("calendar"),
}
VISIBILITIES: Final = {
    "public": N_("public"),
    "partners": N_("for partners"),
    "restricted": N_("restricted"),
}
WEEKDAYS: Final = (
    N_("Monday"), N_("Tuesday"), N_("Wednesday"), N_("Thursday"), N_("Friday"), N_("Saturday"), N_("Sunday"),
)  # fmt: skip
MONTHS: Final = (
    N_("January"), N_("February"), N_("March"), N_("April"), N_("May"), N_("June"), N_("July"), N_("August"),
    N_("September"), N_("October"), N_("November"), N_("December"),
)  # fmt: skip
PLAN_STATUSES: Final = {
    "unknown": N_("not started"),
    "open": N_("open"),
    "paused": N_("paused"),
    "closed": N_("closed"),
}
STATUS_SYMBOLS: Final = {"not_started": "○", "under_way": "◐", "waiting": "◷", "done": "●", "stopped": "✕"}
STATUS_WORDS: Final = {"not_reported": N_("not reported"), "withheld": N_("withheld")}
_STAMP: Final = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d{1,6})?(Z|[+-]\d\d:\d\d)")


def localized(value: Any) -> str:
    """A text in the reader's language, or the reason for its absence; always one line.

    ``value`` is a text of a view, or of a stored event, which has the same form as JSON.
    """
    match value:
        case None:
            return ""
        case {"absent": why}:
            return _(ABSENT.get(why, str(why)))
        case {"sealed": _digest, "opened": opened}:
            return localized(opened)
        case {"sealed": _digest, "erased": True}:
            return _("(erased)")
        case {"sealed": _digest}:
            return _("(sealed)")
        case {"withheld": _class}:
            return _("(withheld)")
        case dict():
            found = value.get(current_language()) or value.get("en") or next(iter(value.values()), "")
            return one_line(str(found))
        case _ if hasattr(value, "as_json"):
            return localized(value.as_json())
        case _:
            return one_line(str(value))


def also(text: Any) -> str:
    """A text behind a sentence, with the space before it; empty if there is none."""
    return f" {localized(text)}" if text else ""


def one_line(text: str) -> str:
    """A text without line breaks and without control characters, which a terminal would execute."""
    return " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())


def zone_of(plan: PlanHeadView) -> tzinfo:
    """The plan's time zone; it was checked when the plan started."""
    return ZoneInfo(plan.timezone)


def moment(at: datetime | str | None, zone: tzinfo) -> str:
    """A moment in the plan's time zone, to the minute. Stored events have moments as text."""
    return _datetime(at).astimezone(zone).strftime("%Y-%m-%d %H:%M") if at else "-"


def _datetime(at: datetime | str) -> datetime:
    return datetime.fromisoformat(at) if isinstance(at, str) else at


def plain_moments(text: str) -> str:
    """A sentence with its RFC 3339 stamps shortened to the minute; each keeps its own offset."""

    def plain(stamp: re.Match[str]) -> str:
        return datetime.fromisoformat(stamp[0]).strftime("%Y-%m-%d %H:%M %Z")

    return _STAMP.sub(plain, text)


def day(at: datetime | str | None, zone: tzinfo) -> str:
    """The day of a moment in the plan's time zone: ``2027-01-22``."""
    return moment(at, zone)[:10]


def long_date(on: date) -> str:
    """``Friday 22 January 2027``."""
    return _("{weekday} {day} {month} {year}").format(
        weekday=_(WEEKDAYS[on.weekday()]), day=on.day, month=_(MONTHS[on.month - 1]), year=on.year
    )


def date_text(iso: Any) -> str:
    """``2027-06-30`` as ``30 June 2027``; anything but a date stays as it is."""
    try:
        on = date.fromisoformat(str(iso))
    except ValueError:
        return str(iso)
    return _("{day} {month} {year}").format(day=on.day, month=_(MONTHS[on.month - 1]), year=on.year)


def day_text(at: datetime | str | None, zone: tzinfo) -> str:
    """The day of a moment in the plan's time zone: ``22 January 2027``."""
    return date_text(day(at, zone))


def until(at: datetime | str, zone: tzinfo) -> str:
    """The end of a window, exclusive, as people say it: its last day if it ends at midnight, or else the minute."""
    end = _datetime(at).astimezone(zone)
    if end.time() == time.min:
        return _("through {day}").format(day=long_date(end.date() - timedelta(days=1)))
    return _("until {day}, {hour}").format(day=long_date(end.date()), hour=end.strftime("%H:%M"))


def listed(names: Iterable[str]) -> str:
    """``Public works, Treasury and Transparency``."""
    *others, last = [*names] or [""]
    if not others:
        return last
    # Spanish "y" becomes "e" before the sound of i.
    before_i = current_language() == "es" and re.match(r"h?i(?!e)|hí|í", last.lower())
    pair = "{others} e {last}" if before_i else _("{others} and {last}")
    return pair.format(others=", ".join(others), last=last)


def named(id_: str, name: Any) -> str:
    """The name of a partner or another part; its id if the name is empty."""
    return localized(name) or id_


def names_of(plan: PlanView) -> dict[str, str]:
    """The names of the plan's bodies by id, former partners included."""
    return {one.id: named(one.id, one.name) for one in (*plan.former_partners, *plan.partners)}


def status_of(status: Any, means: str | None, scale: Mapping[str, ScaleWordPart]) -> str:
    """A status: its symbol and its word in the plan's own scale. Colour alone never carries it."""
    match status:
        case {"absent": why}:
            return "· " + _("status {why}").format(why=_(ABSENT.get(why, str(why))))
        case str() as word if word in STATUS_WORDS and word not in scale:
            return "· " + _(STATUS_WORDS[word])
        case word:
            known = scale.get(word)
            symbol = STATUS_SYMBOLS.get(means or (known.means if known else ""), "·")
            return f"{symbol} {localized(known.label if known else None) or localized(word)}"


def counted(count: int | None, of: int | None, what: Any) -> str:
    """``7 of 12 municipalities``; empty if nothing is counted."""
    if count is None:
        return ""
    amount = str(count) if of is None else _("{count} of {whole}").format(count=count, whole=of)
    return f"{amount} {localized(what)}".strip()


def deadline(milestone: MilestoneView) -> str:
    """A deadline, with the plan's own words for it in parentheses."""
    return _due(milestone) + (f" («{localized(milestone.stated)}»)" if milestone.stated else "")


def _due(milestone: MilestoneView) -> str:
    # Loaded already, since there is a view.
    from domain.views.models.parts import RecurringDeadlinePart, RelativeDeadlinePart  # noqa: PLC0415

    match milestone.deadline:
        case None:
            return _("no deadline")
        case str():
            return _("due {date}").format(date=date_text(milestone.due))
        case RelativeDeadlinePart(after=after, days=days, working_days=working_days):
            words = days_after(after, days, working_days)
            if milestone.waiting:
                return _("due {words}, which has not happened yet").format(words=words)
            return _("due {date}, {words}").format(date=date_text(milestone.due), words=words)
        case RecurringDeadlinePart(every=given):
            if milestone.next:
                return _("due {every}; next on {date}").format(every=every(given), date=date_text(milestone.next))
            return _("due {every}").format(every=every(given))
        case absent:
            return _("deadline {why}").format(why=localized(absent))


def days_after(after: str, days: int | None, working_days: int | None) -> str:
    """``10 working days after 4.2``: a deadline that is counted from an event."""
    if working_days:
        words = ngettext("{days} working day after {after}", "{days} working days after {after}", working_days)
    else:
        words = ngettext("{days} day after {after}", "{days} days after {after}", days or 0)
    return words.format(days=working_days or days or 0, after=after)


def every(value: Any) -> str:
    """How often a deadline recurs: ``every month``, ``every 3 months``."""
    count, unit = _count_and_unit(value)
    alone = {"day": N_("every day"), "week": N_("every week"), "month": N_("every month"), "year": N_("every year")}
    return _(alone[unit]) if count == 1 and unit in alone else _("every {span}").format(span=span(value))


def span(value: Any) -> str:
    """A length of time: ``3 months``."""
    count, unit = _count_and_unit(value)
    match unit:
        case "second":
            words = ngettext("{count} second", "{count} seconds", count)
        case "day":
            words = ngettext("{count} day", "{count} days", count)
        case "working_day":
            words = ngettext("{count} working day", "{count} working days", count)
        case "week":
            words = ngettext("{count} week", "{count} weeks", count)
        case "month":
            words = ngettext("{count} month", "{count} months", count)
        case "year":
            words = ngettext("{count} year", "{count} years", count)
        case _:
            return localized(value)
    return words.format(count=count)


def _count_and_unit(value: Any) -> tuple[int, str]:
    """``3 months`` as 3 and ``month``; ``month`` alone is 1."""
    amount, _space, unit = str(value).partition(" ")
    return int(amount) if amount.isdigit() else 1, (unit or amount).replace(" ", "_").rstrip("s")


def trigger(name: str | None, plan: PlanView) -> str:
    """A trigger of course corrections; a plan's view names the ordinary ones and its own."""
    return localized(plan.triggers.get(name or "")) or name or "-"


def authority(one: Mapping[str, Any]) -> str:
    """The document that authorises something, with its number and date."""
    return " ".join(localized(one[key]) for key in ("document", "number", "date") if one.get(key))


def witness(plan: str, version: int, hash_: str, recorded_at: datetime | str | None) -> str:
    """A line for the minutes of a meeting: compared with the history years later, it shows whether that was rewritten.

    The time is in UTC and labelled so, because the line must read the same wherever it is compared.
    """
    number = _("entry {number}").format(number=version)
    return f"{plan} · {number} · {hash_[:32]} · {moment(recorded_at, UTC)} UTC"


def wrapped(text: str, indent: int = 2, first: str = "", hang: int | None = None) -> Iterator[str]:
    """A paragraph wrapped at the terminal's width, at most 100 columns, with ``first`` before its first line.

    The other lines are indented by ``hang``; without it, by the length of ``first`` up to 8 columns, or else by 4.
    """
    width = max(40, min(shutil.get_terminal_size((100, 24)).columns, 100))
    margin = " " * indent
    inner = hang if hang is not None else len(first) if len(first) <= 8 else 4
    lines = textwrap.wrap(
        first + text,
        width,
        initial_indent=margin,
        subsequent_indent=margin + " " * inner,
        break_long_words=False,
        break_on_hyphens=False,
    )
    yield from lines or [margin + first.rstrip()]

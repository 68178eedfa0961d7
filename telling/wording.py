"""Single values in words: text in the reader's language, moments where the plan lives, statuses, deadlines."""

import re
import shutil
import textwrap
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, tzinfo
from typing import Any, Final
from zoneinfo import ZoneInfo

from language import N_, _, current_language, ngettext

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
PLAN_STATUSES: Final = {
    "unknown": N_("not started"),
    "open": N_("open"),
    "paused": N_("paused"),
    "closed": N_("closed"),
}
STATUS_SYMBOLS: Final = {"not_started": "○", "under_way": "◐", "waiting": "◷", "done": "●", "stopped": "✕"}
STATUS_WORDS: Final = {"not_reported": N_("not reported"), "withheld": N_("withheld")}
TRIGGERS: Final = {
    "new_information": N_("new information"),
    "external_event": N_("an external event"),
    "roadblock": N_("a roadblock"),
    "achievement": N_("an achievement"),
    "assumption_breach": N_("an assumption that no longer holds"),
    "assessment": N_("an assessment"),
    "audit_finding": N_("an audit finding"),
}

_STAMP: Final = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d{1,6})?(Z|[+-]\d\d:\d\d)")


def localized(value: Any) -> str:
    """A text in the reader's language, or why there is none; one line, whatever was typed."""
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
        case _:
            return one_line(str(value))


def one_line(text: str) -> str:
    """A text without line breaks and without control characters, which a terminal would obey."""
    return " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())


def zone_of(plan: Mapping[str, Any]) -> tzinfo:
    """Where the plan lives; every plan's zone was checked when it started."""
    return ZoneInfo(str(plan.get("timezone") or "UTC"))


def moment(stamp: str | None, zone: tzinfo) -> str:
    """A moment as the plan's own clock shows it, to the minute."""
    return datetime.fromisoformat(stamp).astimezone(zone).strftime("%Y-%m-%d %H:%M") if stamp else "-"


def plain_moments(text: str) -> str:
    """A sentence with its moments to the minute, each with the zone that it was given in."""

    def plain(stamp: re.Match[str]) -> str:
        return datetime.fromisoformat(stamp[0]).strftime("%Y-%m-%d %H:%M %Z")

    return _STAMP.sub(plain, text)


def day(stamp: str | None, zone: tzinfo) -> str:
    """The plan's day of a moment."""
    return moment(stamp, zone)[:10]


def named(item: Mapping[str, Any]) -> str:
    """What a partner, stakeholder or other part is called."""
    return localized(item.get("name")) or str(item["id"])


def names_of(plan: Mapping[str, Any]) -> dict[str, str]:
    """The plan's bodies by their ids, those among them that take part no more."""
    return {one["id"]: named(one) for one in (*plan.get("former_partners", ()), *plan.get("partners", ()))}


def status_of(item: Mapping[str, Any], scale: Mapping[str, Any]) -> str:
    """A status with its symbol and its word in the plan's own scale; never by colour alone."""
    status: Any = item.get("status")
    match status:
        case {"absent": why}:
            return "· " + _("status {why}").format(why=_(ABSENT.get(why, str(why))))
        case str() as word if word in STATUS_WORDS and word not in scale:
            return "· " + _(STATUS_WORDS[word])
        case word:
            known = scale.get(word, {})
            symbol = STATUS_SYMBOLS.get(item.get("means") or known.get("means") or "", "·")
            return f"{symbol} {said(known.get('label')) or said(word)}"


def counted(item: Mapping[str, Any]) -> str:
    """``7 of 12 municipalities``, where something is counted."""
    if item.get("count") is None:
        return ""
    count = str(item["count"])
    if item.get("of") is not None:
        count = _("{count} of {whole}").format(count=count, whole=item["of"])
    return f"{count} {said(item.get('what'))}".strip()


def deadline(milestone: Mapping[str, Any], zone: tzinfo) -> str:
    """A deadline, with the plan's own words for it."""
    own = f" («{said(milestone['stated'])}»)" if milestone.get("stated") else ""
    return _due(milestone) + own


def _due(milestone: Mapping[str, Any]) -> str:
    rule: Any = milestone.get("deadline")
    match rule:
        case {"after": after}:
            days = rule.get("working_days") or rule.get("days") or 0
            if rule.get("working_days"):
                words = ngettext("{days} working day after {after}", "{days} working days after {after}", days)
            else:
                words = ngettext("{days} day after {after}", "{days} days after {after}", days)
            words = words.format(days=days, after=after)
            if milestone.get("waiting"):
                return _("due {words}; it waits for that").format(words=words)
            return _("due {date}, {words}").format(date=milestone.get("due"), words=words)
        case {"every": every}:
            if milestone.get("next"):
                return _("due every {span}, next on {date}").format(span=span(every), date=milestone["next"])
            return _("due every {span}").format(span=span(every))
        case {"absent": why}:
            return _("deadline {why}").format(why=_(ABSENT.get(why, str(why))))
        case None:
            return _("no deadline")
        case _:
            return _("due {date}").format(date=milestone.get("due"))


def span(value: Any) -> str:
    """A length of time: ``3 months``."""
    amount, _space, unit = str(value).partition(" ")
    count = int(amount) if amount.isdigit() else 1
    match (unit or amount).replace(" ", "_").rstrip("s"):
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


def trigger(name: str | None, plan: Mapping[str, Any]) -> str:
    """What a course correction was triggered by, in the plan's words or the field's."""
    own = (plan.get("triggers") or {}).get(name)
    return localized(own) if own else _(TRIGGERS[name]) if name in TRIGGERS else str(name or "-")


def authority(one: Mapping[str, Any]) -> str:
    """A document by whose authority something is done, with its number and date."""
    return " ".join(localized(one[key]) for key in ("document", "number", "date") if one.get(key))


def witness(plan: str, entry: Mapping[str, Any]) -> str:
    """A line to be pasted into minutes: with it anybody can check years later that nothing before was rewritten.

    Its time is UTC and says so: the line is to read the same wherever it is compared.
    """
    number = _("entry {number}").format(number=entry["version"])
    recorded = moment(entry.get("recorded_at"), UTC)
    return f"{plan} · {number} · {str(entry.get('hash', ''))[:32]} · {recorded} UTC"


def wrapped(text: str, indent: int = 2, first: str = "", hang: int | None = None) -> Iterator[str]:
    """A paragraph at the terminal's width, a hundred columns at most.

    ``first`` stands before it. The other lines are set in by ``hang``, or else by its length, or by a little where
    that would be far.
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

"""A rehearsal in words: the requests, entries, silences and lapses that the plan would produce, in order."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final

from language import N_, _
from telling.faults import fault_line
from telling.plan import progress
from telling.sentences import by_whom, sentence
from telling.values import date_text, localized, moment, names_of, wrapped, zone_of
from telling.wording import EVENTS

if TYPE_CHECKING:
    from domain.views.models.history import EntryView
    from domain.views.models.plan import PlanView

Record = Mapping[str, Any]
"""One JSON object that the rehearsal prints."""

ASKED: Final = {
    "report": N_("report requested from: "),
    "reflection": N_("reflection requested from: "),
    "position": N_("position requested from: "),
}
NOT_PLAYED: Final = {
    "no_clock": (
        N_("This plan has no calendar: its operator opens each phase."),
        N_("List in a script when each phase is convened (--script), or set policy.cycle: {every: 3 months, …}."),
    ),
    "entered_afterwards": (
        N_("The whole history of this plan is entered afterwards (live_from: never), so there is nothing to rehearse."),
        N_("A rehearsal plays a plan that is still to come. Set another live_from."),
    ),
    "not_started": (N_("The plan was not started, so there is nothing to show."), ""),
    "bad_moment": (
        N_("This is neither a date nor a time with its offset from UTC."),
        N_("Write 2027-01-15, or 2027-01-15T10:00:00-06:00."),
    ),
}


def problem(failure: Record) -> tuple[str, str | None]:
    """The reason why a plan was not played, and a hint."""
    message, hint = NOT_PLAYED.get(failure["code"], (failure["message"], failure.get("hint") or ""))
    return _(message), _(hint) if hint else None


def lines(record: Record, entry: EntryView | None, plan: PlanView | None) -> Iterator[str]:
    """One record of the rehearsal's output, with its entry. ``plan`` is the last view of the plan, for its words."""
    match record["kind"]:
        case "plan" if plan:
            yield _("REHEARSAL of {title} ({plan}). None of this happened, and none of it is recorded.").format(
                title=localized(plan.title), plan=plan.id
            )
            if plan.illustrative:
                yield _("ILLUSTRATIVE: an example, not a real plan.")
        case "entry" if entry and plan:
            yield from _entry(entry, record.get("asked") or {}, plan)
        case "unreadable":
            yield from wrapped(
                _("Line {line} of the script cannot be sent: {why}").format(
                    line=record["line"],
                    why="; ".join(map(fault_line, record.get("faults") or ())) or record["message"],
                ),
                2,
                first="! ",
            )
        case _ if plan:
            yield from _end(plan)
            if record.get("stopped_after"):
                yield _("Stopped after {count} cycles; --cycles sets the number.").format(count=record["stopped_after"])
        case _:
            pass


def _entry(one: EntryView, asked: Record, plan: PlanView) -> Iterator[str]:
    zone, names = zone_of(plan), names_of(plan)
    if one.kind == "phase_opened" and isinstance(one.data, dict) and one.data["phase"] == "action":
        yield ""
        yield _("CYCLE {cycle}").format(cycle=one.data["cycle"])
    by = "" if one.role in ("clock", "operator") else f" ({by_whom(one, names)})"
    wording = EVENTS.get(one.kind)
    mark = "! " if wording and wording.is_warning else "  "
    head = f"{mark}{moment(one.effective_at, zone)}  "
    yield from wrapped(sentence(one, plan, zone) + by, 0, head, hang=len(head))
    for kind, first in ASKED.items():
        bodies = [_about(names[ask["body"]], ask["about"]) for ask in asked.get("of", ()) if ask["for"] == kind]
        if bodies:
            yield from wrapped("; ".join(bodies), len(head), first=_(first), hang=4)
    for due in asked.get("due", ()):
        body = f" ({names[due['body']]})" if due.get("body") in names else ""
        yield from wrapped(
            _("{item} due {date}").format(item=due["item"], date=date_text(due["due"])) + body, len(head)
        )
    for item in asked.get("waiting", ()):
        yield from wrapped(_("{item} waits for {event}").format(item=item["item"], event=item["for"]), len(head))


def _about(name: str, items: list[str]) -> str:
    return f"{name} [{', '.join(items)}]" if items else name


def _end(plan: PlanView) -> Iterator[str]:
    """The plan's state at the end of the rehearsal."""
    names = names_of(plan)
    yield ""
    yield _("AT THE END")
    yield "  " + progress(plan)
    silent = Counter(one.body for one in plan.silences if not one.answered_late)
    late = Counter(one.body for one in plan.silences if one.answered_late)
    for first, counted in ((_("silent: "), silent), (_("answered late: "), late)):
        bodies = ", ".join(f"{names.get(body, body)} {count}" for body, count in counted.most_common())
        yield from wrapped(bodies or _("none"), 2, first=first, hang=4)
    lapsed = [one.id for one in plan.corrections if one.status == "lapsed"]
    yield from wrapped(", ".join(lapsed) or _("none"), 2, first=_("course corrections that lapsed: "), hang=4)

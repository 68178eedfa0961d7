"""A rehearsal in words: what would be asked of whom and when, what would be said, what would lapse."""

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any, Final

from language import N_, _
from telling.faults import fault_line
from telling.plan import progress
from telling.sentences import sentence
from telling.values import localized, moment, names_of, wrapped, zone_of

View = Mapping[str, Any]

ASKED: Final = {
    "report": N_("asked to report: "),
    "reflection": N_("asked to reflect: "),
    "position": N_("asked for a position: "),
}
NOT_PLAYED: Final = {
    "no_clock": (
        N_("No clock moves this plan: its operator convenes each phase."),
        N_("Say in a script what is convened when (--script), or give it policy.cycle: {every: 3 months, …}."),
    ),
    "entered_afterwards": (
        N_("The whole history of this plan is entered afterwards (live_from: never), so nothing is asked of anybody."),
        N_("A rehearsal is for plans that are still to be lived; give it another live_from."),
    ),
    "not_started": (N_("The plan was not started, so there is nothing to tell."), ""),
    "bad_moment": (
        N_("That is neither a date nor a moment with its offset."),
        N_("Write 2027-01-15, or 2027-01-15T10:00:00-06:00."),
    ),
}
MARKED: Final = ("silence_recorded", "correction_lapsed", "command_refused")
"""What one would rather know before it happens."""


def problem(told: View) -> tuple[str, str | None]:
    """Why a plan was not played, and what to do."""
    message, hint = NOT_PLAYED.get(told["code"], (told["message"], told.get("hint") or ""))
    return _(message), _(hint) if hint else None


def lines(told: View, plan: View) -> Iterator[str]:
    """One thing told, in the order of its coming. ``plan`` is the plan's last view, for its words."""
    match told["kind"]:
        case "plan":
            yield _("REHEARSAL of {title} ({plan}). Nothing of this happened, and nothing of it is kept.").format(
                title=localized(plan["title"]), plan=plan["id"]
            )
            if plan["illustrative"]:
                yield _("ILLUSTRATIVE: an example, not a real plan.")
        case "entry":
            yield from _entry(told, plan)
        case "unreadable":
            yield from wrapped(
                _("Line {line} of the script cannot be sent: {why}").format(
                    line=told["line"],
                    why="; ".join(map(fault_line, told.get("faults") or ())) or told["message"],
                ),
                2,
                first="! ",
            )
        case _:
            yield from _end(plan)
            if told.get("stopped_after"):
                yield _("Stopped after {count} cycles; --cycles says how many.").format(count=told["stopped_after"])


def _entry(told: View, plan: View) -> Iterator[str]:
    one, zone, names = told["entry"], zone_of(plan), names_of(plan)
    if one["kind"] == "phase_opened" and one["data"]["phase"] == "action":
        yield ""
        yield _("CYCLE {cycle}").format(cycle=one["data"]["cycle"])
    by = "" if one["role"] in ("clock", "operator") else f" ({who(one, names)})"
    mark = "! " if one["kind"] in MARKED else "  "
    head = f"{mark}{moment(one['effective_at'], zone)}  "
    yield from wrapped(sentence(one, plan, zone) + by, 0, head, hang=len(head))
    asked = told.get("asked") or {}
    for kind, first in ASKED.items():
        bodies = [_about(names[ask["body"]], ask["about"]) for ask in asked.get("of", ()) if ask["for"] == kind]
        if bodies:
            yield from wrapped("; ".join(bodies), len(head), first=_(first), hang=4)
    for due in asked.get("due", ()):
        body = f" ({names[due['body']]})" if due.get("body") in names else ""
        yield from wrapped(_("{item} due {date}").format(item=due["item"], date=due["due"]) + body, len(head))
    for one in asked.get("waiting", ()):
        yield from wrapped(_("{item} waits for {event}").format(item=one["item"], event=one["for"]), len(head))


def _about(name: str, items: list[str]) -> str:
    return f"{name} [{', '.join(items)}]" if items else name


def _end(plan: View) -> Iterator[str]:
    """How the plan would stand at the end of it."""
    names = names_of(plan)
    yield ""
    yield _("IN THE END")
    yield "  " + progress(plan)
    silent = Counter(one["body"] for one in plan["silences"] if not one.get("answered_late"))
    late = Counter(one["body"] for one in plan["silences"] if one.get("answered_late"))
    for first, counted in ((_("silent: "), silent), (_("answered late: "), late)):
        told = ", ".join(f"{names.get(body, body)} {count}" for body, count in counted.most_common())
        yield from wrapped(told or _("nobody"), 2, first=first, hang=4)
    lapsed = [one["id"] for one in plan["corrections"] if one["status"] == "lapsed"]
    yield from wrapped(", ".join(lapsed) or _("none"), 2, first=_("course corrections that lapsed: "), hang=4)

"""The answers that a body owes, as a page that can be pasted into a letter."""

from collections.abc import Iterator, Mapping
from datetime import tzinfo
from typing import Any, Final

from language import N_, _
from telling.annotations import field_fix
from telling.changes import change
from telling.values import PHASES, date_text, deadline, listed, localized, names_of, until, wrapped, zone_of
from telling.wording.loop import ASKED_FOR

View = Mapping[str, Any]

ASKS: Final = (
    "reports",
    "reflection",
    "positions",
    "returned",
    "findings",
    "errata",
    "overdue",
    "awaited",
    "unanswered",
)
HEADINGS: Final = {
    "reports": N_("A progress report on each of these, or that there is nothing to report, and why"),
    "reflection": N_("Your answers to these questions, looking back on cycle {cycle}"),
    "positions": N_("Your position on these course corrections: endorse, oppose or abstain, with the reason"),
    "returned": N_("A new draft of these course corrections, which were returned to you"),
    "findings": N_("Your answer to these findings"),
    "errata": N_("Confirm or contest these errata: they wait for a body other than the one that wrote them"),
    "overdue": N_("These are overdue: report how far they are, or propose a course correction"),
    "awaited": N_("Declare these when they happen: deadlines wait for them"),
    "unanswered": N_("Silence was recorded for these. You can still answer; the answer is recorded as late"),
}


def asks(page: View) -> bool:
    """Whether a body owes any answer. An awaited event that it may declare one day is none."""
    return any(page[part] for part in ASKS if part != "awaited")


def pages(view: View) -> Iterator[tuple[str, list[str]]]:
    """A page for every body that owes an answer or may declare an event: the body's id, and the lines."""
    for page in view["bodies"]:
        if asks(page) or page["awaited"]:
            yield page["body"], list(_page(page, view))


def _page(page: View, view: View) -> Iterator[str]:
    zone = zone_of(view)
    names = names_of({"partners": [{"id": one["body"], "name": one["name"]} for one in view["bodies"]]})
    yield f"{localized(view['title'])} ({view['id']})"
    yield _("To: {body}").format(body=localized(page["name"]))
    yield from _until(view, zone)
    parts = {
        "reports": _milestones(page["reports"], zone),
        "reflection": _questions(page["reflection"]),
        "positions": _drafts(page["positions"], names),
        "returned": _drafts(page["returned"], names),
        "findings": _findings(page["findings"], names),
        "errata": _errata(page["errata"], names),
        "overdue": _milestones(page["overdue"], zone),
        "awaited": (line for one in page["awaited"] for line in wrapped(localized(one["what"]), 2, f"{one['id']}  ")),
        "unanswered": _silences(page["unanswered"], zone),
    }
    for name, part in parts.items():
        lines = list(part)
        if lines:
            yield ""
            cycle = (page["reflection"] or {}).get("cycle", view["cycle"])
            yield from wrapped(_(HEADINGS[name]).format(cycle=cycle) + ":", 0)
            yield from lines


def _until(view: View, zone: tzinfo) -> Iterator[str]:
    phase = _(PHASES[view["phase"]]) if view["phase"] else "-"
    yield _("Cycle {cycle}, {phase}; state of the plan at entry {version}.").format(
        cycle=view["cycle"], phase=phase, version=view["version"]
    )
    if view["phase_closes_at"]:
        yield _("Answers are taken {until}.").format(until=until(view["phase_closes_at"], zone))
    else:
        yield _("Answers are taken until the operator opens the next phase.")
    if view["reports_asked"] and view["reports_asked"]["closes_at"]:
        closes = until(view["reports_asked"]["closes_at"], zone)
        yield _("Reports have their own window: they are taken {until}.").format(until=closes)


def _milestones(milestones: list[View], zone: tzinfo) -> Iterator[str]:
    for one in milestones:
        yield from wrapped(f"{localized(one['deliverable'])} · {deadline(one, zone)}", 2, f"{one['id']}  ")


def _questions(asked: View | None) -> Iterator[str]:
    for id_, question in asked["questions"].items() if asked else ():
        yield from wrapped(localized(question), 2, f"{id_}  ")


def _drafts(drafts: list[View], names: Mapping[str, str]) -> Iterator[str]:
    for one in drafts:
        body = names.get(one["proposed_by"], one["proposed_by"]) or "-"
        head = _("draft {draft}, by {body}: {rationale}").format(
            draft=one["draft"], body=body, rationale=localized(one["rationale"])
        )
        yield from wrapped(head, 2, f"{one['id']}  ")
        for each in one["changes"]:
            yield from wrapped(change(each), 6)


def _findings(findings: list[View], names: Mapping[str, str]) -> Iterator[str]:
    for one in findings:
        by = names.get(one["raised_by"], one["raised_by"]) or "-"
        finding = _("{body}, on {item}: {text}").format(
            body=by, item=one.get("item") or _("the whole plan"), text=localized(one["text"])
        )
        answer = (
            " · " + _("answer requested by {day}").format(day=date_text(one["answer_by"]))
            if one.get("answer_by")
            else ""
        )
        yield from wrapped(finding + answer, 2, f"{one['id']}  ")


def _errata(errata: list[View], names: Mapping[str, str]) -> Iterator[str]:
    for one in errata:
        erratum = _("{body}, on entry {entry}: {what}").format(
            body=names.get(one["written_by"], one["written_by"]) or "-", entry=one["entry"], what=field_fix(one)
        )
        yield from wrapped(erratum, 2, f"{one['erratum']}  ")


def _silences(silences: list[View], zone: tzinfo) -> Iterator[str]:
    for one in silences:
        asked = _(ASKED_FOR[one["asked_for"]]).format(about=listed(one["about"]))
        silence = _("{asked}; answers were taken {until} (cycle {cycle})").format(
            asked=asked, until=until(one["until"], zone), cycle=one["cycle"]
        )
        yield from wrapped(silence, 2)

"""The answers that a body owes, as a page that can be pasted into a letter."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import tzinfo
from typing import TYPE_CHECKING, Final

from language import N_, _
from telling.annotations import field_fix
from telling.changes import change
from telling.values import PHASES, date_text, deadline, listed, localized, named, until, wrapped, zone_of
from telling.wording.loop import ASKED_FOR

if TYPE_CHECKING:
    from domain.views.models.annotations import ErratumView
    from domain.views.models.pending import DraftView, PendingBodyView, PendingView, ReflectionAskedView
    from domain.views.models.plan import FindingView, MilestoneView, SilenceView

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


def asks(page: PendingBodyView) -> bool:
    """Whether a body owes any answer. An awaited event that it may declare one day is none."""
    return any(getattr(page, part) for part in ASKS if part != "awaited")


def pages(view: PendingView) -> Iterator[tuple[str, list[str]]]:
    """A page for every body that owes an answer or may declare an event: the body's id, and the lines."""
    for page in view.bodies:
        if asks(page) or page.awaited:
            yield page.body, list(_page(page, view))


def _page(page: PendingBodyView, view: PendingView) -> Iterator[str]:
    zone = zone_of(view)
    names = {one.body: named(one.body, one.name) for one in view.bodies}
    yield f"{localized(view.title)} ({view.id})"
    yield _("To: {body}").format(body=localized(page.name))
    yield from _until(view, zone)
    parts = {
        "reports": _milestones(page.reports),
        "reflection": _questions(page.reflection),
        "positions": _drafts(page.positions, names),
        "returned": _drafts(page.returned, names),
        "findings": _findings(page.findings, names),
        "errata": _errata(page.errata, names),
        "overdue": _milestones(page.overdue),
        "awaited": (line for one in page.awaited for line in wrapped(localized(one.what), 2, f"{one.id}  ")),
        "unanswered": _silences(page.unanswered, zone),
    }
    for name, part in parts.items():
        lines = list(part)
        if lines:
            yield ""
            cycle = page.reflection.cycle if page.reflection else view.cycle
            yield from wrapped(_(HEADINGS[name]).format(cycle=cycle) + ":", 0)
            yield from lines


def _until(view: PendingView, zone: tzinfo) -> Iterator[str]:
    phase = _(PHASES[view.phase]) if view.phase else "-"
    yield _("Cycle {cycle}, {phase}; state of the plan at entry {version}.").format(
        cycle=view.cycle, phase=phase, version=view.version
    )
    if view.phase_over and view.status == "open":
        yield _("This phase is over; the operator opens the next.")
    elif view.phase_closes_at:
        yield _("Answers are taken {until}.").format(until=until(view.phase_closes_at, zone))
    else:
        yield _("Answers are taken until the operator opens the next phase.")
    if view.reports_asked and view.reports_asked.closes_at:
        closes = until(view.reports_asked.closes_at, zone)
        yield _("Reports have their own window: they are taken {until}.").format(until=closes)


def _milestones(milestones: Sequence[MilestoneView]) -> Iterator[str]:
    for one in milestones:
        yield from wrapped(f"{localized(one.deliverable)} · {deadline(one)}", 2, f"{one.id}  ")


def _questions(asked: ReflectionAskedView | None) -> Iterator[str]:
    for id_, question in asked.questions.items() if asked else ():
        yield from wrapped(localized(question), 2, f"{id_}  ")


def _drafts(drafts: Sequence[DraftView], names: Mapping[str, str]) -> Iterator[str]:
    for one in drafts:
        body = _body(one.proposed_by, names)
        head = _("draft {draft}, by {body}: {rationale}").format(
            draft=one.draft, body=body, rationale=localized(one.rationale)
        )
        yield from wrapped(head, 2, f"{one.id}  ")
        for each in one.changes:
            yield from wrapped(change(each), 6)


def _findings(findings: Sequence[FindingView], names: Mapping[str, str]) -> Iterator[str]:
    for one in findings:
        by = _body(one.raised_by, names)
        finding = _("{body}, on {item}: {text}").format(
            body=by, item=one.item or _("the whole plan"), text=localized(one.text)
        )
        answer = " · " + _("answer requested by {day}").format(day=date_text(one.answer_by)) if one.answer_by else ""
        yield from wrapped(finding + answer, 2, f"{one.id}  ")


def _errata(errata: Sequence[ErratumView], names: Mapping[str, str]) -> Iterator[str]:
    for one in errata:
        erratum = _("{body}, on entry {entry}: {what}").format(
            body=_body(one.written_by, names), entry=one.entry, what=field_fix(one)
        )
        yield from wrapped(erratum, 2, f"{one.erratum}  ")


def _silences(silences: Sequence[SilenceView], zone: tzinfo) -> Iterator[str]:
    for one in silences:
        asked = _(ASKED_FOR[one.asked_for]).format(about=listed(one.about))
        silence = _("{asked}; answers were taken {until} (cycle {cycle})").format(
            asked=asked, until=until(one.until, zone), cycle=one.cycle
        )
        yield from wrapped(silence, 2)


def _body(id_: str | None, names: Mapping[str, str]) -> str:
    return names.get(id_, id_) if id_ else "-"

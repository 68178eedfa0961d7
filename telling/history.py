"""The history in words: entries with their sources, what each changed, and the difference between two states."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import tzinfo
from typing import TYPE_CHECKING, Any

from language import _, ngettext
from telling.annotations import annotation_lines, contested_entries, errata
from telling.changes import NAMES, field_change, part_text
from telling.corrections import body
from telling.meetings import meeting
from telling.sentences import by_whom, kind_name, sentence
from telling.values import localized, moment, names_of, status_of, trigger, wrapped
from telling.wording import EVENTS

if TYPE_CHECKING:
    from domain.views.models.diff import (
        ChangedView,
        DiffView,
        JoinedView,
        LeftView,
        ReasonView,
        StatusChangeView,
    )
    from domain.views.models.history import EntryView, StepView, TraceView
    from domain.views.models.plan import PlanView


def entry(one: EntryView, plan: PlanView, zone: tzinfo) -> Iterator[str]:
    """An entry: its number, its effective time, its sentence, its author, its source and its annotations."""
    head = f"{one.version:>5}  {moment(one.effective_at, zone)}  "
    by = "; ".join(filter(None, [by_whom(one, names_of(plan)), _id(one)]))
    yield from wrapped(f"{sentence(one, plan, zone)} ({by})", 0, head, hang=len(head))
    if source := provenance(one, plan, zone):
        yield from wrapped(source, len(head))
    for line in annotation_lines(one, plan):
        yield from wrapped(line, len(head))


def step(one: StepView, plan: PlanView, zone: tzinfo) -> Iterator[str]:
    """An entry of a replay: what it changed in the plan, and the chain of entries that led to it."""
    yield from entry(one, plan, zone)
    if one.changed is None:
        return
    for line in differences(one.changed, plan):
        yield from wrapped(line, 9, "→ ")
    chain = [f"{led.version} {kind_name(led.kind)}" for led in one.because]
    if hidden := one.because_withheld:
        chain.append(ngettext("{count} withheld", "{count} withheld", hidden).format(count=hidden))
    if chain:
        yield from wrapped(" → ".join(chain), 9, _("Why: "))


def traced(trace: TraceView, plan: PlanView, zone: tzinfo) -> Iterator[str]:
    """A trace: the entries that led to one, the entry itself, and the entries that followed from it."""
    for title, entries in (
        (_("Led to it:"), trace.because),
        (trace.name, trace.entries),
        (_("Followed from it:"), trace.came_of_it),
    ):
        if entries:
            yield title
        for one in entries:
            yield from entry(one, plan, zone)
    if hidden := trace.withheld:
        yield ngettext(
            "{count} more entry is not visible to you.", "{count} more entries are not visible to you.", hidden
        ).format(count=hidden)


def _id(one: EntryView) -> str:
    """The id under which a course correction or a lesson can rest on the entry, if its sentence does not contain it."""
    wording = EVENTS.get(one.kind)
    is_shown = wording is not None and wording.shows_id and isinstance(one.data, dict)
    return _("id {id}").format(id=one.cause) if is_shown and one.cause else ""


def provenance(one: EntryView, plan: PlanView, zone: tzinfo) -> str:
    """The source of an entry, and notes: restricted, after the plan's closing, or entered afterwards."""
    if one.role == "clock":
        return ""
    notes = []
    if _unsealed(one):
        notes.append(_("restricted; sealed for other readers"))
    if one.phase is None and one.cycle:
        notes.append(_("after closing"))
    if _entered_afterwards(one, plan):
        notes.append(_("entered afterwards, on {recorded}").format(recorded=moment(one.recorded_at, zone)))
    if one.source:
        document = f"{localized(one.source.document)} {localized(one.source.date)}".strip()
        notes.append(_("source: {document}").format(document=document))
    return f"[{'; '.join(notes)}]" if notes else ""


def _unsealed(part: Any) -> bool:
    """Whether any sealed value in it was unsealed for this reader."""
    from domain.views.models.view import SealedView, View  # noqa: PLC0415  (loaded, since there is a view)

    match part:
        case {"sealed": _digest, "opened": _value}:
            return True
        case SealedView():
            return part.opened is not None
        case dict():
            return any(map(_unsealed, part.values()))
        case list() | tuple():
            return any(map(_unsealed, part))
        case View():
            return any(map(_unsealed, part.__dict__.values()))
        case _:
            return False


def _entered_afterwards(one: EntryView, plan: PlanView) -> bool:
    """Whether it took effect before the second from which the plan was recorded as it happened."""
    if plan.live_from is None:
        return plan.entered_afterwards
    return one.effective_at.replace(microsecond=0) < plan.live_from.replace(microsecond=0)


def difference(diff: DiffView, plan: PlanView, zone: tzinfo) -> Iterator[str]:
    """The changes between two states of a plan, with their reasons. ``plan`` is the later view, for its words."""
    yield _("From entry {before} (version {was} of the plan) to entry {after} (version {now} of the plan)").format(
        before=diff.before.version,
        was=diff.before.revision,
        after=diff.after.version,
        now=diff.after.revision,
    )
    parts = diff.changes, diff.added, diff.dropped, diff.contested, diff.errata, diff.statuses, diff.partners
    if not any(parts):
        yield _("Nothing changed in between.")
    for change in diff.changes:
        yield ""
        yield from wrapped(field_change(change), 0)
        if change.erratum:
            yield from wrapped(_("by the erratum {erratum}: no change of course").format(erratum=change.erratum), 4)
        yield from _why(change, plan)
    for new in diff.added:
        yield ""
        yield from wrapped(f"{new.item} {_(NAMES['add'])}: {part_text(new.part)}", 0)
        yield from _why(new, plan)
    for dropped in diff.dropped:
        yield ""
        yield f"{dropped.item} {_(NAMES['drop'])}"
        yield from _why(dropped, plan)
    if diff.partners:
        yield ""
        yield _("Partners:")
    yield from (f"  {_took_part(partner, names_of(plan))}" for partner in diff.partners)
    if diff.statuses:
        yield ""
        yield _("Statuses:")
    for status in diff.statuses:
        yield f"  {_status(status, plan)}"
    if diff.errata:
        yield ""
        yield _("Errata:")
    for line in errata(diff.errata, plan):
        yield from wrapped(line, 2)
    if diff.contested:
        yield ""
        yield _("Contested:")
    for line in contested_entries(diff.contested, plan):
        yield from wrapped(line, 2)
    yield from _made(diff, plan, zone)


def _took_part(one: JoinedView | LeftView, names: Mapping[str, str]) -> str:
    """A body that joined or left. A successor is shown twice: as joining, and beside the body that it follows."""
    from domain.views.models.diff import JoinedView  # noqa: PLC0415  (loaded, since there is a view)

    if isinstance(one, JoinedView):
        return f"+ {names.get(one.joined, one.joined)}"
    successor = f" → {names.get(one.successor, one.successor)}" if one.successor else ""
    return f"- {names.get(one.left, one.left)}{successor}"


def differences(changed: ChangedView, plan: PlanView) -> Iterator[str]:
    """What one entry changed, one line for each change, without reasons."""
    yield from map(field_change, changed.changes)
    yield from (f"{one.item} {_(NAMES['add'])}: {part_text(one.part)}" for one in changed.added)
    yield from (f"{one.item} {_(NAMES['drop'])}" for one in changed.dropped)
    yield from (_took_part(one, names_of(plan)) for one in changed.partners)
    yield from (_status(one, plan) for one in changed.statuses)


def _status(one: StatusChangeView, plan: PlanView) -> str:
    before, after = (status_of(status, None, plan.scale) for status in (one.was, one.now))
    return f"{one.item}: {before} → {after}"


def _why(one: ReasonView, plan: PlanView) -> Iterator[str]:
    if one.correction is None:
        return
    yield from wrapped(
        _("course correction {correction}. Trigger: {trigger}. Reason: {rationale}").format(
            correction=one.correction,
            trigger=trigger(one.trigger, plan),
            rationale=localized(one.rationale) or "-",
        ),
        4,
    )


def _made(diff: DiffView, plan: PlanView, zone: tzinfo) -> Iterator[str]:
    if diff.corrections:
        yield ""
        yield _("Course corrections that took effect:")
    for one in diff.corrections:
        yield from wrapped(
            _("proposed by {proposed}, decided by {decided}, in effect since {moment}").format(
                proposed=body(one.proposed_by, plan),
                decided=meeting(one.session, plan) or body(one.decided_by, plan),
                moment=moment(one.effective_at, zone),
            ),
            2,
            first=f"{one.id}  ",
        )

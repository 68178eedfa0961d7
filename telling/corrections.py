"""A course correction in words: its changes, its author and reason, the decision, and the answers still missing."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import tzinfo
from typing import TYPE_CHECKING

from language import _, ngettext
from telling.annotations import contested_entries
from telling.changes import change
from telling.meetings import meeting
from telling.values import day_text, localized, names_of, trigger, wrapped
from telling.wording.corrections import STANDS, STATUSES

if TYPE_CHECKING:
    from domain.views.models.correction import CorrectionView, DraftFields, EarlierDraftView, WithheldDraftView
    from domain.views.models.plan import PlanView


def brief(one: CorrectionView, plan: PlanView, zone: tzinfo) -> Iterator[str]:
    """Its status and reason, its changes, the positions on it, and the bodies that have not answered."""
    yield from head(one, plan, zone)
    for each in one.changes:
        yield from wrapped(change(each), 6)
    yield from _answers(one, plan, 4)
    for line in contested_entries(one.contested, plan):
        yield from wrapped(line, 4)
    if one.status in ("open", "returned"):
        owing = [body(who, plan) for who in one.owed_by]
        yield from wrapped(", ".join(owing) or _("none"), 4, first=_("Answers missing: "))
    if one.carried:
        yield from wrapped(
            ngettext("carried over {count} time", "carried over {count} times", one.carried).format(count=one.carried),
            4,
        )


def head(one: CorrectionView, plan: PlanView, zone: tzinfo) -> Iterator[str]:
    """The first lines of a course correction: status, author, day, trigger and reason."""
    yield from wrapped(
        _("{status}, draft {draft}, proposed by {body} on {day}").format(
            status=status(one),
            draft=one.draft,
            body=body(one.proposed_by, plan),
            day=day_text(one.proposed_at, zone),
        ),
        first=f"{one.id}  ",
    )
    yield from wrapped(
        _("Trigger: {trigger}. Reason: {rationale}").format(
            trigger=trigger(one.trigger, plan), rationale=localized(one.rationale)
        ),
        4,
    )


def full(one: CorrectionView, plan: PlanView, zone: tzinfo) -> Iterator[str]:
    """Everything in the record about it."""
    yield from brief(one, plan, zone)
    if rests := ", ".join(one.rests_on):
        yield from wrapped(rests, 4, first=_("Rests on: "))
    if hidden := one.rests_on_restricted:
        yield from wrapped(
            ngettext(
                "It rests on {count} restricted observation.", "It rests on {count} restricted observations.", hidden
            ).format(count=hidden),
            4,
        )
    if resting := ", ".join(one.rests_on_contested):
        yield from wrapped(resting, 4, first=_("Contested entries that it rests on: "))
    for draft in one.earlier_drafts:
        yield from _earlier(draft, plan, zone)
    if one.decision:
        yield from wrapped(decided(one, plan, zone), 4)
        if one.contested or resting:
            yield from wrapped(_("Entries behind this decision were contested later. The decision stands."), 4)
    for explanation in one.explained:
        yield from wrapped(localized(explanation.rationale), 4, first=_("Reason published later: "))
    if hidden := one.explained_withheld:
        restricted = ngettext(
            "{count} reason published later is restricted.", "{count} reasons published later are restricted.", hidden
        )
        yield from wrapped(restricted.format(count=hidden), 4)
    if one.effective_at:
        yield from wrapped(_("In effect since {day}.").format(day=day_text(one.effective_at, zone)), 4)
    if one.stale:
        yield from wrapped(", ".join(one.stale), 4, first=_("Left out, because the plan had changed meanwhile: "))


def _answers(one: DraftFields, plan: PlanView, indent: int) -> Iterator[str]:
    """The positions on a draft, and the reason if it was returned to its author."""
    from domain.views.models.correction import ReturnedView  # noqa: PLC0415
    from domain.views.models.view import WithheldView  # noqa: PLC0415  (loaded, since there is a view)

    for who, held in one.positions.items():
        reason = f": {localized(held.reason)}" if held.reason else ""
        yield from wrapped(f"{body(who, plan)} {_(STANDS[held.position])}{reason}", indent)
    if hidden := one.positions_withheld:
        restricted = ngettext("{count} position is restricted.", "{count} positions are restricted.", hidden)
        yield from wrapped(restricted.format(count=hidden), indent)
    match one.returned:
        case ReturnedView() as returned:
            line = _("returned to its author by {body}: {reason}")
            yield from wrapped(line.format(body=body(returned.body, plan), reason=localized(returned.reason)), indent)
        case WithheldView():
            yield from wrapped(_("returned to its author; the reason is restricted"), indent)
        case None:
            pass


def _earlier(draft: EarlierDraftView | WithheldDraftView, plan: PlanView, zone: tzinfo) -> Iterator[str]:
    """An earlier draft and the answers to it."""
    from domain.views.models.correction import WithheldDraftView  # noqa: PLC0415  (loaded, since there is a view)

    if isinstance(draft, WithheldDraftView):
        yield from wrapped(_("Earlier draft {draft} is restricted.").format(draft=draft.draft), 4)
        return
    line = _("Earlier draft {draft}, of {day}: {rationale}").format(
        draft=draft.draft, day=day_text(draft.drafted_at, zone), rationale=localized(draft.rationale)
    )
    yield from wrapped(line, 4)
    for each in draft.changes:
        yield from wrapped(change(each), 6)
    yield from _answers(draft, plan, 6)


def decided(one: CorrectionView, plan: PlanView, zone: tzinfo) -> str:
    """The decision: by which body or meeting, on which day, by what authority, with what response."""
    from domain.views.models.correction import AuthorityView  # noqa: PLC0415  (loaded, since there is a view)

    match one.authority:
        case AuthorityView(document=document, number=number, date=on):
            authority = " ".join(localized(part) for part in (document, number, on) if part)
        case absent:
            authority = localized(absent)
    verdict = _("adopted") if one.decision == "adopted" else _("declined")
    return _("{verdict} by {body} on {day}, by authority of {document}. Response: {response}").format(
        verdict=verdict.capitalize(),
        body=meeting(one.session, plan) or body(one.decided_by, plan),
        day=day_text(one.decided_at, zone),
        document=authority or "-",
        response=localized(one.response),
    )


def status(one: CorrectionView) -> str:
    """Its status in a few words."""
    return _(STATUSES[one.status])


def body(name: str | None, plan: PlanView) -> str:
    """The name of a body. Course corrections entered from old sources may name none."""
    return names_of(plan).get(name, name) if name else _("a body that the source does not name")

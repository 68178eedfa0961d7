"""The effects of entries about course corrections: the state of each, and the plan after one took effect."""

from collections.abc import Mapping
from datetime import datetime

from domain.corrections.changes import apply_all
from domain.corrections.correction import BodyPosition, Correction, EarlierDraft, LateExplanation, ReturnedDraft
from domain.corrections.messages import (
    Change,
    CorrectionCarriedOver,
    CorrectionDecided,
    CorrectionExplained,
    CorrectionLapsed,
    CorrectionProposed,
    CorrectionRedrafted,
    CorrectionReturned,
    CorrectionTookEffect,
    CorrectionWithdrawn,
    PositionTaken,
    Proposal,
)
from domain.kernel.entry import Entry
from domain.kernel.record import replace
from domain.kernel.registry import evolves, fact
from domain.kernel.statement import as_statement
from domain.loop.answers import with_late_answer
from domain.plan import Plan
from domain.plan_file.definition import Definition


def _contested_by_author(plan: Plan, correction: Correction, entries: list[Entry]) -> Correction:
    """An open course correction is contested if its author contests the proposal. A decided one stays decided."""
    if not correction.is_open or plan.stands(entries[0].version):
        return correction
    return replace(correction, status="contested")


@fact(
    "corrections",
    "correction",
    of=(
        CorrectionProposed, CorrectionRedrafted, PositionTaken, CorrectionReturned, CorrectionWithdrawn,
        CorrectionDecided, CorrectionTookEffect, CorrectionExplained, CorrectionCarriedOver, CorrectionLapsed,
    ),
    finish=_contested_by_author,
)  # fmt: skip
def correction(plan: Plan, so_far: Correction | None, entry: Entry) -> Correction | None:
    """The state of a course correction. Positions on an earlier draft, or its return, do not carry over."""
    event, at, body, visibility = entry.event, entry.effective_at, entry.on_behalf_of, entry.visibility
    if isinstance(event, CorrectionProposed):
        return Correction(
            id=event.correction,
            body=body,
            proposed_at=at,
            drafted_at=at,
            proposal=as_statement(Proposal, event),
            visibility=visibility,
        )
    if so_far is None:
        return None
    match event:
        case CorrectionRedrafted():
            return _redrafted(so_far, entry, event)
        case PositionTaken() if event.draft == so_far.draft:
            position = BodyPosition(event.position, at, event.reason, visibility)
            return replace(so_far, positions={**so_far.positions, (body or ""): position})
        case CorrectionReturned() if event.draft == so_far.draft:
            return replace(so_far, status="returned", returned=ReturnedDraft(body, at, event.reason, visibility))
        case CorrectionWithdrawn():
            return replace(so_far, status="withdrawn")
        case CorrectionDecided():
            return _decided(so_far, entry, event)
        case CorrectionTookEffect():
            stale = tuple(change.subject for change in event.stale)
            return replace(so_far, status="in_effect" if event.applied else "stale", effective_at=at, stale=stale)
        case CorrectionExplained():
            reason = LateExplanation(event.rationale, event.covers, visibility)
            return replace(so_far, explained=(*so_far.explained, reason))
        case CorrectionCarriedOver():
            return replace(so_far, carried=event.times, owed_by=event.owed_by)
        case CorrectionLapsed():
            return replace(so_far, status="lapsed", owed_by=event.unanswered_by)
        case _:
            return so_far


def _redrafted(last: Correction, entry: Entry, event: CorrectionRedrafted) -> Correction:
    """The next draft. The last one is kept with its positions."""
    earlier = EarlierDraft(last.draft, last.drafted_at, last.proposal, last.visibility, last.positions, last.returned)
    return replace(
        last,
        proposal=as_statement(Proposal, event),
        draft=event.draft,
        drafted_at=entry.effective_at,
        visibility=entry.visibility,
        status="open",
        positions={},
        returned=None,
        earlier=(*last.earlier, earlier),
    )


def _decided(open_: Correction, entry: Entry, event: CorrectionDecided) -> Correction:
    """The decision, with the positions taken in the meeting."""
    at, visibility = entry.effective_at, entry.visibility
    in_meeting = event.session.positions if event.session else {}
    taken = {body: BodyPosition(one.position, at, one.reason, visibility) for body, one in in_meeting.items()}
    return replace(
        open_,
        status=event.decision,
        positions={**open_.positions, **taken},
        decision=event,
        decision_visibility=visibility,
        decided_by=entry.on_behalf_of,
        decided_at=at,
    )


@evolves(PositionTaken)
def position_taken(plan: Plan, entry: Entry) -> Plan:
    """A position is a late answer to silences of its body on this course correction."""
    return with_late_answer(plan, entry, (entry.on_behalf_of,), "position", about=entry.subject_id)


@evolves(CorrectionDecided)
def decided(plan: Plan, entry: Entry) -> Plan:
    """A decision is a late answer of every body that took a position in its meeting."""
    event = entry.event
    assert isinstance(event, CorrectionDecided)
    bodies = {entry.on_behalf_of, *(event.session.positions if event.session else ())}
    return with_late_answer(plan, entry, bodies, "position", about=event.correction)


@evolves(CorrectionTookEffect)
def took_effect(plan: Plan, entry: Entry) -> Plan:
    """Apply the changes: the plan has a new version."""
    event = entry.event
    assert isinstance(event, CorrectionTookEffect)
    if not event.applied or plan.definition is None:
        return plan
    definition, applied, _ = apply_all(plan.definition, plan.dropped, event.applied)
    same_scale = plan.definition.scale == definition.scale
    same_rhythm = plan.definition.policy.reports == definition.policy.reports
    introduced = dict(plan.introduced)
    for item in definition.item_ids():
        introduced.setdefault(item, entry.effective_at)
    return replace(
        plan,
        definition=definition,
        scales=plan.scales if same_scale else (*plan.scales, (entry.version, definition.scale)),
        revision=plan.revision + 1,
        rhythm_from=plan.rhythm_from if same_rhythm else entry.effective_at,
        introduced=introduced,
        set_by={**plan.set_by, **_set_by(applied, definition, plan.introduced, entry.version)},
        dropped={**plan.dropped, **{change.drop: entry.effective_at for change in applied if change.drop}},
    )


def _set_by(
    changes: list[Change], definition: Definition, before: Mapping[str, datetime], version: int
) -> dict[str, int]:
    """The items that an entry added and the fields that it set, for ``Plan.set_by``."""
    new = [item for item in definition.item_ids() if item not in before]
    added = [change.subject for change in changes if change.add]
    fields = [f"{change.item}.{(change.field or '').split('.')[0]}" for change in changes if change.item]
    return dict.fromkeys((*new, *added, *fields), version)

"""A course correction as its reader may see it: what was withheld is counted, and what it rests on not named."""

from collections.abc import Collection
from typing import Any

from domain.corrections.correction import BodyPosition, Correction, EarlierDraft, LateExplanation, ReturnedDraft
from domain.corrections.messages import Change, Proposal
from domain.kernel.event import Visibility
from domain.kernel.meeting import DecidingMeeting
from domain.kernel.statement import Authority
from domain.kernel.text import Absent
from domain.loop.silence import bodies_owing_answer
from domain.plan import Plan
from domain.views.annotations import Annotations, annotations_of
from domain.views.construct import fields_of, part_view, text_of, unchecked, written
from domain.views.models.correction import (
    AuthorityView,
    ChangeView,
    CorrectionView,
    EarlierDraftView,
    ExplanationView,
    PositionView,
    ReturnedView,
    SessionView,
    WithheldDraftView,
)
from domain.views.models.parts import ChangePart
from domain.views.models.view import ALL, AbsentView, WithheldView


def correction_view(
    plan: Plan, correction: Correction, may_see: Collection[Visibility] = ALL, annotations: Annotations | None = None
) -> CorrectionView:
    """A course correction and its fate. ``annotations`` are those of the plan, where they are known already."""
    annotations = annotations or annotations_of(plan, may_see)
    explained = [reason for reason in correction.explained if reason.visibility in may_see]
    decision = correction.decision
    visibility = correction.decision_visibility
    withheld = None if visibility in may_see else WithheldView(withheld=visibility)
    return CorrectionView(
        **_draft(correction, may_see),
        # An id can say as much as a text: of what is restricted nobody is told the name here.
        **grounds(plan, correction.proposal.rests_on, set(may_see) - {"restricted"}),
        id=correction.id,
        status=correction.status,
        proposed_by=correction.body,
        in_hands_of=plan.current_holder(correction.body) if correction.body else None,
        proposed_at=correction.proposed_at,
        **annotations.about("correction", correction.id),
        explained=tuple(_explanation(reason) for reason in explained),
        explained_withheld=len(correction.explained) - len(explained),
        earlier_drafts=tuple(_earlier(one, may_see) for one in correction.earlier),
        decision=decision.decision if decision else None,
        response=(withheld or text_of(decision.response)) if decision else None,
        authority=(withheld or _authority(decision.authority)) if decision else None,
        decided_by=correction.decided_by,
        session=(withheld or _session(decision.session)) if decision and decision.session else None,
        decided_at=correction.decided_at,
        effective_at=correction.effective_at,
        stale=correction.stale,
        carried=correction.carried,
        owed_by=_owed_by(plan, correction),
    )


def change_view(change: Change) -> ChangeView:
    """A change with its name and the id of what it touches."""
    part = part_view(ChangePart, change)
    return unchecked(ChangeView, {"name": part.kind, "subject": change.subject, **fields_of(part)})


def changes_of(proposal: Proposal) -> tuple[ChangeView, ...]:
    """The changes that a draft asks for."""
    return tuple(change_view(change) for change in proposal.changes)


def grounds(plan: Plan, names: Collection[str], may_see: Collection[Visibility]) -> dict[str, Any]:
    """The fields of `GroundsView`: what the reader may know of is named, for an id can say as much as a text."""
    known = {name: entry for name in names if (entry := plan.history.ground(name)) is not None}
    open_ = tuple(name for name in names if name in known and known[name].visibility in may_see)
    return {
        "rests_on": open_,
        "rests_on_restricted": len(names) - len(open_),
        "rests_on_contested": tuple(name for name in open_ if not plan.stands(known[name].version)),
    }


def _draft(draft: Correction | EarlierDraft, may_see: Collection[Visibility]) -> dict[str, Any]:
    """The fields of `DraftFields`."""
    positions = {body: _position(held) for body, held in draft.positions.items() if held.visibility in may_see}
    return {
        "draft": draft.draft,
        "trigger": draft.proposal.trigger,
        "rationale": text_of(draft.proposal.rationale),
        "takes_effect": str(draft.proposal.takes_effect),
        "changes": changes_of(draft.proposal),
        "positions": positions,
        "positions_withheld": len(draft.positions) - len(positions),
        "returned": _returned(draft.returned, may_see),
    }


def _earlier(one: EarlierDraft, may_see: Collection[Visibility]) -> EarlierDraftView | WithheldDraftView:
    """A draft that another has followed; of one that the reader may not see, that there was one."""
    if one.visibility not in may_see:
        return WithheldDraftView(draft=one.draft, withheld=one.visibility)
    return EarlierDraftView(**_draft(one, may_see), drafted_at=one.drafted_at)


def _position(held: BodyPosition) -> PositionView:
    return PositionView(position=held.position, at=held.at, reason=text_of(held.reason), visibility=held.visibility)


def _explanation(reason: LateExplanation) -> ExplanationView:
    return ExplanationView(rationale=text_of(reason.rationale), covers=reason.covers, visibility=reason.visibility)


def _returned(returned: ReturnedDraft | None, may_see: Collection[Visibility]) -> ReturnedView | WithheldView | None:
    """By whom and why a draft was given back to its author."""
    if returned is None:
        return None
    if returned.visibility not in may_see:
        return WithheldView(withheld=returned.visibility)
    return ReturnedView(
        body=returned.body, at=returned.at, reason=text_of(returned.reason), visibility=returned.visibility
    )


def _authority(authority: Authority | Absent) -> AuthorityView | AbsentView:
    """By what a decision was taken, or why that is not known."""
    return part_view(AbsentView, authority) if isinstance(authority, Absent) else part_view(AuthorityView, authority)


def _session(session: DecidingMeeting) -> SessionView:
    """The meeting that decided, but for its positions, which stand with the others."""
    meeting = written(session)
    return SessionView.model_validate({name: value for name, value in meeting.items() if name != "positions"})


def _owed_by(plan: Plan, correction: Correction) -> tuple[str, ...]:
    """The bodies whose answer is missing: to an open draft, to one given back to its author, or when it lapsed."""
    match correction.status:
        case "open" | "returned":
            return tuple(bodies_owing_answer(plan, correction))
        case "lapsed":
            return correction.owed_by
        case _:
            return ()

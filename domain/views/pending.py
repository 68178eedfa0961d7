"""What is asked of whom, and by when: one page a body, to be pasted into a letter."""

from collections.abc import Collection
from datetime import datetime

from domain.corrections.correction import Correction
from domain.judging.rules import DEMANDS, leads_of
from domain.kernel.event import Visibility
from domain.loop.silence import asked_to_reflect, bodies_owing_answer, reports_missing
from domain.plan import Plan
from domain.views.construct import text_of
from domain.views.correction import changes_of
from domain.views.models.pending import DraftView, PendingBodyView, PendingView, ReflectionAskedView
from domain.views.models.plan import FindingView, PlanHeadView
from domain.views.models.view import ALL
from domain.views.plan import plan_view


def pending_view(plan: Plan, now: datetime, may_see: Collection[Visibility] = ALL) -> PendingView:
    """What every body of a plan still owes at a moment. A group is counted, and nothing is asked of it as one."""
    view = plan_view(plan, now, may_see)
    milestones = {one.id: one for commitment in view.commitments for one in commitment.milestones}
    corrections = [one for one in plan.open_corrections() if one.visibility in may_see]
    demanding = [one for one in view.findings if one.status in DEMANDS]
    waiting = [one for one in view.errata if one.status == "waiting"]

    def asked_of(body: str, status: str) -> tuple[DraftView, ...]:
        return tuple(
            _draft(one) for one in corrections if one.status == status and body in bodies_owing_answer(plan, one)
        )

    return PendingView(
        **{name: getattr(view, name) for name in PlanHeadView.model_fields},
        bodies=tuple(
            PendingBodyView(
                body=partner.id,
                name=partner.name,
                reports=tuple(milestones[item] for item in _reports(plan, partner.id)),
                reflection=_reflection(plan, partner.id),
                positions=asked_of(partner.id, "open"),
                returned=asked_of(partner.id, "returned"),
                findings=tuple(one for one in demanding if _answers(plan, partner.id, one)),
                errata=tuple(one for one in waiting if not _is_its(plan, one.written_by, partner.id)),
                overdue=tuple(one for one in milestones.values() if one.overdue and _leads(plan, partner.id, one.id)),
                awaited=tuple(one for one in view.awaited if partner.id in one.told_by and one.happened is None),
                unanswered=tuple(
                    one for one in view.silences if _is_its(plan, one.body, partner.id) and one.answered_late is None
                ),
            )
            for partner in plan.defined.partners
            if partner.group is None and plan.status == "open"
        ),
    )


def _is_its(plan: Plan, held: str | None, body: str) -> bool:
    """Whether what a body held, or left open, is now another's: itself, or its successor."""
    return held is not None and plan.current_holder(held) == body


def _answers(plan: Plan, body: str, finding: FindingView) -> bool:
    """Whether an answer to a finding is asked of a body: of those that lead what it is about.

    On the whole plan, and on what no body leads, it is asked of all but the one that raised it.
    """
    leads = leads_of(plan, finding.item) if finding.item is not None else set()
    return body in leads if leads else not _is_its(plan, finding.raised_by, body)


def _reports(plan: Plan, body: str) -> tuple[str, ...]:
    """The milestones on which a body still owes a report: in the open round of the reports' own rhythm, or else in the
    action phase. Empty if it has reported."""
    if plan.defined.policy.reports is not None:
        asked = plan.reporting
        return dict(reports_missing(plan, asked)).get(body, ()) if asked is not None and not asked.over else ()
    if plan.phase != "action" or body in plan.who_reported(plan.cycle):
        return ()
    return plan.asked_to_report().get(body, ())


def _reflection(plan: Plan, body: str) -> ReflectionAskedView | None:
    asked = plan.phase == "reflection" and body in asked_to_reflect(plan)
    if not asked or body in plan.who_reflected(plan.cycle):
        return None
    return ReflectionAskedView(cycle=plan.cycle, questions=plan.defined.questions)


def _leads(plan: Plan, body: str, item: str) -> bool:
    return any(plan.defined.lead_of(*pair) == body for pair in plan.defined.milestones() if pair[1].id == item)


def _draft(correction: Correction) -> DraftView:
    """The draft that an answer is owed to."""
    return DraftView(
        id=correction.id,
        draft=correction.draft,
        proposed_by=correction.body,
        rationale=text_of(correction.proposal.rationale),
        changes=changes_of(correction.proposal),
    )

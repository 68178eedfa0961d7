"""What is asked of whom, and by when: one page a body, to be pasted into a letter. Decides nothing."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any, Final

from domain.corrections.messages import Correction
from domain.judging.rules import DEMANDS, leads_of
from domain.kernel.event import Visibility
from domain.loop.silence import asked_to_reflect, owing, reports_missing
from domain.plan import Plan
from domain.views import ALL, change_view, plan_view

_OF_THE_PLAN: Final = (
    *("id", "title", "timezone", "version", "status"),
    *("cycle", "phase", "phase_closes_at", "phase_over", "reports_asked", "reports_period"),
)
"""What of the plan itself stands on every page."""


def pending(plan: Plan, now: datetime, may_see: Collection[Visibility] = ALL) -> dict[str, Any]:
    """What every body of a plan still owes at a moment, in the order of the plan's partners.

    ``bodies[]`` have ``reports`` (milestones, with the day they are due), ``reflection`` (the cycle and the plan's
    questions, or null), ``positions`` and ``returned`` (course corrections, with the draft that is meant), ``overdue``
    (milestones whose day has ended), ``findings`` that it is to answer, ``errata`` that wait for the word of a body
    other than their writer, ``awaited`` (events that the body may declare) and ``unanswered`` (the silences that it
    can still end by answering late). A group is counted, and nothing is asked of it as one. While a plan is
    paused or closed nothing is asked of anybody.
    """
    view = plan_view(plan, now, may_see)
    milestones = {one["id"]: one for commitment in view["commitments"] for one in commitment["milestones"]}
    corrections = [one for one in plan.open_corrections() if one.visibility in may_see]

    demanding = [one for one in view["findings"] if one["status"] in DEMANDS]
    waiting = [one for one in view["errata"] if one["status"] == "waiting"]

    def asked_of(body: str, status: str) -> list[Correction]:
        return [one for one in corrections if one.status == status and body in owing(plan, one)]

    return {name: view[name] for name in _OF_THE_PLAN} | {
        "bodies": [
            {
                "body": partner.id,
                "name": partner.name,
                "reports": [milestones[item] for item in _reports(plan, partner.id)],
                "reflection": _reflection(plan, partner.id),
                "positions": [_draft(one) for one in asked_of(partner.id, "open")],
                "returned": [_draft(one) for one in asked_of(partner.id, "returned")],
                "findings": [one for one in demanding if _answers(plan, partner.id, one)],
                "errata": [one for one in waiting if not _is_its(plan, one["written_by"], partner.id)],
                "overdue": [
                    one for one in milestones.values() if one["overdue"] and _leads(plan, partner.id, one["id"])
                ],
                "awaited": [one for one in view["awaited"] if partner.id in one["told_by"] and one["happened"] is None],
                "unanswered": [
                    one
                    for one in view["silences"]
                    if _is_its(plan, one["body"], partner.id) and one["answered_late"] is None
                ],
            }
            for partner in plan.defined.partners
            if partner.group is None and plan.status == "open"
        ],
    }


def _is_its(plan: Plan, held: str | None, body: str) -> bool:
    """Whether what a body held, or left open, is now another's: itself, or its successor."""
    return held is not None and plan.heir(held) == body


def _answers(plan: Plan, body: str, finding: Mapping[str, Any]) -> bool:
    """Whether an answer to a finding is asked of a body: of those that lead what it is about.

    On the whole plan, and on what nobody leads, it is asked of all but the one that raised it.
    """
    item = finding.get("item")
    leads = leads_of(plan, item) if item is not None else set()
    return body in leads if leads else not _is_its(plan, finding["raised_by"], body)


def _reports(plan: Plan, body: str) -> tuple[str, ...]:
    """The milestones that a body is asked to report on in this round."""
    if plan.defined.policy.reports is not None:
        asked = plan.reporting
        return dict(reports_missing(plan, asked)).get(body, ()) if asked is not None and not asked.over else ()
    if plan.phase != "action" or body in plan.who_reported(plan.cycle):
        return ()
    return plan.asked_to_report().get(body, ())


def _reflection(plan: Plan, body: str) -> dict[str, Any] | None:
    asked = plan.phase == "reflection" and body in asked_to_reflect(plan)
    if not asked or body in plan.who_reflected(plan.cycle):
        return None
    return {"cycle": plan.cycle, "questions": plan.defined.questions}


def _leads(plan: Plan, body: str, item: str) -> bool:
    return any(plan.defined.lead_of(*pair) == body for pair in plan.defined.milestones() if pair[1].id == item)


def _draft(correction: Correction) -> dict[str, Any]:
    """The draft that an answer is owed to; a position names it, for it does not carry over to the next."""
    return {
        "id": correction.id,
        "draft": correction.draft,
        "proposed_by": correction.body,
        "rationale": _said(correction.proposal.rationale),
        "changes": [change_view(change) for change in correction.proposal.changes],
    }


def _said(text: Any) -> Any:
    return text if isinstance(text, str | dict) else text.model_dump(mode="json")

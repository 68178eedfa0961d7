"""The report's section on the plan's versions, each compared with the one before."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import tzinfo
from typing import Any, TypeVar

from audit.exports.content import ExportContent
from audit.replay import ReplayStep
from domain.views.models.history import StepView
from domain.views.models.plan import CommitmentView, MilestoneView, PlanView
from telling.changes import part_text
from telling.values import day, deadline, localized, names_of, status_of

Item = TypeVar("Item", CommitmentView, MilestoneView)


def versions(
    content: ExportContent, steps: Sequence[tuple[ReplayStep, StepView]], zone: tzinfo
) -> Iterator[dict[str, Any]]:
    """Each version as it was at its end, compared with the one before."""
    before: PlanView | None = None
    since = steps[0][1]
    for (step, view), following in zip(steps, [*steps[1:], None], strict=True):
        if step.after.revision != step.before.revision:
            since = view
        if following is not None and following[0].after.revision == step.after.revision:
            continue
        plan = content.plan_at(step)
        yield {
            "number": step.after.revision,
            "since": day(since.effective_at, zone),
            "by": since.version,
            "made_by": since.data.get("correction", "") if isinstance(since.data, dict) else "",
            "commitments": [_commitment(one, plan, before) for one in plan.commitments],
        }
        before = plan


def _commitment(one: CommitmentView, plan: PlanView, before: PlanView | None) -> dict[str, Any]:
    earlier = {part.id: part for part in before.commitments} if before else {}
    milestones = {part.id: part for old in earlier.values() for part in old.milestones}
    return {
        "id": one.id,
        "title": _cell(one, earlier, lambda part: localized(part.title)),
        "lead": _cell(one, earlier, lambda part: _lead(part.lead, plan)),
        "dropped": one.dropped is not None,
        "new": before is not None and one.id not in earlier,
        "milestones": [
            {
                "id": part.id,
                "what": _cell(part, milestones, part_text),
                "due": _cell(part, milestones, deadline),
                "lead": _cell(part, milestones, lambda part: _lead(part.lead, plan)),
                "status": status_of(part.status, part.means, plan.scale),
                "means": part.means or "none",
                "overdue": part.overdue,
                "dropped": part.dropped is not None,
                "new": before is not None and part.id not in milestones,
            }
            for part in one.milestones
        ],
    }


def _cell(item: Item, earlier: Mapping[str, Item], text: Callable[[Item], str]) -> dict[str, str]:
    """A text of an item, and its value in the version before if that differs."""
    now, old = text(item), earlier.get(item.id)
    was = text(old) if old else now
    return {"now": now, "was": was if was != now else ""}


def _lead(lead: str | None, plan: PlanView) -> str:
    return names_of(plan).get(lead, lead) if lead else ""

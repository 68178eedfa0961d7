"""The report's section on the plan's versions, each compared with the one before."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import tzinfo
from typing import Any

from audit.exports.content import ExportContent
from audit.replay import ReplayStep
from telling.changes import part_text
from telling.values import day, deadline, localized, names_of, status_of

View = Mapping[str, Any]


def versions(
    content: ExportContent, steps: Sequence[tuple[ReplayStep, View]], zone: tzinfo
) -> Iterator[dict[str, Any]]:
    """Each version as it was at its end, compared with the one before."""
    before: View | None = None
    since = steps[0][1]
    for (step, view), following in zip(steps, [*steps[1:], None], strict=True):
        if step.after.revision != step.before.revision:
            since = view
        if following is not None and following[0].after.revision == step.after.revision:
            continue
        plan = content.plan_at(step)
        yield {
            "number": step.after.revision,
            "since": day(since["effective_at"], zone),
            "by": since["version"],
            "made_by": since["data"].get("correction", ""),
            "commitments": [_commitment(one, plan, before, zone) for one in plan["commitments"]],
        }
        before = plan


def _commitment(one: View, plan: View, before: View | None, zone: tzinfo) -> dict[str, Any]:
    earlier = _items(before)
    return {
        "id": one["id"],
        "title": _cell(localized(one["title"]), earlier, one["id"], lambda was: localized(was["title"])),
        "lead": _cell(_lead(one, plan), earlier, one["id"], lambda was: _lead(was, plan)),
        "dropped": one["dropped"] is not None,
        "new": before is not None and one["id"] not in earlier,
        "milestones": [
            {
                "id": part["id"],
                "what": _cell(part_text(part), earlier, part["id"], part_text),
                "due": _cell(deadline(part, zone), earlier, part["id"], lambda was: deadline(was, zone)),
                "lead": _cell(_lead(part, plan), earlier, part["id"], lambda was: _lead(was, plan)),
                "status": status_of(part, plan["scale"]),
                "means": part["means"] or "none",
                "overdue": part["overdue"],
                "dropped": part["dropped"] is not None,
                "new": before is not None and part["id"] not in earlier,
            }
            for part in one["milestones"]
        ],
    }


def _items(plan: View | None) -> dict[str, View]:
    commitments = plan["commitments"] if plan else ()
    return {part["id"]: part for one in commitments for part in (one, *one["milestones"])}


def _cell(text: str, earlier: Mapping[str, View], item: str, read: Any) -> dict[str, str]:
    """A text, and its value in the version before if that differs."""
    was = read(earlier[item]) if item in earlier else text
    return {"now": text, "was": was if was != text else ""}


def _lead(one: View, plan: View) -> str:
    lead: str | None = one.get("lead")
    return names_of(plan).get(lead, lead) if lead else ""

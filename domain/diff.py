"""What changed between two states of a plan, and why: every change with the course correction that made it."""

from collections.abc import Collection, Iterator
from typing import Any

from pydantic import BaseModel

from domain.corrections.changes import name_of
from domain.corrections.messages import Change, Correction
from domain.kernel.event import Visibility
from domain.marks import contested, errata
from domain.plan import Plan
from domain.plan_file.definition import Assumption, Awaited, Definition, Indicator
from domain.reporting.messages import ReportedStatus
from domain.views import ALL, correction_view


def diff(before: Plan, after: Plan, may_see: Collection[Visibility] = ALL) -> dict[str, Any]:
    """Changed fields, added and dropped items, changed statuses, and the course corrections that made them."""
    old, new = dict(_items(before.definition)), dict(_items(after.definition))
    made = [
        one
        for name, one in after.corrections.items()
        if one.effective_at is not None
        and one.visibility in may_see
        and (name not in before.corrections or before.corrections[name].effective_at is None)
    ]
    return {
        "from": {"version": before.version, "revision": before.revision},
        "to": {"version": after.version, "revision": after.revision},
        "changes": [
            row | _reason(made, row["item"], row["field"], may_see) | _erratum(before, after, row, may_see)
            for item in new
            if item in old
            for row in _changed(item, old[item], new[item])
        ],
        "added": [
            {"item": item, "is": new[item]} | _reason(made, item, None, may_see) for item in new if item not in old
        ],
        "dropped": [
            {"item": item} | _reason(made, item, None, may_see) for item in after.dropped if item not in before.dropped
        ],
        "statuses": list(_statuses(before, after, may_see)),
        "partners": list(_partners(before, after)),
        "contested": [one for one in contested(after, may_see) if one not in contested(before, may_see)],
        "errata": [one for one in errata(after, may_see) if one not in errata(before, may_see)],
        "corrections": [correction_view(after, one, may_see) for one in made],
    }


def _items(definition: Definition | None) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every part of a definition by its id, without the parts inside it."""
    if definition is None:
        return
    yield "problem", _written(definition.problem)
    yield "policy", _written(definition.policy)
    yield "plan", {"title": definition.title, "words": _written(definition.words), "questions": definition.questions}
    for commitment in definition.commitments:
        yield commitment.id, _written(commitment, "milestones")
        for milestone in commitment.milestones:
            yield milestone.id, _written(milestone)
    parts: list[Indicator | Assumption | Awaited] = [*definition.indicators, *definition.assumptions]
    for part in [*parts, *definition.awaited]:
        yield part.id, _written(part)


def _written(part: BaseModel, *without: str) -> dict[str, Any]:
    written = part.model_dump(mode="json", by_alias=True, exclude_none=True)
    return {name: said for name, said in written.items() if name not in without}


def _changed(item: str, old: dict[str, Any], new: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for field in sorted(old.keys() | new.keys()):
        if old.get(field) != new.get(field):
            change = Change.model_construct(item=item, field=field)
            yield {
                "item": item,
                "field": field,
                "name": name_of(change),
                "from": old.get(field),
                "to": new.get(field),
            }


def _reason(made: list[Correction], item: str, field: str | None, may_see: Collection[Visibility]) -> dict[str, Any]:
    """The last course correction that made a change, and its reason for it."""
    for correction in reversed(made):
        for change in correction.proposal.changes:
            if change.subject == item and (field is None or (change.field or "").split(".")[0] == field):
                return {
                    "correction": correction.id,
                    "trigger": correction.proposal.trigger,
                    "rationale": rationale_of(correction, change, may_see),
                    "proposed_by": correction.body,
                    "decided_by": correction.decided_by,
                }
    return {"correction": None, "trigger": None, "rationale": None, "proposed_by": None, "decided_by": None}


def rationale_of(correction: Correction, change: Change, may_see: Collection[Visibility]) -> Any:
    """Why a change was made: its own reason, one published later that covers it, or the proposal's."""
    for explanation in reversed(correction.explained):
        covered = not explanation.covers or change.subject in explanation.covers
        if covered and explanation.visibility in may_see:
            return _said(explanation.rationale)
    return _said(change.rationale if change.rationale is not None else correction.proposal.rationale)


def _said(text: Any) -> Any:
    return text.model_dump(mode="json") if isinstance(text, BaseModel) else text


def _partners(before: Plan, after: Plan) -> Iterator[dict[str, Any]]:
    """Who came, and who left with which successor: not by a course correction, but by what happened to the bodies."""
    yield from ({"joined": body} for body in after.joined if body not in before.joined)
    for body, former in after.former.items():
        if body not in before.former:
            yield {"left": body, "successor": former.successor}


def _erratum(before: Plan, after: Plan, row: dict[str, Any], may_see: Collection[Visibility]) -> dict[str, Any]:
    """The erratum that made a change, where it was one and not the plan's course that changed."""
    made = [
        one.id
        for name, one in after.errata.items()
        if (one.item, one.head) == (row["item"], row["field"])
        and one.visibility in may_see
        and one.in_effect != (name in before.errata and before.errata[name].in_effect)
    ]
    return {"erratum": made[-1] if made else None}


def _statuses(before: Plan, after: Plan, may_see: Collection[Visibility]) -> Iterator[dict[str, Any]]:
    for item in {**before.standings, **after.standings}:
        was, now = (_told(plan.standings.get(item), may_see) for plan in (before, after))
        if now not in (was, "withheld"):
            yield {"item": item, "from": was, "to": now}


def _told(held: ReportedStatus | None, may_see: Collection[Visibility]) -> str:
    """What a reader hears of a status."""
    if held is None:
        return "not_reported"
    return held.status if held.visibility in may_see else "withheld"

"""What changed between two states of a plan, and why: every change with the course correction that made it."""

from collections.abc import Collection, Iterator
from typing import Any

from domain.corrections.correction import Correction
from domain.corrections.messages import Change
from domain.kernel.event import Visibility
from domain.plan import Plan
from domain.plan_file.definition import Assumption, Awaited, Definition, Indicator
from domain.reporting.messages import ReportedStatus
from domain.views.annotations import contested_views, errata_views
from domain.views.construct import text_of, written
from domain.views.correction import correction_view
from domain.views.models.diff import (
    AddedView,
    DiffView,
    DroppedView,
    FieldChangeView,
    JoinedView,
    LeftView,
    PointView,
    StatusChangeView,
)
from domain.views.models.parts import field_change_kind
from domain.views.models.view import ALL


def diff_view(before: Plan, after: Plan, may_see: Collection[Visibility] = ALL) -> DiffView:
    """Changed fields, added and dropped items, changed statuses, and the course corrections that made them."""
    old, new = dict(_items(before.definition)), dict(_items(after.definition))
    made = [
        one
        for name, one in after.corrections.items()
        if one.effective_at is not None
        and one.visibility in may_see
        and (name not in before.corrections or before.corrections[name].effective_at is None)
    ]
    contested_before, errata_before = contested_views(before, may_see), errata_views(before, may_see)
    return DiffView(
        before=PointView(version=before.version, revision=before.revision),
        after=PointView(version=after.version, revision=after.revision),
        changes=tuple(
            FieldChangeView(
                item=item,
                field=field,
                name=field_change_kind(item, field),
                was=old[item].get(field),
                shall_be=new[item].get(field),
                erratum=_erratum(before, after, item, field, may_see),
                **_reason(made, item, field, may_see),
            )
            for item in new
            if item in old
            for field in sorted(old[item].keys() | new[item].keys())
            if old[item].get(field) != new[item].get(field)
        ),
        added=tuple(
            AddedView.model_validate({"item": item, "is": part, **_reason(made, item, None, may_see)})
            for item, part in new.items()
            if item not in old
        ),
        dropped=tuple(
            DroppedView(item=item, **_reason(made, item, None, may_see))
            for item in after.dropped
            if item not in before.dropped
        ),
        statuses=tuple(_statuses(before, after, may_see)),
        partners=tuple(_partners(before, after)),
        contested=tuple(one for one in contested_views(after, may_see) if one not in contested_before),
        errata=tuple(one for one in errata_views(after, may_see) if one not in errata_before),
        corrections=tuple(correction_view(after, one, may_see) for one in made),
    )


def _items(definition: Definition | None) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every part of a definition by its id, without the parts inside it."""
    if definition is None:
        return
    yield "problem", written(definition.problem)
    yield "policy", written(definition.policy)
    yield "plan", {"title": definition.title, "words": written(definition.words), "questions": definition.questions}
    for commitment in definition.commitments:
        own = written(commitment)
        del own["milestones"]
        yield commitment.id, own
        for milestone in commitment.milestones:
            yield milestone.id, written(milestone)
    parts: list[Indicator | Assumption | Awaited] = [*definition.indicators, *definition.assumptions]
    for part in [*parts, *definition.awaited]:
        yield part.id, written(part)


def _reason(made: list[Correction], item: str, field: str | None, may_see: Collection[Visibility]) -> dict[str, Any]:
    """The fields of `ReasonView`: the last course correction that made a change, and its reason for it."""
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
    """Why a change was made, as JSON: its own reason, one published later that covers it, or the proposal's."""
    for explanation in reversed(correction.explained):
        covered = not explanation.covers or change.subject in explanation.covers
        if covered and explanation.visibility in may_see:
            return text_of(explanation.rationale)
    return text_of(change.rationale if change.rationale is not None else correction.proposal.rationale)


def _partners(before: Plan, after: Plan) -> Iterator[JoinedView | LeftView]:
    """The bodies that came, and those that left with their successors: not by a course correction."""
    yield from (JoinedView(joined=body) for body in after.joined if body not in before.joined)
    for body, former in after.former.items():
        if body not in before.former:
            yield LeftView(left=body, successor=former.successor)


def _erratum(before: Plan, after: Plan, item: str, field: str, may_see: Collection[Visibility]) -> str | None:
    """The erratum that made a change, where it was one and not the plan's course that changed."""
    made = [
        one.id
        for name, one in after.errata.items()
        if (one.item, one.head) == (item, field)
        and one.visibility in may_see
        and one.in_effect != (name in before.errata and before.errata[name].in_effect)
    ]
    return made[-1] if made else None


def _statuses(before: Plan, after: Plan, may_see: Collection[Visibility]) -> Iterator[StatusChangeView]:
    for item in {**before.standings, **after.standings}:
        was, now = (_status(plan.standings.get(item), may_see) for plan in (before, after))
        if now not in (was, "withheld"):
            yield StatusChangeView(item=item, was=was, now=now)


def _status(held: ReportedStatus | None, may_see: Collection[Visibility]) -> str:
    """The status as the reader may see it."""
    if held is None:
        return "not_reported"
    return held.status if held.visibility in may_see else "withheld"

"""An adopted course correction takes effect: now, on its day, or with the next cycle."""

from collections.abc import Iterator
from datetime import datetime

from domain.corrections.changes import apply_all, going_with
from domain.corrections.messages import Change, Correction, CorrectionTookEffect
from domain.kernel.event import NewEvent
from domain.partners.holders import in_present_names
from domain.plan import Plan


def take_effect(plan: Plan, correction: Correction, moment: datetime) -> NewEvent:
    """Apply what was adopted to the plan as it is at that moment; what no longer fits is stale and left out."""
    _, applied, stale = apply_all(plan.defined, plan.gone(), changes_of(plan, correction))
    event = CorrectionTookEffect(correction=correction.id, applied=tuple(applied), stale=tuple(stale))
    return NewEvent(event, moment, correction.visibility)


def take_effect_in_next_cycle(plan: Plan, moment: datetime) -> Iterator[NewEvent]:
    """What was adopted for the next cycle, in the order in which it was decided, each on the plan the last one left."""
    waiting = [
        one
        for one in plan.corrections.values()
        if one.status == "adopted" and one.proposal.takes_effect == "next_cycle"
    ]
    definition, dropped = plan.defined, set(plan.gone())
    for correction in sorted(waiting, key=lambda one: one.decided_at or moment):
        definition, applied, stale = apply_all(definition, dropped, changes_of(plan, correction))
        dropped |= {item for change in applied if change.drop for item in going_with(definition, change.drop)}
        event = CorrectionTookEffect(correction=correction.id, applied=tuple(applied), stale=tuple(stale))
        yield NewEvent(event, moment, correction.visibility)


def changes_of(plan: Plan, correction: Correction) -> list[Change]:
    """The changes of the present draft. Bodies that it names are replaced by their present successors."""
    return [in_present_names(plan, change) for change in correction.proposal.changes]

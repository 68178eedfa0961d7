"""Adopted course corrections take effect: at once, on a date, or with the next cycle."""

from collections.abc import Iterator
from datetime import datetime

from domain.corrections.changes import apply_all, dropped_with
from domain.corrections.correction import Correction
from domain.corrections.messages import Change, CorrectionTookEffect
from domain.kernel.event import NewEvent
from domain.partners.holders import with_current_holders
from domain.plan import Plan


def take_effect(plan: Plan, correction: Correction, moment: datetime) -> NewEvent:
    """The event that applies an adopted course correction to the present plan. Stale changes are left out."""
    _, applied, stale = apply_all(plan.defined, plan.all_dropped(), changes_of(plan, correction))
    event = CorrectionTookEffect(correction=correction.id, applied=tuple(applied), stale=tuple(stale))
    return NewEvent(event, moment, correction.visibility)


def take_effect_in_next_cycle(plan: Plan, moment: datetime) -> Iterator[NewEvent]:
    """The events that apply the corrections adopted for the next cycle, in the order of decision."""
    waiting = [
        one
        for one in plan.corrections.values()
        if one.status == "adopted" and one.proposal.takes_effect == "next_cycle"
    ]
    definition, dropped = plan.defined, set(plan.all_dropped())
    for correction in sorted(waiting, key=lambda one: one.decided_at or moment):
        definition, applied, stale = apply_all(definition, dropped, changes_of(plan, correction))
        dropped |= {item for change in applied if change.drop for item in dropped_with(definition, change.drop)}
        event = CorrectionTookEffect(correction=correction.id, applied=tuple(applied), stale=tuple(stale))
        yield NewEvent(event, moment, correction.visibility)


def changes_of(plan: Plan, correction: Correction) -> list[Change]:
    """The changes of the present draft, with current holders in place of succeeded bodies."""
    return [with_current_holders(plan, change) for change in correction.proposal.changes]

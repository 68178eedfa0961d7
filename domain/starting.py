"""Starting a plan from its file."""

from datetime import datetime

from domain.check import check
from domain.commands import Asked, StartPlan
from domain.definition import Definition
from domain.entry import Draft
from domain.events import PlanStarted
from domain.faults import Malformed
from domain.loop import opened
from domain.plan import Plan
from domain.refusals import Refused
from domain.speaking import effective_at, hold_speaker


def start(plan: Plan, asked: Asked, command: StartPlan) -> list[Draft]:
    """Start a plan: its definition takes effect, and the first cycle's action phase opens."""
    if plan.status != "unknown":
        raise Refused("already_started", plan=asked.plan)
    definition = command.definition
    if definition.plan != asked.plan:
        raise Refused("other_plan", plan=asked.plan)
    if faults := check(definition).faults:
        raise Malformed(list(faults))
    live_from = _live_from(definition, asked.accepted_at)
    begun = Plan(id=asked.plan, status="open", definition=definition, live_from=live_from)
    moment = effective_at(command.effective, asked.accepted_at, begun)
    if moment > asked.accepted_at:
        raise Refused("in_the_future", given=command.effective)
    if moment < asked.accepted_at and not begun.entered_afterwards(moment):
        raise Refused("takes_effect_when_recorded", live_from=live_from)
    hold_speaker(begun, asked, moment)
    return [
        Draft(PlanStarted(definition=definition, live_from=live_from), moment),
        Draft(opened(begun, "action", 1, moment, None), moment),
    ]


def _live_from(definition: Definition, accepted_at: datetime) -> datetime | None:
    calendar = definition.calendar()
    match definition.live_from:
        case "never":
            return None
        case None:
            return calendar.start_of(calendar.day_of(accepted_at))
        case day:
            return calendar.start_of(day)

"""Starting a plan from its file."""

from datetime import datetime

from domain.kernel.context import CommandEnvelope
from domain.kernel.event import NewEvent
from domain.kernel.faults import Malformed
from domain.kernel.refused import Refused
from domain.kernel.registry import decides
from domain.loop.clock import opening_event
from domain.loop.messages import PlanStarted, StartPlan
from domain.plan import Plan
from domain.plan_file.check import check
from domain.plan_file.definition import Definition
from domain.speaking import effective_at, require_speaker


@decides(StartPlan)
def start(plan: Plan, sent: CommandEnvelope, command: StartPlan, moment: datetime) -> list[NewEvent]:
    """Start a plan: its definition takes effect, and the first cycle's action phase opens."""
    if plan.status != "unknown":
        raise Refused("already_started", plan=sent.plan)
    definition = command.definition
    if definition.plan != sent.plan:
        raise Refused("other_plan", plan=sent.plan)
    if faults := check(definition).faults:
        raise Malformed(list(faults))
    live_from = _live_from(definition, sent.accepted_at)
    started = Plan(id=sent.plan, status="open", definition=definition, live_from=live_from)
    moment = effective_at(command.effective, sent.accepted_at, started)
    if moment > sent.accepted_at:
        raise Refused("in_the_future", given=command.effective)
    if moment < sent.accepted_at and not started.entered_afterwards(moment):
        raise Refused("takes_effect_when_recorded", live_from=live_from)
    require_speaker(started, sent, moment)
    return [
        NewEvent(PlanStarted(definition=definition, live_from=live_from), moment),
        NewEvent(opening_event(started, "action", 1, moment, None), moment),
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

"""Decide a command: new events, or a refusal. Pure: it reads only the plan and the command."""

from domain.kernel.context import CommandEnvelope
from domain.kernel.event import NewEvent
from domain.kernel.refused import Refused
from domain.kernel.registry import DECIDE
from domain.plan import Plan
from domain.speaking import moment_of, require_speaker
from domain.visibility import visibility_of


def decide(plan: Plan, sent: CommandEnvelope) -> list[NewEvent]:
    """The events that a command causes. Raises ``Refused``, or ``Malformed`` for a faulty plan file."""
    command = sent.command
    moment = sent.accepted_at
    if not command.CHECKS_ITSELF:
        if plan.status == "unknown":
            raise Refused("unknown_plan", plan=sent.plan)
        moment = moment_of(plan, sent)
        require_speaker(plan, sent, moment)
        if plan.started_at is not None and moment < plan.started_at:
            raise Refused("before_its_subject", subject=plan.id, since=plan.started_at, given=moment)
        if plan.history.ground(command.id) is not None:
            raise Refused("id_taken", id=command.id)
    decided = [
        event if isinstance(event, NewEvent) else NewEvent(event, moment, visibility_of(plan, command))
        for event in DECIDE[type(command)](plan, sent, command, moment)
    ]
    for new in decided:
        if new.event.SHAPES_THE_PLAN and plan.shaped_at is not None and new.effective_at < plan.shaped_at:
            raise Refused("before_last_change", last=plan.shaped_at)
    return decided

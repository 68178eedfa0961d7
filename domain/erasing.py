"""Erasing: what was sealed in an entry is destroyed, with a reason and an authority. The record of it stays."""

from domain.commands import Asked, Redact
from domain.entry import Draft
from domain.events import Erased
from domain.plan import Plan
from domain.refusals import Refused


def erase(plan: Plan, asked: Asked, command: Redact) -> list[Draft]:
    """Also in a plan that is paused or closed: the right to be forgotten does not wait. Nobody is spoken for."""
    if not 1 <= command.entry <= plan.version:
        raise Refused("unknown_entry", entry=command.entry, last=plan.version)
    if plan.is_erased(command.entry):
        raise Refused("already_erased", entry=command.entry)
    moment = max(asked.accepted_at, plan.latest or asked.accepted_at)
    return [Draft(Erased(entry=command.entry, reason=command.reason, authority=command.authority), moment)]

"""Visibility of the events of a command: the rule that its kind declares, applied to a plan."""

from typing import assert_never, get_args

from domain.kernel.command import Command
from domain.kernel.visibility import ByPolicy, Fixed, LikeFact, SameAsEntry, SameAsFact, Visibility
from domain.plan import Plan
from domain.plan_file.definition import Defaults


def visibility_of(plan: Plan, command: Command) -> Visibility:
    """Visibility of the events that this command produces."""
    defaults = plan.definition.policy.visibility if plan.definition else Defaults()
    match command.VISIBILITY:
        case Fixed(visibility):
            return visibility
        case SameAsEntry(field):
            entry = plan.find_entry(getattr(command, field))
            return entry.visibility if entry else "restricted"
        case SameAsFact(fact, field):
            value = plan.facts(fact).get(getattr(command, field))
            same: Visibility = value.visibility if value else "restricted"
            return same
        case ByPolicy(default):
            chosen: Visibility = command.visibility or getattr(defaults, default)
            return chosen
        case LikeFact(fact, field, default, never_more_open):
            value = plan.facts(fact).get(getattr(command, field))
            of_fact: Visibility = value.visibility if value else getattr(defaults, default)
            requested = command.visibility or of_fact
            return max(requested, of_fact, key=get_args(Visibility).index) if never_more_open else requested
        case _:
            assert_never(command.VISIBILITY)

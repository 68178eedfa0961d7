"""Who may see the events of a command: the rule that its kind declares, applied to a plan."""

from typing import assert_never, get_args

from domain.kernel.command import Command
from domain.kernel.visibility import ByPolicy, Fixed, LikeFact, SameAsEntry, SameAsFact, Visibility
from domain.plan import Plan
from domain.plan_file.definition import Defaults


def visibility_of(plan: Plan, command: Command) -> Visibility:
    """Visibility of the events that this command produces. Steering is public and power is restricted, always."""
    defaults = plan.definition.policy.visibility if plan.definition else Defaults()
    match command.VISIBILITY:
        case Fixed(visibility):
            return visibility
        case SameAsEntry(field):
            entry = plan.find_entry(getattr(command, field))
            return entry.visibility if entry else "restricted"
        case SameAsFact(fact, field):
            found = plan.facts(fact).get(getattr(command, field))
            same: Visibility = found.visibility if found else "restricted"
            return same
        case ByPolicy(default):
            chosen: Visibility = command.visibility or getattr(defaults, default)
            return chosen
        case LikeFact(fact, field, default, never_more_open):
            thing = plan.facts(fact).get(getattr(command, field))
            its_own: Visibility = thing.visibility if thing else getattr(defaults, default)
            asked_for = command.visibility or its_own
            return max(asked_for, its_own, key=get_args(Visibility).index) if never_more_open else asked_for
        case _:
            assert_never(command.VISIBILITY)

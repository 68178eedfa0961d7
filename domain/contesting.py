"""Objecting to what was entered in one's name: only a body itself knows whether it said so, or its successor."""

from datetime import datetime

from domain.commands import Asked, ContestEntry
from domain.entry import Draft, Entry
from domain.events import EntryContested
from domain.plan import Plan
from domain.refusals import Refused
from domain.told import Said, bodies_of, entered_for


def contest(plan: Plan, asked: Asked, command: ContestEntry, moment: datetime) -> list[Draft]:
    """Contest an entry. It never spoke for the body, so it stops counting from the moment at which it took effect."""
    entry = find(plan, command.entry)
    if not isinstance(entry.event, Said):
        raise Refused("nothing_said")
    body, version = asked.on_behalf_of, entry.version
    its = [one for one in bodies_of(entry) if body is not None and body in (one, plan.heir(one))]
    entered, contested = set(entered_for(entry)), plan.contested_by(version)
    left = [one for one in its if one in entered and one not in contested]
    if not left:
        if contested.intersection(its):
            raise Refused("already_contested", body=body, entry=version)
        code = "own_entry" if entry.on_behalf_of in its else "not_entered_for_you"
        raise Refused(code, body=entry.on_behalf_of if its else body or "-", entry=version)
    spoken_for = None if body in left else left[0]
    event = EntryContested(entry=version, reason=command.reason, spoken_for=spoken_for)
    return [Draft(event, entry.effective_at, entry.visibility)]


def find(plan: Plan, name: int | str) -> Entry:
    """An entry that is told, by its number or by the command that led to it; raises ``nothing_said``."""
    entry = plan.find_entry(name)
    if entry is None:
        raise Refused("nothing_said")
    return entry

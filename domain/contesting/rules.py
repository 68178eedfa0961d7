"""Objecting to what was entered in one's name: only a body itself knows whether it said so, or its successor."""

from datetime import datetime

from domain.contesting.counting import bodies_of, entered_for
from domain.contesting.messages import Contest, ContestEntry, EntryContested
from domain.errata.effects import mended
from domain.kernel.context import CommandEnvelope
from domain.kernel.entry import Entry
from domain.kernel.event import NewEvent
from domain.kernel.record import replace
from domain.kernel.refused import Refused
from domain.kernel.registry import decides, evolves
from domain.plan import Plan


@decides(ContestEntry)
def contest(plan: Plan, sent: CommandEnvelope, command: ContestEntry, moment: datetime) -> list[NewEvent]:
    """Contest an entry. It never spoke for the body, so it stops counting from the moment at which it took effect."""
    entry = find(plan, command.entry)
    if not entry.kind_of_event.IS_STATEMENT:
        raise Refused("nothing_said")
    body, version = sent.on_behalf_of, entry.version
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
    return [NewEvent(event, entry.effective_at, entry.visibility)]


def find(plan: Plan, name: int | str) -> Entry:
    """An entry that is told, by its number or by the command that led to it; raises ``nothing_said``."""
    entry = plan.find_entry(name)
    if entry is None:
        raise Refused("nothing_said")
    return entry


@evolves(EntryContested)
def contested(plan: Plan, entry: Entry) -> Plan:
    """The entry counts no more for that body. An erratum that its writer contests loses its effect as well."""
    event = entry.event
    assert isinstance(event, EntryContested)
    contested_entry, body = plan.find_entry(event.entry), event.spoken_for or entry.on_behalf_of
    if contested_entry is None or body is None:
        return plan
    successor = entry.on_behalf_of if event.spoken_for else None
    contest = Contest(body, entry.version, entry.recorded_at, successor)
    plan = replace(plan, history=plan.history.marking(contested_entry, contest, entry.version))
    kind, id_ = contested_entry.subjects()[0]
    return mended(plan, id_, entry.version) if kind == "erratum" else plan

"""Contests: only a body itself, or its successor, can object to an entry that another person entered for it."""

from datetime import datetime

from domain.contesting.counting import bodies_of, entered_for
from domain.contesting.messages import Contest, ContestEntry, EntryContested
from domain.errata.effects import with_erratum
from domain.kernel.context import CommandEnvelope
from domain.kernel.entry import Entry
from domain.kernel.event import NewEvent
from domain.kernel.record import replace
from domain.kernel.refused import Refused
from domain.kernel.registry import decides, evolves
from domain.plan import Plan


@decides(ContestEntry)
def contest(plan: Plan, sent: CommandEnvelope, command: ContestEntry, moment: datetime) -> list[NewEvent]:
    """Contest an entry. It never spoke for the body, so the contest has the effective time of the entry."""
    entry = require_entry(plan, command.entry)
    if not entry.kind_of_event.IS_STATEMENT:
        raise Refused("nothing_said")
    body, version = sent.on_behalf_of, entry.version
    own = [one for one in bodies_of(entry) if body is not None and body in (one, plan.current_holder(one))]
    entered, contested = set(entered_for(entry)), plan.contested_by(version)
    contestable = [one for one in own if one in entered and one not in contested]
    if not contestable:
        if contested.intersection(own):
            raise Refused("already_contested", body=body, entry=version)
        code = "own_entry" if entry.on_behalf_of in own else "not_entered_for_you"
        raise Refused(code, body=entry.on_behalf_of if own else body or "-", entry=version)
    spoken_for = None if body in contestable else contestable[0]
    event = EntryContested(entry=version, reason=command.reason, spoken_for=spoken_for)
    return [NewEvent(event, entry.effective_at, entry.visibility)]


def require_entry(plan: Plan, name: int | str) -> Entry:
    """An entry about a subject, by its number or its command's id; raises ``nothing_said`` if there is none."""
    entry = plan.find_entry(name)
    if entry is None:
        raise Refused("nothing_said")
    return entry


@evolves(EntryContested)
def contested(plan: Plan, entry: Entry) -> Plan:
    """The entry counts no more for that body. An erratum that its writer contests loses its effect too."""
    event = entry.event
    assert isinstance(event, EntryContested)
    contested_entry, body = plan.find_entry(event.entry), event.spoken_for or entry.on_behalf_of
    if contested_entry is None or body is None:
        return plan
    successor = entry.on_behalf_of if event.spoken_for else None
    contest = Contest(body, entry.version, entry.recorded_at, successor)
    plan = replace(plan, history=plan.history.marking(contested_entry, contest, entry.version))
    kind, id_ = contested_entry.subjects()[0]
    return with_erratum(plan, id_, entry.version) if kind == "erratum" else plan

"""Erasing: the sealed texts of an entry are destroyed, with a reason and an authority. The entry stays."""

from datetime import datetime

from domain.erasing.messages import Erased, Redact
from domain.kernel.context import CommandEnvelope
from domain.kernel.entry import Entry
from domain.kernel.event import NewEvent
from domain.kernel.record import replace
from domain.kernel.refused import Refused
from domain.kernel.registry import decides, evolves
from domain.plan import Plan


@decides(Redact)
def erase(plan: Plan, sent: CommandEnvelope, command: Redact, moment: datetime) -> list[NewEvent]:
    """Erase, also in a paused or closed plan: the right to be forgotten does not wait. No body speaks in it."""
    if plan.status == "unknown":
        raise Refused("unknown_plan", plan=sent.plan)
    if not 1 <= command.entry <= plan.version:
        raise Refused("unknown_entry", entry=command.entry, last=plan.version)
    if plan.is_erased(command.entry):
        raise Refused("already_erased", entry=command.entry)
    moment = max(moment, plan.latest or moment)
    return [NewEvent(Erased(entry=command.entry, reason=command.reason, authority=command.authority), moment)]


@evolves(Erased)
def erased(plan: Plan, entry: Entry) -> Plan:
    """Note the erasure. Nothing else changes: before and after, the entry contains only salted digests."""
    assert isinstance(entry.event, Erased)
    return replace(plan, erased=(*plan.erased, entry.event.entry))

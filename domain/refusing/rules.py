"""Records of refused commands, and of signals that name no journalled command."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from domain.kernel.entry import Entry
from domain.kernel.event import NewEvent
from domain.kernel.record import replace
from domain.kernel.refused import Refused
from domain.kernel.registry import evolves
from domain.plan import Plan
from domain.refusing.messages import ArrivalsRefused, CommandRefused, RefusedArrival

EVENTS_A_CYCLE: Final = 50
"""The most records of refused signals in one cycle: a flood of signals must not fill the history."""


def refusal(command: str, refused: Refused, moment: datetime) -> NewEvent:
    """The record of a refused command: its kind and the refusal, without the command's own words."""
    event = CommandRefused(command=command, code=refused.code, params=refused.kept())
    return NewEvent(event, moment, "restricted")


def refused_signals(plan: Plan, outlines: Sequence[Mapping[str, Any]], moment: datetime) -> list[NewEvent]:
    """The record of signals that name no journalled command; empty once a cycle has recorded too many of them."""
    if not outlines or plan.arrivals_refused >= EVENTS_A_CYCLE:
        return []
    first = tuple(RefusedArrival(**outline) for outline in outlines[:20])
    return [NewEvent(ArrivalsRefused(count=len(outlines), first=first), moment, "restricted")]


@evolves(CommandRefused)
def command_refused(plan: Plan, entry: Entry) -> Plan:
    return replace(plan, refused=plan.refused + 1)


@evolves(ArrivalsRefused)
def signals_refused(plan: Plan, entry: Entry) -> Plan:
    return replace(plan, arrivals_refused=plan.arrivals_refused + 1)

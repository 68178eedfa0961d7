"""The one port through which the engine knows a plan. Nothing outside ``domain``, views and exports looks behind it."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any, get_args

from pydantic import TypeAdapter, ValidationError

from domain.commands import AnyCommand, Asked, Redact
from domain.decide import decide
from domain.door import Hours
from domain.entry import Draft, Entry, Event, Visibility
from domain.events import AnyEvent, ArrivalsRefused, CommandRefused, RefusedArrival
from domain.evolve import evolve
from domain.faults import Malformed, explain
from domain.loop import due, next_deadline
from domain.plan import Plan
from domain.refusals import Refused
from domain.upcast import NEEDS, READER, lift
from domain.views import summary_view
from domain.visibility import visibility_of

ARRIVAL_EVENTS_A_CYCLE = 50
"""After so many records of refused arrivals in one cycle the next are not recorded: a flood must not become history."""


class UnknownKind(Exception):
    """An event of a kind or shape that this code does not know: the ledger is newer than the code."""

    def __init__(self, kind: str, schema: int) -> None:
        super().__init__(f"{kind}/{schema}")
        self.kind, self.schema = kind, schema


@cache
def _any_command() -> TypeAdapter[AnyCommand]:
    """Knows every kind, and so what was probably meant; made when a command is of none."""
    return TypeAdapter(AnyCommand)


@cache
def _state() -> TypeAdapter[Plan]:
    return TypeAdapter(Plan)


@cache
def _fields_of(kind: type[Event]) -> set[str]:
    """Which fields were given nobody asks of an event, and a set of its own would be a quarter of what it holds."""
    return set(kind.__pydantic_fields__)


def _by_tag(union: Any, tag: str) -> dict[str, Any]:
    members = get_args(get_args(union)[0])
    return {member.model_fields[tag].default: member for member in members}


@dataclass(frozen=True)
class Port:
    """What the engine may ask of the domain. Every function is pure."""

    command_kinds: Mapping[str, type[AnyCommand]]
    """The commands by their spoken names, which are the names of the signals."""
    event_kinds: Mapping[str, type[Event]]

    empty = Plan()
    reader = READER
    """The newest entries that this code can read: it opens no ledger that asks for more."""

    def parse(self, raw: Mapping[str, Any]) -> AnyCommand:
        """A command from JSON; raises ``Malformed`` with every fault."""
        known = self.command_kinds.get(str(raw.get("command")))
        try:
            return known.model_validate(raw) if known else _any_command().validate_python(raw)
        except ValidationError as error:
            raise Malformed(explain(error)) from None

    def visibility_of(self, plan: Plan, command: AnyCommand) -> Visibility:
        """Who may see what a command will lead to. The words of what is restricted are sealed before it is decided."""
        return visibility_of(plan, command)

    def decide(self, plan: Plan, asked: Asked) -> list[Draft]:
        """The events a command leads to; raises ``Refused`` or ``Malformed``."""
        return decide(plan, asked)

    def due(self, plan: Plan, until: datetime, open_hours: Hours | None = None) -> list[Draft]:
        """What the earliest deadline up to a moment brings; call again on the plan as it then is, until it is empty.

        ``open_hours``: the hours in which commands could be taken, by their starts, in order; ``None``: always.
        """
        return due(plan, until, open_hours)

    def agenda(self, plan: Plan) -> datetime | None:
        """When the clock next has something to do."""
        return next_deadline(plan)

    def erases(self, command: AnyCommand) -> int | None:
        """The entry whose seals a command has destroyed; ``None`` for any other command."""
        return command.entry if isinstance(command, Redact) else None

    def evolve(self, plan: Plan, entry: Entry) -> Plan:
        return evolve(plan, entry)

    def refusal(self, command: str, refused: Refused, moment: datetime) -> Draft:
        """The record of a refused command: what kind, why, and nothing of what it said."""
        event = CommandRefused(command=command, code=refused.code, params=refused.kept())
        return Draft(event, moment, "restricted")

    def arrivals(self, plan: Plan, outlines: Sequence[Mapping[str, Any]], moment: datetime) -> list[Draft]:
        """The record of signals that named no journalled command; none once a cycle has seen too many of them."""
        if not outlines or plan.arrivals_refused >= ARRIVAL_EVENTS_A_CYCLE:
            return []
        first = tuple(RefusedArrival(**outline) for outline in outlines[:20])
        return [Draft(ArrivalsRefused(count=len(outlines), first=first), moment, "restricted")]

    def summary(self, plan: Plan) -> dict[str, Any]:
        """A plan in one line of a list: small, and nothing that anybody may not see."""
        return summary_view(plan)

    def kind_of(self, event: Event) -> str:
        """The stored name of an event's kind."""
        kind: str = type(event).model_fields["kind"].default
        return kind

    def write(self, event: Event) -> dict[str, Any]:
        """An event as JSON, with nothing left out but what is at its default ``None``."""
        written: dict[str, Any] = event.model_dump(mode="json", by_alias=True, exclude_none=True)
        return written

    def read(self, kind: str, schema: int, data: str | bytes) -> Event:
        """An event from stored JSON, lifted where its shape is old; raises ``UnknownKind``."""
        known = self.event_kinds.get(kind)
        if known is None or schema > known.SCHEMA:
            raise UnknownKind(kind, schema)
        if schema == known.SCHEMA:
            event = known.model_validate_json(data)
            object.__setattr__(event, "__pydantic_fields_set__", _fields_of(known))
            return event
        return known.model_validate(lift(kind, schema, known.SCHEMA, json.loads(data)))

    def needs(self, kind: str, schema: int) -> int:
        """The reader that an entry takes: a ledger holds it only once it lets no older one in."""
        return NEEDS.get((kind, schema), 1)

    def dump(self, plan: Plan) -> dict[str, Any]:
        """The whole state as JSON: equal states, equal dumps."""
        dumped: dict[str, Any] = _state().dump_python(plan, mode="json", by_alias=True)
        return dumped


PLAN = Port(command_kinds=_by_tag(AnyCommand, "command"), event_kinds=_by_tag(AnyEvent, "kind"))

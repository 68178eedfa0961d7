"""The port through which the engine uses the domain. Only views and exports import more of it."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache, reduce
from operator import or_
from typing import Annotated, Any

from pydantic import Field, TypeAdapter, ValidationError

from domain.decide import decide
from domain.dump import dump
from domain.erasing.messages import Redact
from domain.evolve import evolve
from domain.kernel import registry
from domain.kernel.command import Command
from domain.kernel.context import CommandEnvelope, Hours
from domain.kernel.entry import Entry
from domain.kernel.event import Event, NewEvent
from domain.kernel.faults import Malformed, explain
from domain.kernel.refused import Refused
from domain.kernel.upcast import NEEDS, READER, upcast
from domain.kernel.visibility import Visibility
from domain.loop.clock import due, next_deadline
from domain.plan import Plan
from domain.refusing.rules import refusal, refused_signals
from domain.views.summary import summary_view
from domain.visibility import visibility_of

registry.discover()


class UnknownKind(Exception):
    """An event of an unknown kind or a newer schema: the ledger is newer than the code."""

    def __init__(self, kind: str, schema: int) -> None:
        super().__init__(f"{kind}/{schema}")
        self.kind, self.schema = kind, schema


@cache
def any_command() -> TypeAdapter[Command]:
    """Reads a command of any kind. For an unknown kind its error names the known ones."""
    return TypeAdapter(Annotated[reduce(or_, PLAN.command_kinds.values()), Field(discriminator="command")])  # type: ignore[arg-type]


@cache
def _all_fields(kind: type[Event]) -> set[str]:
    """Share one ``fields_set`` for each kind: one for each event is a quarter of its memory."""
    return set(kind.__pydantic_fields__)


@dataclass(frozen=True)
class Port:
    """What the engine may ask of the domain. Every function is pure."""

    command_kinds: Mapping[str, type[Command]]
    """Command classes by the name of the command, which is also the name of its signal."""
    event_kinds: Mapping[str, type[Event]]

    empty = Plan()
    reader = READER
    """The reader number of this code. It refuses to open a ledger that requires a higher one."""

    def parse(self, raw: Mapping[str, Any]) -> Command:
        """A command from JSON; raises ``Malformed`` with every fault."""
        known = self.command_kinds.get(str(raw.get("command")))
        try:
            return known.model_validate(raw) if known else any_command().validate_python(raw)
        except ValidationError as error:
            raise Malformed(explain(error)) from None

    def visibility_of(self, plan: Plan, command: Command) -> Visibility:
        """Visibility of the events that this command produces. Restricted texts are sealed before the decision."""
        return visibility_of(plan, command)

    def decide(self, plan: Plan, sent: CommandEnvelope) -> list[NewEvent]:
        """The events that a command causes; raises ``Refused`` or ``Malformed``."""
        return decide(plan, sent)

    def due(self, plan: Plan, until: datetime, open_hours: Hours | None = None) -> list[NewEvent]:
        """The events of the earliest deadline up to a moment. Call again on the plan after them, until it is empty.

        ``open_hours``: the hours in which commands could be taken, by their starts, in order; ``None``: always.
        """
        return due(plan, until, open_hours)

    def agenda(self, plan: Plan) -> datetime | None:
        """The next moment at which the clock has something to do."""
        return next_deadline(plan)

    def erases(self, command: Command) -> int | None:
        """The number of the entry whose sealed texts a command destroys; ``None`` for any other command."""
        return command.entry if isinstance(command, Redact) else None

    def evolve(self, plan: Plan, entry: Entry) -> Plan:
        """The plan after an entry. Raises ``UnknownKind`` before the event is decoded."""
        self.known(entry.kind, entry.schema)
        return evolve(plan, entry)

    def refusal(self, command: str, refused: Refused, moment: datetime) -> NewEvent:
        """The record of a refused command: its kind and the refusal, without the command's own words."""
        return refusal(command, refused, moment)

    def arrivals(self, plan: Plan, outlines: Sequence[Mapping[str, Any]], moment: datetime) -> list[NewEvent]:
        """The record of signals that name no journalled command; empty once a cycle has recorded too many of them."""
        return refused_signals(plan, outlines, moment)

    def summary(self, plan: Plan) -> dict[str, Any]:
        """A plan as one row of a list: small, and open to every reader of the list."""
        return summary_view(plan).as_json()

    def kind_of(self, event: Event) -> str:
        """The stored name of an event's kind."""
        return event.KIND

    def write(self, event: Event) -> dict[str, Any]:
        """An event as JSON, without fields that are ``None``."""
        written: dict[str, Any] = event.model_dump(mode="json", by_alias=True, exclude_none=True)
        return written

    def read(self, kind: str, schema: int, data: str | bytes) -> Event:
        """An event from stored JSON, upcast if its schema is old; raises ``UnknownKind``."""
        known = self.known(kind, schema)
        if schema == known.SCHEMA:
            event = known.model_validate_json(data)
            object.__setattr__(event, "__pydantic_fields_set__", _all_fields(known))
            return event
        return known.model_validate(upcast(kind, schema, known.SCHEMA, json.loads(data)))

    def known(self, kind: str, schema: int) -> type[Event]:
        """The class of a stored kind; raises ``UnknownKind`` for an unknown kind or a newer schema."""
        known = self.event_kinds.get(kind)
        if known is None or schema > known.SCHEMA:
            raise UnknownKind(kind, schema)
        return known

    def needs(self, kind: str, schema: int) -> int:
        """The reader number that an entry requires. It is written only to a ledger that refuses older readers."""
        return NEEDS.get((kind, schema), 1)

    def dump(self, plan: Plan) -> dict[str, Any]:
        """The whole state as JSON. Equal states give equal dumps."""
        return dump(plan)


PLAN = Port(*registry.commands_and_events())

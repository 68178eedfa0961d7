"""An entry: one numbered line of a plan's history, an event with its envelope.

People read *entry 214 / asiento 214* for ``version``. The ledger stores the envelope (all fields here but ``event``)
and the data (the event); both are permanent.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any, Self

from pydantic_core import from_json

from domain.kernel.event import EVENTS, Event, Phase, Source, Subject, Visibility

Stamp = tuple[datetime, int]
"""(effective_at, version). Of two statements about one fact, the one with the greater stamp applies."""


class UnreadableEvent(Exception):
    """The stored data of an entry is not that of its kind: the ledger was changed from outside, or code is wrong."""

    def __init__(self, plan: str, version: int, kind: str) -> None:
        super().__init__(f"entry {version} of {plan}, {kind}")
        self.plan, self.version, self.kind = plan, version, kind


class Entry:
    """One numbered line of a plan's history. Frozen by convention.

    Its event is decoded from the stored data when it is first read, because a fold needs most events only for their
    kind and their subject: decoding is two thirds of the cost of a replay.
    """

    __slots__ = (
        "_data", "_decode", "_event", "_subjects", "actor", "cause", "cycle", "effective_at", "id", "kind",
        "on_behalf_of", "phase", "plan", "recorded_at", "role", "schema", "source", "version", "visibility",
    )  # fmt: skip

    def __init__(
        self,
        *,
        plan: str,
        version: int,
        id: str,
        kind: str,
        schema: int,
        actor: str,
        role: str,
        on_behalf_of: str | None,
        source: Source | None,
        effective_at: datetime,
        recorded_at: datetime,
        cycle: int,
        phase: Phase | None,
        cause: str | None,
        visibility: Visibility,
        event: Event | None = None,
        data: str | None = None,
        decode: Callable[[str, int, str], Event] | None = None,
    ) -> None:
        """Give either ``event``, or the stored ``data`` (RFC 8785 JSON) with the function that decodes it.

        ``version`` is 1..n within the plan, without a gap. ``actor`` is an opaque id; the name behind it is in a
        register from which it can be erased. ``cause`` is the id of the command that caused the entry, ``None`` for
        the clock.
        """
        self.plan = plan
        self.version = version
        self.id = id
        self.kind = kind
        self.schema = schema
        self.actor = actor
        self.role = role
        self.on_behalf_of = on_behalf_of
        self.source = source
        self.effective_at = effective_at
        self.recorded_at = recorded_at
        self.cycle = cycle
        self.phase = phase
        self.cause = cause
        self.visibility = visibility
        self._event = event
        self._data = data
        self._decode = decode
        self._subjects: tuple[Subject, ...] | None = None

    @property
    def event(self) -> Event:
        """The event. Raises ``UnreadableEvent`` for data that is not that of its kind."""
        event, data, decode = self._event, self._data, self._decode  # in this order: several threads may decode it
        if event is None:
            if decode is None:
                assert self._event is not None
                return self._event
            try:
                event = self._event = decode(self.kind, self.schema, data or "")
            except ValueError as error:
                raise UnreadableEvent(self.plan, self.version, self.kind) from error
            self._decode = None
            self._data = None
        return event

    def decoded(self) -> Self:
        """This entry, with its event decoded now. Raises ``UnreadableEvent``, and ``UnknownKind`` from the decoder."""
        self.event  # noqa: B018
        return self

    @property
    def kind_of_event(self) -> type[Event]:
        """The class of its event, without decoding it if this code knows the kind."""
        kind = EVENTS.get(self.kind)
        return kind if kind is not None and self.schema <= kind.SCHEMA else type(self.event)

    @property
    def stamp(self) -> Stamp:
        return self.effective_at, self.version

    def subjects(self) -> tuple[Subject, ...]:
        """Its subjects, the main one first; usually read without decoding the event."""
        if self._subjects is None:
            self._subjects = self.find_subjects()
        return self._subjects

    def find_subjects(self) -> tuple[Subject, ...]:
        """The same, not cached: most entries need it once, when they are filed."""
        kind = self.kind_of_event
        if kind.SUBJECT is None:
            return ()
        stored = self._data
        if stored is not None and self.schema == kind.SCHEMA:
            data = from_json(stored, cache_strings="keys")
        else:
            data = self.event.__dict__
        main = kind.SUBJECT.subject(data)
        if main is None:
            return ()
        if not kind.LISTED_BY_CYCLE and not kind.ALSO_ABOUT:
            return (main,)
        others = [about.subject(data) for about in kind.ALSO_ABOUT]
        if kind.LISTED_BY_CYCLE:
            others.append(("cycle", str(self.cycle)))
        return main, *(other for other in others if other is not None)

    @property
    def subject_id(self) -> str:
        """The id of its main subject; raises ``LookupError`` if it has no subject."""
        for _, id_ in self.subjects():
            return id_
        raise LookupError(f"entry {self.version} has no subject")

    def may_hold(self, field: str) -> bool:
        """``False`` only if the event has no value for a field, or an empty list. Does not decode stored data.

        RFC 8785 writes a key as ``"field":``, and escapes every quotation mark within a text with a backslash.
        """
        stored = self._data
        if self.schema != self.kind_of_event.SCHEMA:
            return True
        return stored is None or (f'"{field}":' in stored and f'"{field}":[]' not in stored)

    def with_changes(self, **changes: Any) -> Self:
        """A copy with some fields changed."""
        fields = {name: getattr(self, name) for name in self.__slots__ if not name.startswith("_")}
        return type(self)(**fields | {"event": self.event} | changes)

    def with_event(self, change: Callable[[Event], Event]) -> Self:
        """A copy whose event is changed when it is first read. A change keeps the subject, and which fields it has."""
        copy = self.__new__(type(self))
        for name in self.__slots__:
            setattr(copy, name, getattr(self, name))
        if (stored := self._data) is None:
            copy._event = change(self.event)
        else:
            copy._event, copy._data, copy._decode = None, stored, lambda *_: change(self.event)
        return copy

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Entry):
            return NotImplemented
        names = [name for name in self.__slots__ if not name.startswith("_")]
        return all(getattr(self, name) == getattr(other, name) for name in names) and self.event == other.event

    def __hash__(self) -> int:
        return hash((self.plan, self.version, self.id))

    def __repr__(self) -> str:
        return f"Entry({self.plan!r}, {self.version}, {self.kind!r})"

"""A unit of work on one plan: it advances the clock, decides commands in order, and prepares one write of the results.

It reads no clock and no database; only the salts of the leaves are random. Its write is committed whole or not at all.
"""

import uuid
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final

import structlog

from activities.contract import GRACE
from domain import PLAN
from domain.kernel.context import CommandEnvelope
from domain.kernel.entry import Entry, UnreadableEvent
from domain.kernel.event import CLOCK, NewEvent, Source
from domain.kernel.faults import Malformed
from domain.kernel.refused import Refused
from domain.plan import Plan
from ledger.appender import Write
from ledger.canonical import NotCanonical
from ledger.envelope import EncodedEntry, encode_entry
from ledger.fold import Folded
from ledger.journal import Journalled
from ledger.outcomes import Outcome
from ledger.sealed import SealedValue

MAILBOX: Final = "mailbox"
"""Actor and role of the entries about signals that name no journalled command."""

MAX_ENTRIES: Final = 500
"""Entries after which a unit of work takes in nothing more."""

log = structlog.get_logger()


class UnitOfWork:
    """What one call of ``handle`` adds to a plan, on top of the state that it was based on."""

    def __init__(
        self, plan: str, base: Folded[Plan], now: datetime, min_reader: int, open_hours: Sequence[datetime] | None
    ) -> None:
        self._plan = plan
        self._min_reader = min_reader
        self._open_hours = open_hours
        self._base = base
        self._state = base.state
        self._looked_up: Plan | None = None
        self._deadline: datetime | None = None
        self._last_hash = base.last_hash
        self._clock = now
        self._now = max(now, base.state.recorded_at or now)
        self._leaves: list[EncodedEntry] = []
        self._outcomes: list[Outcome] = []
        self._openings: list[SealedValue] = []
        self.handled: list[int] = []

    @property
    def state(self) -> Plan:
        return self._state

    @property
    def empty(self) -> bool:
        return not (self._leaves or self._outcomes or self.handled)

    @property
    def deadline(self) -> datetime | None:
        """Computed once per state: it is read several times per command, and a plan may have thousands of dates."""
        if self._looked_up is not self._state:
            self._looked_up, self._deadline = self._state, PLAN.agenda(self._state)
        return self._deadline

    def next_of(self, waiting: list[Journalled]) -> Journalled:
        """The first in journal order; commands accepted before the next deadline precede those accepted after it."""
        deadline = self.deadline
        punctual = (row for row in waiting if deadline is None or row.accepted_at < deadline)
        return next(punctual, waiting[0])

    def is_over(self, accepted_at: datetime) -> bool:
        """Whether a command was accepted at or after the next deadline."""
        return self.deadline is not None and self.deadline <= accepted_at

    def must_wait(self, accepted_at: datetime) -> bool:
        """Whether a command came after a deadline whose grace still runs: a punctual one may not be in the journal yet.

        Compared with the clock itself and not with ``_now``, which is ahead of a clock that was set back.
        """
        return self.deadline is not None and self.is_over(accepted_at) and self._clock < self.deadline + GRACE

    @property
    def full(self) -> bool:
        """Whether one write should hold no more. A plan with years to catch up takes several units of work."""
        return len(self._leaves) >= MAX_ENTRIES

    def advance_clock(self, until: datetime) -> None:
        """Records what falls due up to a moment. If a rule raises, the clock stops until the next unit of work."""
        try:
            while not self.full and (new_events := PLAN.due(self._state, until, self._open_hours)):
                self._record(new_events, actor=CLOCK, role=CLOCK)
        except UnreadableEvent:
            raise
        except Exception:
            log.exception("plan.clock_failed", plan=self._plan, version=self._state.version)

    def decide(self, number: int, envelope: CommandEnvelope, sealed_values: list[SealedValue]) -> None:
        """Decides one journalled command; the outcome is its entries, or the entry about its refusal."""
        command, refused = envelope.command, None
        try:
            new_events = PLAN.decide(self._state, replace(envelope, open_hours=self._open_hours))
            versions = self._record(
                new_events,
                actor=envelope.actor,
                role=envelope.role,
                on_behalf_of=envelope.on_behalf_of,
                source=command.source,
                cause=command.id,
            )
        except Refused as refusal:
            refused = refusal
        except (Malformed, NotCanonical) as malformed:
            log.warning("plan.command_unreadable", plan=self._plan, command=command.id, why=type(malformed).__name__)
            refused = Refused("unreadable")
        except UnreadableEvent:  # of an earlier entry: the command is not at fault, and waits
            raise
        except Exception:
            log.exception("plan.engine_fault", plan=self._plan, command=command.id, kind=command.command)
            refused = Refused("engine_fault")
        if refused is not None:
            self.refuse(number, envelope.actor, envelope.role, command.id, command.command, refused)
            return
        self._openings += sealed_values
        self._close(number, Outcome(actor=envelope.actor, command=command.id, outcome="recorded", versions=versions))

    def refuse(self, number: int, actor: str, role: str, command: str, kind: str, refused: Refused) -> None:
        """Adds the refusal of a journalled command. Nothing of the command's content is kept."""
        new_event = PLAN.refusal(kind, refused, self._now)
        versions = self._record([new_event], actor=actor, role=role, cause=command)
        self._close(
            number,
            Outcome(
                actor=actor,
                command=command,
                outcome="refused",
                versions=versions,
                code=refused.code,
                params=refused.kept(),
            ),
        )

    def record_unknown_signals(self, key: str, outlines: list[dict[str, object]]) -> None:
        """Records signals that name no journalled command, once per key of the call."""
        if new_events := PLAN.arrivals(self._state, outlines, self._now):
            versions = self._record(new_events, actor=MAILBOX, role=MAILBOX)
            self._outcomes.append(Outcome(actor=MAILBOX, command=key, outcome="recorded", versions=versions))

    def write(self, *, listed: bool = True) -> Write:
        """All results as one write on the base version. ``listed=False`` leaves the plan's row in the list as it is."""
        return Write(
            plan=self._plan,
            expected_version=self._base.version,
            prev=self._base.last_hash,
            entries=self._leaves,
            outcomes=self._outcomes,
            sealed_values=self._openings,
            handled=self.handled,
            summary=PLAN.summary(self._state) if listed else None,
        )

    def folded(self) -> Folded[Plan]:
        """The state after the write is committed."""
        return Folded(self._state, self._state.version, self._last_hash)

    def _close(self, number: int, outcome: Outcome) -> None:
        self._outcomes.append(outcome)
        self.handled.append(number)

    def _record(
        self,
        new_events: list[NewEvent],
        *,
        actor: str,
        role: str,
        on_behalf_of: str | None = None,
        source: Source | None = None,
        cause: str | None = None,
    ) -> tuple[int, ...]:
        """Numbers and chains new events; on any error the unit of work is unchanged."""
        state, last_hash, leaves = self._state, self._last_hash, []
        for new_event in new_events:
            if PLAN.needs(PLAN.kind_of(new_event.event), new_event.event.SCHEMA) > self._min_reader:
                raise Refused("reader_not_raised")
            entry = Entry(
                plan=self._plan,
                version=state.version + 1,
                id=str(uuid.uuid4()),
                kind=PLAN.kind_of(new_event.event),
                schema=new_event.event.SCHEMA,
                actor=actor,
                role=role,
                on_behalf_of=on_behalf_of,
                source=source,
                effective_at=new_event.effective_at,
                recorded_at=self._now,
                cycle=state.cycle,
                phase=state.phase,
                cause=cause,
                visibility=new_event.visibility,
                event=new_event.event,
            )
            leaf = encode_entry(entry, PLAN.write(new_event.event), last_hash)
            if PLAN.read(entry.kind, entry.schema, leaf.data) != new_event.event:
                raise ValueError(f"{entry.kind} would not read back as it was written")
            state, last_hash = PLAN.evolve(state, entry), leaf.hash
            leaves.append(leaf)
        first = self._state.version + 1
        self._state, self._last_hash = state, last_hash
        self._leaves += leaves
        return tuple(range(first, state.version + 1))

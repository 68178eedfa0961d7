"""One turn of a plan: time passes, commands are decided in order, and what came of them is made ready to be written.

Pure but for the salts of the leaves: it reads no clock and no database. What it holds is written whole or not at all.
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
from domain.kernel.entry import Entry
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
"""The actor and role of what reached a plan's mailbox and names no journalled command."""

MAX_ENTRIES: Final = 500
"""Entries after which a turn takes in nothing more."""

log = structlog.get_logger()


class UnitOfWork:
    """What one call of ``handle`` adds to a plan, on the state it began with."""

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
        """Looked up once a state: it is asked for several times a command, and a plan may have thousands of dates."""
        if self._looked_up is not self._state:
            self._looked_up, self._deadline = self._state, PLAN.agenda(self._state)
        return self._deadline

    def next_of(self, waiting: list[Journalled]) -> Journalled:
        """The first in journal order, but whatever was accepted before the next deadline before what came after it."""
        deadline = self.deadline
        punctual = (row for row in waiting if deadline is None or row.accepted_at < deadline)
        return next(punctual, waiting[0])

    def is_over(self, accepted_at: datetime) -> bool:
        """Whether a command came after the next deadline."""
        return self.deadline is not None and self.deadline <= accepted_at

    def must_wait(self, accepted_at: datetime) -> bool:
        """Whether a command came so soon after a deadline that a punctual one may still be on its way.

        By the clock as it stands: where it was set back, what is recorded meanwhile is dated ahead of it.
        """
        return self.deadline is not None and self.is_over(accepted_at) and self._clock < self.deadline + GRACE

    @property
    def full(self) -> bool:
        """Whether it holds as much as one write should: a plan that slept for years is brought on in several turns."""
        return len(self._leaves) >= MAX_ENTRIES

    def advance_clock(self, until: datetime) -> None:
        """Record what falls due up to a moment. A fault in a rule stops the clock for this turn, never the plan."""
        try:
            while not self.full and (drafts := PLAN.due(self._state, until, self._open_hours)):
                self._record(drafts, actor=CLOCK, role=CLOCK)
        except Exception:
            log.exception("plan.clock_failed", plan=self._plan, version=self._state.version)

    def decide(self, number: int, asked: CommandEnvelope, sealed_values: list[SealedValue]) -> None:
        """Decide one journalled command and hold its outcome: its entries, or the record of its refusal."""
        try:
            drafts = PLAN.decide(self._state, replace(asked, open_hours=self._open_hours))
            versions = self._record(
                drafts,
                actor=asked.actor,
                role=asked.role,
                on_behalf_of=asked.on_behalf_of,
                source=asked.command.source,
                cause=asked.command.id,
            )
        except Refused as refused:
            self.refuse(number, asked.actor, asked.role, asked.command.id, asked.command.command, refused)
            return
        except (Malformed, NotCanonical) as malformed:
            log.warning(
                "plan.command_unreadable", plan=self._plan, command=asked.command.id, why=type(malformed).__name__
            )
            unreadable = Refused("unreadable")
            self.refuse(number, asked.actor, asked.role, asked.command.id, asked.command.command, unreadable)
            return
        except Exception:
            log.exception("plan.engine_fault", plan=self._plan, command=asked.command.id, kind=asked.command.command)
            fault = Refused("engine_fault")
            self.refuse(number, asked.actor, asked.role, asked.command.id, asked.command.command, fault)
            return
        self._openings += sealed_values
        self._close(number, Outcome(actor=asked.actor, command=asked.command.id, outcome="recorded", versions=versions))

    def refuse(self, number: int, actor: str, role: str, command: str, kind: str, refused: Refused) -> None:
        """Hold the refusal of a journalled command; of what it said nothing is kept."""
        draft = PLAN.refusal(kind, refused, self._now)
        versions = self._record([draft], actor=actor, role=role, cause=command)
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

    def note_arrivals(self, key: str, outlines: list[dict[str, object]]) -> None:
        """Record once, under a key of the call, what reached the mailbox and names no journalled command."""
        if drafts := PLAN.arrivals(self._state, outlines, self._now):
            versions = self._record(drafts, actor=MAILBOX, role=MAILBOX)
            self._outcomes.append(Outcome(actor=MAILBOX, command=key, outcome="recorded", versions=versions))

    def write(self, *, listed: bool = True) -> Write:
        """All of it, as one write on the version the turn began with; not ``listed``, its row in the list stays old."""
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
        """The state once the write is committed."""
        return Folded(self._state, self._state.version, self._last_hash)

    def _close(self, number: int, outcome: Outcome) -> None:
        self._outcomes.append(outcome)
        self.handled.append(number)

    def _record(
        self,
        drafts: list[NewEvent],
        *,
        actor: str,
        role: str,
        on_behalf_of: str | None = None,
        source: Source | None = None,
        cause: str | None = None,
    ) -> tuple[int, ...]:
        """Number drafts and chain them; on any error the turn stands as it stood before."""
        state, last_hash, leaves = self._state, self._last_hash, []
        for draft in drafts:
            if PLAN.needs(PLAN.kind_of(draft.event), draft.event.SCHEMA) > self._min_reader:
                raise Refused("reader_not_raised")
            entry = Entry(
                plan=self._plan,
                version=state.version + 1,
                id=str(uuid.uuid4()),
                kind=PLAN.kind_of(draft.event),
                schema=draft.event.SCHEMA,
                actor=actor,
                role=role,
                on_behalf_of=on_behalf_of,
                source=source,
                effective_at=draft.effective_at,
                recorded_at=self._now,
                cycle=state.cycle,
                phase=state.phase,
                cause=cause,
                visibility=draft.visibility,
                event=draft.event,
            )
            leaf = encode_entry(entry, PLAN.write(draft.event), last_hash)
            if PLAN.read(entry.kind, entry.schema, leaf.data) != draft.event:
                raise ValueError(f"{entry.kind} would not read back as it was written")
            state, last_hash = PLAN.evolve(state, entry), leaf.hash
            leaves.append(leaf)
        first = self._state.version + 1
        self._state, self._last_hash = state, last_hash
        self._leaves += leaves
        return tuple(range(first, state.version + 1))

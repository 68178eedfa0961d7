"""Runs a rehearsal: the real ``handle`` on the rehearsal's clock, with scheduled commands, and output for each entry.

The loop on Temporal is that of every plan. This ``handle`` journals the commands that are due before it calls the real
one. It returns an agenda whose deadline is the next scheduled command, if that is before the plan's own, so that
Temporal stops skipping there too.
"""

from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from typing import Any, Final

from temporalio import activity

from activities.contract import GRACE, HANDLE, Agenda, HandleInput
from activities.handle import Handle
from audit.history import entry_view
from domain import PLAN
from domain.kernel.entry import Entry
from domain.kernel.faults import Malformed
from domain.loop.messages import PhaseOpened, PlanStarted
from domain.plan import Plan
from domain.views.models.view import ALL
from domain.views.plan import plan_view
from gateway.errors import as_problem
from gateway.sending.parsing import parse_command
from gateway.sending.signing import Signer
from ledger import journal, log
from ledger.connection import Pool
from ledger.envelope import ZERO_HASH, rfc3339
from ledger.fold import Folded
from rehearsal.habits import answers, last_day
from rehearsal.job import Job
from rehearsal.phase_requests import phase_requests
from rehearsal.schedule import Schedule, ScheduledCommand

MAX_CYCLES: Final = 40
"""The default limit: ten years of quarters."""

Emit = Callable[[dict[str, Any]], None]


class Simulation:
    """One running rehearsal."""

    def __init__(
        self, job: Job, schedule: Schedule, pool: Pool, handle: Handle, signer: Signer, plan: str, emit: Emit
    ) -> None:
        self._job, self._schedule, self._pool, self._handle, self._signer = job, schedule, pool, handle, signer
        self._plan, self._emit = plan, emit
        self._folded: Folded[Plan] = Folded(PLAN.empty, 0, ZERO_HASH)
        self._shift: timedelta | None = None
        self._over = False
        self.steps = 0
        """How often ``handle`` was called."""
        self.capped = False
        """Whether it ended because of `MAX_CYCLES` alone."""

    @property
    def plan(self) -> Plan:
        """The current state."""
        return self._folded.state

    @activity.defn(name=HANDLE)
    async def handle(self, call: HandleInput) -> Agenda:
        """Journals the commands that are due, then calls the real ``handle`` at the rehearsal's time."""
        self.steps += 1
        now = self._now(activity.info().started_time)
        for scheduled in self._schedule.due(now):
            await self._journal(scheduled)
        agenda = await self._handle.catch_up(call, now, key=activity.info().activity_id)
        await self._follow()
        return self._until_next(agenda)

    def _now(self, started: datetime) -> datetime:
        """The rehearsal's time: Temporal's time, shifted so that it begins with the first scheduled command."""
        if self._shift is None:
            assert self._schedule.next_at is not None  # the command that starts the plan
            self._shift = self._schedule.next_at - started
        return started + self._shift

    async def _journal(self, scheduled: ScheduledCommand) -> None:
        """Journals a command as the gateway would at its moment; emits ``unreadable`` for a malformed one."""
        try:
            command = parse_command(scheduled.command)
        except Malformed as malformed:
            self._emit(
                {"kind": "unreadable", "at": rfc3339(scheduled.at), "line": scheduled.line}
                | as_problem(malformed).body()
            )
            return
        row = self._signer.signed(self._plan, scheduled.sender, command, scheduled.at)
        await journal.accept(self._pool, row)

    async def _follow(self) -> None:
        """Emits the new entries, and schedules the commands that follow from them."""
        async for one in log.entries(self._pool, self._plan, after=self._folded.version):
            entry = one.decode(PLAN.read)
            state = PLAN.evolve(self.plan, entry)
            if not self._over:
                self._emit_entry(entry, one.leaf_hash.hex(), state)
            self._folded = Folded(state, one.version, one.leaf_hash)
            if isinstance(entry.event, PhaseOpened) and not self._over:
                self._schedule.add(answers(state, self._job))

    def _emit_entry(self, entry: Entry, hash_: str, state: Plan) -> None:
        if isinstance(entry.event, PhaseOpened) and entry.event.phase == "action" and self._enough(entry):
            self._over = True
            return
        if isinstance(entry.event, PlanStarted):
            self._emit(
                {"kind": "plan", "origin": self._signer.origin, "plan": plan_view(state, entry.effective_at).as_json()}
            )
        output = {"kind": "entry", "entry": entry_view(entry, hash_, ALL, state).as_json()}
        if isinstance(entry.event, PhaseOpened):
            output["asked"] = phase_requests(state)
        if self.plan.definition is not None and state.definition is not self.plan.definition:
            # What follows may name a body that has just joined, or an item that was added.
            output["plan"] = plan_view(state, entry.effective_at).as_json()
        self._emit(output)

    def _enough(self, opened: Entry) -> bool:
        """Whether the rehearsal is complete before this cycle opens."""
        cycles = opened.cycle  # the envelope's cycle: the one that is ending
        if self._job.cycles is not None:
            return cycles >= self._job.cycles
        if self._schedule.scripted or not cycles:
            return False
        day = self.plan.defined.calendar().day_of(opened.effective_at)
        lived = all(due < day for due in self._last_days())
        self.capped = not lived and cycles >= MAX_CYCLES
        return lived or self.capped

    def _last_days(self) -> Iterator[date]:
        for _, milestone in self.plan.defined.milestones():
            if self.plan.dropped_since(milestone.id) is None and (due := last_day(self.plan, milestone.id)):
                yield due

    def _until_next(self, agenda: Agenda) -> Agenda:
        """The agenda in Temporal's time, with the next scheduled command; closed when nothing follows."""
        assert self._shift is not None
        next_at = self._schedule.next_at
        moments = [one for one in (agenda.deadline, next_at and next_at - GRACE) if one is not None]
        if self._over or agenda.status == "unknown" or (not agenda.more and not moments):
            return agenda.model_copy(update={"status": "closed", "deadline": None, "more": False})
        if agenda.status == "closed" and next_at is not None:
            agenda = agenda.model_copy(update={"status": "open"})  # commands sent after the closing are recorded too
        if not moments:
            return agenda
        return agenda.model_copy(update={"deadline": min(moments) - self._shift})

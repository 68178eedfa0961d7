"""The stage: the real ``handle`` under a clock of its own, people who write when their day comes, and who tells of it.

The loop on Temporal is the one of every plan. Between its calls the stage puts itself: the agenda that it answers names
the next letter's moment where that comes before the plan's own deadline, so the skipped time stops there too.
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
from domain.views import ALL, plan_view
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
"""Where nobody says how many: ten years of quarters."""

Emit = Callable[[dict[str, Any]], None]


class Simulation:
    """One rehearsal under way."""

    def __init__(
        self, job: Job, post: Schedule, pool: Pool, handle: Handle, signer: Signer, plan: str, tell: Emit
    ) -> None:
        self._job, self._post, self._pool, self._handle, self._signer = job, post, pool, handle, signer
        self._plan, self._tell = plan, tell
        self._folded: Folded[Plan] = Folded(PLAN.empty, 0, ZERO_HASH)
        self._shift: timedelta | None = None
        self._over = False
        self.steps = 0
        """How often it was called."""
        self.capped = False
        """Whether it ended for nothing but `MAX_CYCLES`."""

    @property
    def plan(self) -> Plan:
        """As it stands."""
        return self._folded.state

    @activity.defn(name=HANDLE)
    async def handle(self, call: HandleInput) -> Agenda:
        """As the real one, at this rehearsal's time: what was written by now is journalled first."""
        self.steps += 1
        now = self._now(activity.info().started_time)
        for letter in self._post.arrived(now):
            await self._post_in(letter)
        agenda = await self._handle.catch_up(call, now, key=activity.info().activity_id)
        await self._follow()
        return self._until_next(agenda)

    def _now(self, started: datetime) -> datetime:
        """The rehearsal's time: it begins with the first letter, whatever Temporal's clock shows."""
        if self._shift is None:
            assert self._post.next_at is not None  # the letter that starts the plan
            self._shift = self._post.next_at - started
        return started + self._shift

    async def _post_in(self, letter: ScheduledCommand) -> None:
        """Journal a letter as if the gateway had taken it at its moment. One that cannot be read is told of."""
        try:
            said = parse_command(letter.said)
        except Malformed as malformed:
            self._tell(
                {"kind": "unreadable", "at": rfc3339(letter.at), "line": letter.line} | as_problem(malformed).body()
            )
            return
        row = self._signer.signed(self._plan, letter.sender, said, letter.at)
        await journal.accept(self._pool, row)

    async def _follow(self) -> None:
        """Tell what was recorded, and let people hear of it."""
        async for one in log.entries(self._pool, self._plan, after=self._folded.version):
            entry = one.decode(PLAN.read)
            state = PLAN.evolve(self.plan, entry)
            if not self._over:
                self._tell_of(entry, one.leaf_hash.hex(), state)
            self._folded = Folded(state, one.version, one.leaf_hash)
            if isinstance(entry.event, PhaseOpened) and not self._over:
                self._post.add(answers(state, self._job))

    def _tell_of(self, entry: Entry, hash_: str, state: Plan) -> None:
        if isinstance(entry.event, PhaseOpened) and entry.event.phase == "action" and self._enough(entry):
            self._over = True
            return
        if isinstance(entry.event, PlanStarted):
            self._tell({"kind": "plan", "origin": self._signer.origin, "plan": plan_view(state, entry.effective_at)})
        told = {"kind": "entry", "entry": entry_view(entry, hash_, ALL, state)}
        if isinstance(entry.event, PhaseOpened):
            told["asked"] = phase_requests(state)
        self._tell(told)

    def _enough(self, opened: Entry) -> bool:
        """Whether the plan's life is told when this cycle would open."""
        cycles = opened.cycle  # the envelope's: the one that is ending
        if self._job.cycles is not None:
            return cycles >= self._job.cycles
        if self._post.scripted or not cycles:
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
        """The agenda in Temporal's time, with the next letter on it; closed when all is told or nothing moves it."""
        assert self._shift is not None
        next_at = self._post.next_at
        moments = [one for one in (agenda.deadline, next_at and next_at - GRACE) if one is not None]
        if self._over or agenda.status == "unknown" or (not agenda.more and not moments):
            return agenda.model_copy(update={"status": "closed", "deadline": None, "more": False})
        if agenda.status == "closed" and next_at is not None:
            agenda = agenda.model_copy(update={"status": "open"})  # what is said after the closing is recorded too
        if not moments:
            return agenda
        return agenda.model_copy(update={"deadline": min(moments) - self._shift})

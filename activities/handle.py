"""The activity that moves a plan: drain its journal in order, let time pass, decide, append in one call.

Everything it needs is in the ledger, so a first call, a retry, a call after the loss of all of Temporal, and one by a
second worker at the same moment are the same call. It raises only what may be better next time.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Set
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Final

import structlog
from temporalio import activity
from temporalio.exceptions import ApplicationError

from activities.contract import GRACE, HANDLE, Agenda, HandleInput, plan_of_workflow
from activities.read_command import read_command
from activities.sealing import sealing
from activities.unit_of_work import MAILBOX, UnitOfWork
from domain import PLAN
from domain.kernel.context import CommandEnvelope
from domain.kernel.refused import Refused
from domain.plan import Plan
from domain.port import UnknownKind
from ledger import journal
from ledger.appender import Appender, Conflict, LedgerUnavailable, WriteRefused, appending
from ledger.connection import Pool, open_pool
from ledger.erasing import erase
from ledger.gateway_keys import TrustedKey, trusted_gateway_keys
from ledger.identity import CLOCKS_APART, Identity, establish, identify, origins
from ledger.journal import Journalled
from ledger.keyring import Keyring
from ledger.open_hours import OpenHours
from ledger.outcomes import outcome_of
from ledger.state_cache import StateCache
from ledger.system_stream import STREAM
from settings import Settings

KEY_CACHE_SECONDS: Final = 60.0
"""Seconds for which a worker relies on the gateway keys it knows: a retired one is trusted no longer than that."""

MAX_ATTEMPTS: Final = 6
MAX_COMMANDS: Final = 100
"""The most commands of one write."""

CACHED_PLANS: Final = 100
"""Plans whose states a worker keeps. Who acts comes back within seconds or not for days, and to fold a plan that is not
large anew costs some milliseconds; each state that is kept costs as much memory as a loop that waits."""

log = structlog.get_logger()


class Handle:
    """The activity, with what it works on. One to a worker."""

    def __init__(
        self,
        pool: Pool,
        appender: Appender,
        keyring: Keyring,
        identity: Identity,
        availability: OpenHours | None = None,
    ) -> None:
        """``availability`` knows when commands could be taken; ``None`` where time is skipped and nobody keeps one."""
        self._pool = pool
        self._appender = appender
        self._keyring = keyring
        self._identity = identity
        self._availability = availability
        self._states = StateCache(PLAN, pool, plans=CACHED_PLANS)
        self._keys: dict[str, TrustedKey] = {}
        self._looked_up = float("-inf")

    @activity.defn(name=HANDLE)
    async def handle(self, call: HandleInput) -> Agenda:
        """Bring a plan up to now; returns only when everything it reached has its outcome in the ledger."""
        info = activity.info()
        if plan_of_workflow(info.workflow_id or "") != call.plan:
            raise ApplicationError("a plan is handled by its own workflow alone", type="other_workflow")
        if call.plan == STREAM:
            return Agenda(status="unknown")  # the ledger's own stream is nobody's plan, whatever reaches Temporal
        try:
            now = await self._time(call.plan, info.started_time)
            return await self.catch_up(call, now, key=f"{info.workflow_run_id}/{info.activity_id}")
        except LedgerUnavailable as error:
            raise ApplicationError("the ledger is out of reach", type=error.code) from error
        except UnknownKind as error:
            log.error("plan.ledger_newer_than_code", plan=call.plan, kind=error.kind, schema=error.schema)
            raise ApplicationError("the ledger is newer than this worker", type="ledger_newer_than_code") from error

    async def catch_up(self, call: HandleInput, now: datetime, key: str) -> Agenda:
        """Bring a plan up to a moment. ``key`` names the call: what it told of arrivals is not told twice."""
        limit, distrusted, listed = MAX_COMMANDS, set[int](), True
        for _ in range(MAX_ATTEMPTS):
            work, drained = await self._next_unit_of_work(call, now, key, limit, distrusted)
            if work.empty:
                return self._agenda(work.state, more=not drained)
            try:
                answer = await self._appender.append(work.write(listed=listed))
            except WriteRefused as refused:
                log.error("plan.write_refused", plan=call.plan, rule=refused.rule, handled=work.handled)
                if limit == 1:
                    distrusted.update(work.handled)
                    listed = bool(work.handled)  # time alone was refused: better an old row in the list than no time
                limit = 1
                continue
            if isinstance(answer, Conflict):
                self._states.forget(call.plan)
                continue
            self._states.keep(call.plan, work.folded())
            return self._agenda(work.state, more=not drained)
        raise ApplicationError("another worker keeps writing to this plan, or the ledger refuses", type="contended")

    async def _next_unit_of_work(
        self, call: HandleInput, now: datetime, key: str, limit: int, distrusted: set[int]
    ) -> tuple[UnitOfWork, bool]:
        """Everything that waits for a plan, decided on its present state; and whether the journal is drained."""
        base = await self._states.current(call.plan)
        open_hours = await self._availability.known() if self._availability else None
        work = UnitOfWork(call.plan, base, now, await self._min_reader(), open_hours)
        asked_about = work.deadline
        pending = await journal.pending(self._pool, call.plan, limit, before=asked_about)
        waiting, drained = list(pending.rows), pending.are_all
        await self._note_arrivals(work, call, key, {row.number for row in waiting})
        signed_under = await origins(self._pool, self._identity)
        while waiting:
            row, deadline = work.next_of(waiting), work.deadline
            if work.must_wait(row.accepted_at):
                return work, True
            if not drained and deadline != asked_about and work.is_over(row.accepted_at):
                return work, False  # who was in time for this deadline, the journal was not asked
            work.advance_clock(min(row.accepted_at, deadline or row.accepted_at))
            if work.deadline != deadline and not work.full:
                continue  # and another may be first now
            waiting.remove(row)
            if work.full:
                return work, False
            try:
                if row.number in distrusted:
                    raise Refused("engine_fault")
                asked, sealed_values = read_command(
                    self._keyring, signed_under.at(row.accepted_at), await self._trusted(row), work.state, row
                )
                await self._erase(asked, work.state.version)
            except Refused as refused:
                work.refuse(row.number, row.actor, row.role, row.command, row.kind, refused)
                continue
            work.decide(row.number, asked, sealed_values)
        if drained:
            work.advance_clock(now - GRACE)
        return work, drained and not work.full

    async def _erase(self, asked: CommandEnvelope, last: int) -> None:
        """Erase what a command asks to have erased, before that is recorded: the record never says what is not so.

        The command waits in the journal until it has its outcome, so whoever dies in between is followed by another.
        """
        entry = PLAN.erases(asked.command)
        if entry is None or entry > last:
            return
        if not await erase(self._pool, self._keyring, asked.plan, entry):
            raise Refused("no_seal", entry=entry)

    async def _min_reader(self) -> int:
        """Whom the ledger lets in; asked anew for as long as it is older code than this."""
        if self._identity.min_reader < PLAN.reader:
            self._identity = await identify(self._pool) or self._identity
        return self._identity.min_reader

    async def _trusted(self, row: Journalled) -> dict[str, TrustedKey]:
        """The gateway's keys; looked up again for one that was not known, and when the last look is a minute old."""
        age = asyncio.get_running_loop().time() - self._looked_up
        if row.gateway_key not in self._keys or age > KEY_CACHE_SECONDS:
            self._keys = await trusted_gateway_keys(self._pool)
            self._looked_up = asyncio.get_running_loop().time()
        return self._keys

    async def _note_arrivals(self, work: UnitOfWork, call: HandleInput, key: str, waiting: Set[int]) -> None:
        """Record what names no command that waits, or waited once."""
        others = [one for one in call.arrivals if one.number not in waiting]
        known = await journal.known(self._pool, call.plan, [one.number for one in others if one.number is not None])
        strange = [one for one in others if one.number not in known]
        if strange and await outcome_of(self._pool, call.plan, MAILBOX, key) is None:
            work.note_arrivals(key, [one.model_dump(include={"name", "size", "sha256"}) for one in strange])

    async def _time(self, plan: str, started: datetime) -> datetime:
        """This call's time: Postgres' own, by which commands are accepted; in a rehearsal Temporal's, who skips it.

        Taken before the journal is looked into, and in turn with who journals, so that `GRACE` is enough. Where the two
        are far apart somebody's time was moved: a live ledger takes nothing then.
        """
        if self._identity.mode == "rehearsal":
            return started
        now = await journal.journal_time(self._pool, plan)
        if abs(now - started) > CLOCKS_APART:
            log.error("worker.clock_off", seconds=abs(now - started).total_seconds())
            raise ApplicationError("this worker's clock is not the ledger's", type="clock_off")
        return now

    def _agenda(self, plan: Plan, more: bool) -> Agenda:
        deadline = PLAN.agenda(plan)
        return Agenda(status=plan.status, cycle=plan.cycle, phase=plan.phase, deadline=deadline, more=more)


@asynccontextmanager
async def handler_for(settings: Settings) -> AsyncIterator[Callable[[HandleInput], Awaitable[Agenda]]]:
    """The activity with its ledger and keys open, for as long as a worker runs."""
    async with open_pool(settings.database_url) as pool:
        identity = await establish(pool, settings.origin, settings.mode)
        async with appending(pool) as appender, sealing(settings, pool, appender, identity):
            availability = OpenHours(pool) if identity.mode == "live" else None
            yield Handle(pool, appender, Keyring(settings.keyring), identity, availability).handle

"""The activity that moves a plan: it drains the journal in order, advances the clock, decides, and appends once.

All its input is in the ledger. So a first call, a retry, a call after Temporal's data was lost, and a call by a second
worker at the same time do the same thing. It raises only errors that a retry may cure.
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
from domain.kernel.entry import UnreadableEvent
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
"""Seconds for which a worker trusts the gateway keys that it has read, and so a key that was retired meanwhile."""

MAX_ATTEMPTS: Final = 6
MAX_COMMANDS: Final = 100
"""The most commands of one write."""

CACHED_PLANS: Final = 100
"""Plans whose states a worker caches. A plan gets its next command within seconds or after days, folding a plan of
usual size again takes a few milliseconds, and a cached state takes as much memory as an idle loop."""

log = structlog.get_logger()


class Handle:
    """The activity with its ledger and keys. One per worker."""

    def __init__(
        self,
        pool: Pool,
        appender: Appender,
        keyring: Keyring,
        identity: Identity,
        availability: OpenHours | None = None,
    ) -> None:
        """``availability`` has the hours in which commands could be accepted; a rehearsal has none."""
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
        """Brings a plan up to now. When it returns, every command that it reached has its outcome in the ledger."""
        info = activity.info()
        if plan_of_workflow(info.workflow_id or "") != call.plan:
            raise ApplicationError("only the plan's own workflow may handle it", type="other_workflow")
        if call.plan == STREAM:
            return Agenda(status="unknown")  # the system stream is no plan, though a run can be started under its name
        try:
            now = await self._time(call.plan, info.started_time)
            return await self.catch_up(call, now, key=f"{info.workflow_run_id}/{info.activity_id}")
        except LedgerUnavailable as error:
            raise ApplicationError("the ledger cannot be reached", type=error.code) from error
        except UnreadableEvent as error:
            log.error("plan.entry_unreadable", plan=error.plan, version=error.version, kind=error.kind)
            raise ApplicationError("an entry of the ledger cannot be read", type="entry_unreadable") from error
        except UnknownKind as error:
            log.error("plan.ledger_newer_than_code", plan=call.plan, kind=error.kind, schema=error.schema)
            raise ApplicationError("the ledger is newer than this worker", type="ledger_newer_than_code") from error

    async def catch_up(self, call: HandleInput, now: datetime, key: str) -> Agenda:
        """Brings a plan up to ``now``. ``key`` identifies the call, so that a retry records its signals only once."""
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
                    listed = bool(
                        work.handled
                    )  # the clock alone was refused: leave the plan's row in the list as it is
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
        """What waits for a plan, decided on its present state; and whether the journal is drained."""
        base = await self._states.current(call.plan)
        open_hours = await self._availability.known() if self._availability else None
        work = UnitOfWork(call.plan, base, now, await self._min_reader(), open_hours)
        read_before = work.deadline
        pending = await journal.pending(self._pool, call.plan, limit, before=read_before)
        waiting, drained = list(pending.rows), pending.are_all
        await self._record_unknown_signals(work, call, key, {row.number for row in waiting})
        signed_under = await origins(self._pool, self._identity)
        while waiting:
            row, deadline = work.next_of(waiting), work.deadline
            if work.must_wait(row.accepted_at):
                return work, True
            if not drained and deadline != read_before and work.is_over(row.accepted_at):
                return work, False  # the batch was cut before this deadline; punctual commands may be unread
            work.advance_clock(min(row.accepted_at, deadline or row.accepted_at))
            if work.deadline != deadline and not work.full:
                continue  # the new deadline may change which command is next
            waiting.remove(row)
            if work.full:
                return work, False
            try:
                if row.number in distrusted:
                    raise Refused("engine_fault")
                envelope, sealed_values = read_command(
                    self._keyring, signed_under.at(row.accepted_at), await self._trusted(row), work.state, row
                )
                await self._erase(envelope, work.state.version)
            except Refused as refused:
                work.refuse(row.number, row.actor, row.role, row.command, row.kind, refused)
                continue
            work.decide(row.number, envelope, sealed_values)
        if drained:
            work.advance_clock(now - GRACE)
        return work, drained and not work.full

    async def _erase(self, envelope: CommandEnvelope, last: int) -> None:
        """Erases what an erasure command names, before the erasure is recorded: no entry claims an erasure that failed.

        The command stays in the journal until it has an outcome, so after a crash another call does both.
        """
        entry = PLAN.erases(envelope.command)
        if entry is None or entry > last:
            return
        if not await erase(self._pool, self._keyring, envelope.plan, entry):
            raise Refused("no_seal", entry=entry)

    async def _min_reader(self) -> int:
        """The oldest reader that the ledger admits; read again as long as it is older than this code."""
        if self._identity.min_reader < PLAN.reader:
            self._identity = await identify(self._pool) or self._identity
        return self._identity.min_reader

    async def _trusted(self, row: Journalled) -> dict[str, TrustedKey]:
        """The trusted gateway keys; read again for an unknown key, and after `KEY_CACHE_SECONDS`."""
        age = asyncio.get_running_loop().time() - self._looked_up
        if row.gateway_key not in self._keys or age > KEY_CACHE_SECONDS:
            self._keys = await trusted_gateway_keys(self._pool)
            self._looked_up = asyncio.get_running_loop().time()
        return self._keys

    async def _record_unknown_signals(self, work: UnitOfWork, call: HandleInput, key: str, waiting: Set[int]) -> None:
        """Records the signals that name no journalled command, neither a waiting nor a handled one."""
        others = [one for one in call.arrivals if one.number not in waiting]
        known = await journal.known(self._pool, call.plan, [one.number for one in others if one.number is not None])
        strange = [one for one in others if one.number not in known]
        if strange and await outcome_of(self._pool, call.plan, MAILBOX, key) is None:
            work.record_unknown_signals(key, [one.model_dump(include={"name", "size", "sha256"}) for one in strange])

    async def _time(self, plan: str, started: datetime) -> datetime:
        """This call's time: the database's, by which commands are accepted; in a rehearsal Temporal's.

        Read before the journal, under the plan's accept lock, so that `GRACE` is enough. If the database's clock and
        the worker's are far apart, one of them was moved: a live ledger records nothing then.
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
    """The activity with its ledger and keys, for as long as a worker runs."""
    async with open_pool(settings.database_url) as pool:
        identity = await establish(pool, settings.origin, settings.mode)
        async with appending(pool) as appender, sealing(settings, pool, appender, identity):
            availability = OpenHours(pool) if identity.mode == "live" else None
            yield Handle(pool, appender, Keyring(settings.keyring), identity, availability).handle

"""The path of a command: authorised, signed, journalled, signalled to its workflow; then its outcome is awaited.

Every journalled command ends in exactly one outcome. So a command is accepted even if Temporal does not answer: the
signal only makes it quick, and the sweeper sends another one.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

import structlog
from temporalio.client import Client

from activities.contract import CommandSignal
from domain.kernel.faults import Malformed
from domain.loop.messages import StartPlan
from gateway.access.callers import Caller, sender_of
from gateway.plan_files.yaml_text import TextFault
from gateway.plan_names import UnknownPlan, require_plan_name
from gateway.sending.journal_queue import CommandToJournal, JournalQueue
from gateway.sending.outcomes import Outcomes
from gateway.sending.parsing import ParsedCommand
from gateway.sending.signalling import is_temporal_unavailable, signal_command
from ledger import journal
from ledger import log as ledger_log
from ledger.connection import Pool, is_transient
from ledger.journal import Accepted, Journalled, Stale
from ledger.keyring import Keyring, UnusableKey
from ledger.outcomes import RecordedOutcome
from ledger.signature import commitment

QUIET_FROM: Final = 500
"""From this many waiting commands on, a plan gets no signal per command: the sweeper wakes it."""

TRIES: Final = 3
"""How often a command is offered to the journal, if each attempt takes too long, before the sender must resend it."""

logger = structlog.get_logger("gateway")

SendOutcome = Literal["recorded", "refused", "duplicate", "accepted", "conflict", "malformed", "not_allowed"]


@dataclass(frozen=True, slots=True, kw_only=True)
class SendResult:
    """The answer to a sender. ``code`` and ``params`` make up its sentence."""

    command_id: str
    outcome: SendOutcome
    versions: tuple[int, ...] = ()
    code: str | None = None
    params: Mapping[str, str] = field(default_factory=dict)


class CommandIntake:
    """Accepts commands and finds their outcomes. One per gateway process."""

    def __init__(
        self,
        pool: Pool,
        keyring: Keyring,
        queue: JournalQueue,
        client: Client,
        task_queue: str,
        outcomes: Outcomes,
    ) -> None:
        self._pool = pool
        self._keyring = keyring
        self._queue = queue
        self._client = client
        self._task_queue = task_queue
        self._outcomes = outcomes
        self._known: set[str] = set()
        """Plans that are in the ledger. A plan is never removed, so one look is enough."""
        self._unsignalled: dict[str, Journalled] = {}
        """By plan, the last journalled command of which the plan's workflow has no signal yet."""
        self._signals: dict[str, asyncio.Task[None]] = {}

    async def send(self, caller: Caller, plan: str, parsed: ParsedCommand, wait: float) -> SendResult:
        """Accept a command and wait up to ``wait`` seconds for its outcome. Raises what `accept` raises."""
        return await self.await_outcome(await self.accept(caller, plan, parsed), parsed, wait)

    async def accept(self, caller: Caller, plan: str, parsed: ParsedCommand) -> Accepted:
        """Journal a command. Once this returns, the command cannot be lost.

        If Postgres' answer is lost, the command may or may not be journalled. Its data key is kept then, because a
        journalled command must stay readable.
        Raises ``NotAllowed``, ``Malformed``, ``UnknownPlan``, ``BodyTooLong``, ``TooManyWaiting``, ``Stale``,
        ``LogIsForked``.
        """
        require_plan_name(plan)
        journal.require_length(parsed.body)
        command = parsed.command
        sender = sender_of(caller, parsed.kind, command.on_behalf_of, in_meeting=command.meeting is not None)
        await self._require_plan(plan, parsed)
        to_journal = CommandToJournal(plan, sender, parsed)
        for left in reversed(range(TRIES)):
            try:
                accepted = await self._queue.submit(to_journal)
            except Stale:  # this process or the ledger was asleep; a new attempt takes a new accepted_at
                logger.warning("command.stale", plan=plan, command=command.id, tries_left=left)
                if not left:
                    raise
            else:
                if accepted.new:
                    self._signal_soon(accepted.row)
                return accepted
        raise AssertionError

    async def await_outcome(self, accepted: Accepted, parsed: ParsedCommand, wait: float) -> SendResult:
        """The outcome of an accepted command; ``accepted`` if it takes longer than ``wait`` seconds."""
        row = accepted.row
        if not accepted.new and not self._is_same(row, parsed):
            return SendResult(command_id=row.command, outcome="conflict", code="conflict", params={"id": row.command})
        recorded = await self._outcomes.wait((row.plan, row.actor, row.command), wait)
        if recorded is None:
            return SendResult(command_id=row.command, outcome="accepted")
        return send_result(recorded, duplicate=not accepted.new)

    async def find(self, plan: str, actor: str, command: str) -> SendResult | None:
        """The present result of a command sent before; ``None`` if it is neither recorded nor journalled."""
        require_plan_name(plan)
        if recorded := await self._outcomes.wait((plan, actor, command), 0):
            return send_result(recorded, duplicate=False)
        waiting = await journal.standing(self._pool, plan, actor, command)
        return SendResult(command_id=command, outcome="accepted") if waiting else None

    async def signals_done(self) -> None:
        """Wait until no signal is being sent."""
        await asyncio.gather(*self._signals.values(), return_exceptions=True)

    async def _require_plan(self, plan: str, parsed: ParsedCommand) -> None:
        """Raises ``UnknownPlan`` if the plan neither exists nor is about to; ``Malformed`` if a start names another."""
        if isinstance(parsed.command, StartPlan):
            if parsed.command.definition.plan != plan:
                raise Malformed([TextFault("other_plan", ("definition", "plan"), {"plan": plan})])
            return
        if plan in self._known:
            return
        # A waiting start counts: this command follows it in the journal. The journal is read first, because the start
        # may be handled between the two reads.
        waiting = await journal.waiting_count(self._pool, plan)
        if (await ledger_log.stream_head(self._pool, plan)).version:
            self._known.add(plan)
        elif not waiting:
            raise UnknownPlan(plan)

    def _is_same(self, row: Journalled, parsed: ParsedCommand) -> bool:
        """Whether a resent command equals the journalled one: its digest with the journalled salt is the same."""
        try:
            return commitment(journal.salt_of(self._keyring, row), parsed.body) == row.commitment
        except UnusableKey:
            return False  # the salt was erased with the sealed texts, so there is nothing to compare with

    def _signal_soon(self, row: Journalled) -> None:
        """Signal a command to its workflow. While a signal to the same plan is being sent, only the last one follows.

        One signal makes the workflow drain the whole journal, so a burst of commands costs Temporal a few signals.
        """
        self._unsignalled[row.plan] = row
        if row.plan not in self._signals:
            self._signals[row.plan] = asyncio.create_task(self._signal_plan(row.plan))

    async def _signal_plan(self, plan: str) -> None:
        try:
            while row := self._unsignalled.pop(plan, None):
                await self._signal(row)
        finally:
            del self._signals[plan]

    async def _signal(self, row: Journalled) -> None:
        signal = CommandSignal(command=row.command, number=row.number)
        try:
            if await journal.waiting_count(self._pool, row.plan) < QUIET_FROM:
                await signal_command(self._client, self._task_queue, row.plan, row.kind, signal)
        except Exception as error:
            if not (is_temporal_unavailable(error) or is_transient(error)):
                raise
            logger.warning("knock.unheard", plan=row.plan, number=row.number, why=type(error).__name__)


def send_result(recorded: RecordedOutcome, *, duplicate: bool) -> SendResult:
    """A recorded outcome as the answer to its sender."""
    outcome = recorded.outcome
    return SendResult(
        command_id=outcome.command,
        outcome="duplicate" if duplicate else outcome.outcome,
        versions=outcome.versions,
        code=outcome.code,
        params=outcome.params,
    )

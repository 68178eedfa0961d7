"""The way of a command: read, allowed, signed, journalled, announced; and then its outcome, or where it will be.

What is journalled ends in exactly one outcome. So a command is accepted whether or not Temporal answers: the knock only
makes it quick, and the sweeper knocks again.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

import structlog
from pydantic import TypeAdapter, ValidationError
from temporalio.client import Client

from activities.contract import CommandSignal
from domain.kernel.faults import Malformed
from domain.kernel.text import PlanId
from domain.loop.messages import StartPlan
from gateway.access.callers import Caller, Sender, sender_of
from gateway.plan_files.yaml_text import TextFault
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
"""With so many commands waiting for one plan it is not signalled for each: the sweeper wakes it."""

TRIES: Final = 3
"""How often a command is accepted, if it cannot be journalled soon enough, before its sender has to send it again."""

logger = structlog.get_logger("gateway")

SendOutcome = Literal["recorded", "refused", "duplicate", "accepted", "conflict", "malformed", "not_allowed"]


class UnknownPlan(Exception):
    """The ledger knows no plan of this name."""

    code = "unknown_plan"

    def __init__(self, plan: str) -> None:
        super().__init__(plan)
        self.plan = plan


_PLAN_NAME: Final[TypeAdapter[str]] = TypeAdapter(PlanId)


def is_plan_name(name: str) -> bool:
    """Whether a plan can have this name; the ledger's own stream is no plan."""
    try:
        _PLAN_NAME.validate_python(name)
    except ValidationError:
        return False
    return True


def require_plan_name(plan: str) -> None:
    """Hold that this can be a plan's name. Raises ``UnknownPlan``."""
    if not is_plan_name(plan):
        raise UnknownPlan(plan)


@dataclass(frozen=True, slots=True, kw_only=True)
class SendResult:
    """What a sender is told. ``code`` and ``params`` make the sentence."""

    command_id: str
    outcome: SendOutcome
    versions: tuple[int, ...] = ()
    code: str | None = None
    params: Mapping[str, str] = field(default_factory=dict)


class CommandIntake:
    """Where commands come in. One to a gateway process."""

    def __init__(
        self,
        pool: Pool,
        keyring: Keyring,
        journalling: JournalQueue,
        client: Client,
        task_queue: str,
        outcomes: Outcomes,
    ) -> None:
        self._pool = pool
        self._keyring = keyring
        self._journalling = journalling
        self._client = client
        self._task_queue = task_queue
        self._outcomes = outcomes
        self._known: set[str] = set()
        self._unannounced: dict[str, Journalled] = {}
        self._knocks: dict[str, asyncio.Task[None]] = {}

    async def send(self, caller: Caller, plan: str, parsed: ParsedCommand, wait: float) -> SendResult:
        """Accept a command and wait up to ``wait`` seconds for its outcome. Raises what `accept` raises."""
        return await self.await_outcome(await self.accept(caller, plan, parsed), parsed, wait)

    async def accept(self, caller: Caller, plan: str, parsed: ParsedCommand) -> Accepted:
        """Journal a command; once this returns it cannot be lost.

        Where Postgres' answer is lost nobody knows whether it was journalled: then its data key stays, for a command
        that stands in the journal must be readable.
        Raises ``NotAllowed``, ``Malformed``, ``UnknownPlan``, ``BodyTooLong``, ``TooManyWaiting``, ``Stale``,
        ``LogIsForked``.
        """
        require_plan_name(plan)
        journal.require_length(parsed.body)
        speaks = sender_of(
            caller, parsed.kind, parsed.command.on_behalf_of, in_session=parsed.command.meeting is not None
        )
        await self._hold_plan(plan, parsed)
        coming = CommandToJournal(plan, Sender(caller.actor, speaks.role, speaks.body), parsed)
        for left in reversed(range(TRIES)):
            try:
                accepted = await self._journalling.submit(coming)
            except Stale:  # this process slept, or the ledger did: it comes as late as it can be written down
                logger.warning("command.stale", plan=plan, command=parsed.command.id, tries_left=left)
                if not left:
                    raise
            else:
                if accepted.new:
                    self._announce(accepted.row)
                return accepted
        raise AssertionError

    async def await_outcome(self, accepted: Accepted, parsed: ParsedCommand, wait: float) -> SendResult:
        """The outcome of what was accepted; ``accepted`` where it takes longer than ``wait`` seconds."""
        row = accepted.row
        if not accepted.new and not self._same(row, parsed):
            return SendResult(command_id=row.command, outcome="conflict", code="conflict", params={"id": row.command})
        stood = await self._outcomes.wait((row.plan, row.actor, row.command), wait)
        if stood is None:
            return SendResult(command_id=row.command, outcome="accepted")
        return send_result(stood, duplicate=not accepted.new)

    async def find(self, plan: str, actor: str, command: str) -> SendResult | None:
        """What is known of a command sent before; ``None`` if nothing is."""
        require_plan_name(plan)
        if stood := await self._outcomes.wait((plan, actor, command), 0):
            return send_result(stood, duplicate=False)
        waiting = await journal.standing(self._pool, plan, actor, command)
        return SendResult(command_id=command, outcome="accepted") if waiting else None

    async def signals_done(self) -> None:
        """Until no knock is under way."""
        await asyncio.gather(*self._knocks.values(), return_exceptions=True)

    async def _hold_plan(self, plan: str, parsed: ParsedCommand) -> None:
        if isinstance(parsed.command, StartPlan):
            if parsed.command.definition.plan != plan:
                raise Malformed([TextFault("other_plan", ("definition", "plan"), {"plan": plan})])
            return
        if plan in self._known:
            return
        # A start that still waits counts: what follows it in the journal is handled after it. Asked for first, since it
        # may be handled between the two questions.
        waits = await journal.waiting_count(self._pool, plan)
        if (await ledger_log.stream_head(self._pool, plan)).version:
            self._known.add(plan)
        elif not waits:
            raise UnknownPlan(plan)

    def _same(self, row: Journalled, parsed: ParsedCommand) -> bool:
        """Whether a resent command is the standing one: its commitment, made anew with the standing salt."""
        try:
            return commitment(journal.salt_of(self._keyring, row), parsed.body) == row.commitment
        except UnusableKey:
            return False  # what it sealed was erased, and with it what it could be compared with

    def _announce(self, row: Journalled) -> None:
        """Knock for a command; while a knock at its plan is under way, only for the last that came meanwhile.

        One knock has the whole journal drained, so a burst costs Temporal a few signals and not one each.
        """
        self._unannounced[row.plan] = row
        if row.plan not in self._knocks:
            self._knocks[row.plan] = asyncio.create_task(self._knock_at(row.plan))

    async def _knock_at(self, plan: str) -> None:
        try:
            while row := self._unannounced.pop(plan, None):
                await self._knock(row)
        finally:
            del self._knocks[plan]

    async def _knock(self, row: Journalled) -> None:
        told = CommandSignal(command=row.command, number=row.number)
        try:
            if await journal.waiting_count(self._pool, row.plan) < QUIET_FROM:
                await signal_command(self._client, self._task_queue, row.plan, row.kind, told)
        except Exception as error:
            if not (is_temporal_unavailable(error) or is_transient(error)):
                raise
            logger.warning("knock.unheard", plan=row.plan, number=row.number, why=type(error).__name__)


def send_result(stood: RecordedOutcome, *, duplicate: bool) -> SendResult:
    """A recorded outcome as an answer."""
    outcome = stood.outcome
    return SendResult(
        command_id=outcome.command,
        outcome="duplicate" if duplicate else outcome.outcome,
        versions=outcome.versions,
        code=outcome.code,
        params=outcome.params,
    )

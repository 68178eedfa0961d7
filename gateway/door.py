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
from domain.commands import StartPlan, session_of
from domain.faults import Malformed
from domain.text import PlanId
from gateway.access import Caller, speaker
from gateway.journalling import Coming, Journalling
from gateway.knocking import away, knock
from gateway.outcomes import Outcomes
from gateway.signing import Sender
from gateway.spoken import Spoken
from gateway.yaml_text import TextFault
from ledger import journal
from ledger import log as ledger_log
from ledger.connection import Pool, is_transient
from ledger.journal import Accepted, Journalled, Stale
from ledger.keyring import CannotOpen, Keyring
from ledger.outcomes import Stood
from ledger.signature import commitment

QUIET_FROM: Final = 500
"""With so many commands waiting for one plan it is not signalled for each: the sweeper wakes it."""

TRIES: Final = 3
"""How often a command is accepted, if it cannot be journalled soon enough, before its sender has to send it again."""

logger = structlog.get_logger("gateway")

Verdict = Literal["recorded", "refused", "duplicate", "accepted", "conflict", "malformed", "not_allowed"]


class UnknownPlan(Exception):
    """The ledger knows no plan of this name."""

    code = "unknown_plan"

    def __init__(self, plan: str) -> None:
        super().__init__(plan)
        self.plan = plan


_PLAN_NAME: Final[TypeAdapter[str]] = TypeAdapter(PlanId)


def can_be_a_plan(name: str) -> bool:
    """Whether a plan can have this name; the ledger's own stream is no plan."""
    try:
        _PLAN_NAME.validate_python(name)
    except ValidationError:
        return False
    return True


def hold_plan_name(plan: str) -> None:
    """Hold that this can be a plan's name. Raises ``UnknownPlan``."""
    if not can_be_a_plan(plan):
        raise UnknownPlan(plan)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a sender is told. ``code`` and ``params`` make the sentence."""

    command_id: str
    outcome: Verdict
    versions: tuple[int, ...] = ()
    code: str | None = None
    params: Mapping[str, str] = field(default_factory=dict)


class Door:
    """Where commands come in. One to a gateway process."""

    def __init__(
        self,
        pool: Pool,
        keyring: Keyring,
        journalling: Journalling,
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

    async def send(self, caller: Caller, plan: str, said: Spoken, wait: float) -> Answer:
        """Accept a command and wait up to ``wait`` seconds for its outcome. Raises what `accept` raises."""
        return await self.settle(await self.accept(caller, plan, said), said, wait)

    async def accept(self, caller: Caller, plan: str, said: Spoken) -> Accepted:
        """Journal a command; once this returns it cannot be lost.

        Where Postgres' answer is lost nobody knows whether it was journalled: then its data key stays, for a command
        that stands in the journal must be readable.
        Raises ``NotAllowed``, ``Malformed``, ``UnknownPlan``, ``BodyTooLong``, ``TooManyWaiting``, ``Stale``,
        ``LogForked``.
        """
        hold_plan_name(plan)
        journal.hold_length(said.body)
        speaks = speaker(caller, said.kind, said.command.on_behalf_of, in_session=session_of(said.command) is not None)
        await self._hold_plan(plan, said)
        coming = Coming(plan, Sender(caller.actor, speaks.role, speaks.body), said)
        for left in reversed(range(TRIES)):
            try:
                accepted = await self._journalling.ask(coming)
            except Stale:  # this process slept, or the ledger did: it comes as late as it can be written down
                logger.warning("command.stale", plan=plan, command=said.command.id, tries_left=left)
                if not left:
                    raise
            else:
                if accepted.new:
                    self._announce(accepted.row)
                return accepted
        raise AssertionError

    async def settle(self, accepted: Accepted, said: Spoken, wait: float) -> Answer:
        """The outcome of what was accepted; ``accepted`` where it takes longer than ``wait`` seconds."""
        row = accepted.row
        if not accepted.new and not self._same(row, said):
            return Answer(command_id=row.command, outcome="conflict", code="conflict", params={"id": row.command})
        stood = await self._outcomes.wait((row.plan, row.actor, row.command), wait)
        if stood is None:
            return Answer(command_id=row.command, outcome="accepted")
        return answer_of(stood, duplicate=not accepted.new)

    async def find(self, plan: str, actor: str, command: str) -> Answer | None:
        """What is known of a command sent before; ``None`` if nothing is."""
        hold_plan_name(plan)
        if stood := await self._outcomes.wait((plan, actor, command), 0):
            return answer_of(stood, duplicate=False)
        waiting = await journal.standing(self._pool, plan, actor, command)
        return Answer(command_id=command, outcome="accepted") if waiting else None

    async def settled(self) -> None:
        """Until no knock is under way."""
        await asyncio.gather(*self._knocks.values(), return_exceptions=True)

    async def _hold_plan(self, plan: str, said: Spoken) -> None:
        if isinstance(said.command, StartPlan):
            if said.command.definition.plan != plan:
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

    def _same(self, row: Journalled, said: Spoken) -> bool:
        """Whether a resent command is the standing one: its commitment, made anew with the standing salt."""
        try:
            return commitment(journal.salt_of(self._keyring, row), said.body) == row.commitment
        except CannotOpen:
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
                await knock(self._client, self._task_queue, row.plan, row.kind, told)
        except Exception as error:
            if not (away(error) or is_transient(error)):
                raise
            logger.warning("knock.unheard", plan=row.plan, number=row.number, why=type(error).__name__)


def answer_of(stood: Stood, *, duplicate: bool) -> Answer:
    """A recorded outcome as an answer."""
    outcome = stood.outcome
    return Answer(
        command_id=outcome.command,
        outcome="duplicate" if duplicate else outcome.outcome,
        versions=outcome.versions,
        code=outcome.code,
        params=outcome.params,
    )

"""The loop of one plan: action, reflection, adaptation, for years.

The ledger is the plan; this keeps it moving. The loop waits for somebody to knock or for the next deadline, has
``handle`` do the work, learns from its agenda what to wait for next, and goes on. It holds no rule and no text of a
plan, so a run may be ended, reset, or started anew at any moment: each begins by asking for the agenda.

Nothing but the plan's own people ends it: no signal, no cancel button, no failure of an activity. The workflow is
dynamic for the same reason: started by hand under a plan's id, with any type and any argument, it is that plan's loop.
"""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from datetime import timedelta
from typing import Final

from temporalio import workflow
from temporalio.common import RawValue, RetryPolicy
from temporalio.exceptions import ActivityError
from temporalio.workflow import ContinueAsNewVersioningBehavior

from workflows import search
from workflows.alarm import Alarm, until
from workflows.mailbox import Mailbox, carried

with workflow.unsafe.imports_passed_through():
    from activities.contract import (
        GRACE,
        HANDLE,
        SIGNALS_PER_CALL,
        Agenda,
        HandleInput,
        PlanRun,
        ReceivedSignal,
        plan_of_workflow,
    )
    from domain.kernel.event import Phase

MAX_HISTORY: Final = 500
"""Events after which a run makes place for the next: a cold worker on a slow machine reads so many in half a second."""

FIRST_PATIENCE: Final = timedelta(seconds=1)
LAST_PATIENCE: Final = timedelta(seconds=30)

ASK_AGAIN: Final = "ask-again"
"""Runs from before it wait, when ``handle`` has failed for good and nothing is to be told, for the next knock."""

GIVE_WAY_WOKEN: Final = "give-way-woken"
"""Runs from before give way when they have done something, which is when the next signal comes: the server then throws
the task away, and a worker reads the run's whole history again, half a second in which somebody waits."""

STANDING_ALARM: Final = "standing-alarm"
"""Runs from before it set a timer for each wait and cancel it when they are woken."""

_RETRY: Final = RetryPolicy(initial_interval=timedelta(milliseconds=100), maximum_interval=timedelta(seconds=2))

_NOTHING_KNOWN: Final = Agenda(status="open", more=True)
"""What a run knows before its first call, so that a start, a continuation and a recovery begin alike: by asking."""

_BY_THE_NEWEST: Final = ContinueAsNewVersioningBehavior.AUTO_UPGRADE
"""Where a deployment pins its runs, the next is begun by the newest code, and pinned to that."""


@workflow.defn(dynamic=True)
class PlanWorkflow:
    """Started as ``Plan`` with the id ``plan-<plan>``; takes a `PlanRun` from the run before it, or nothing."""

    @workflow.init
    def __init__(self, args: Sequence[RawValue]) -> None:
        self._plan = plan_of_workflow(workflow.info().workflow_id)
        self._mailbox = Mailbox(carried(args))
        self._agenda = _NOTHING_KNOWN
        self._alarm = Alarm()
        self._gives_way = False
        self._at_once = SIGNALS_PER_CALL
        self._patience = FIRST_PATIENCE

    @workflow.signal(dynamic=True)
    def receive(self, name: str, args: Sequence[RawValue]) -> None:
        """Every signal, whatever its name and content. Only taken in here; the loop deals with it."""
        self._mailbox.receive(name, args)

    @workflow.run
    async def run(self, _args: Sequence[RawValue]) -> None:
        """Live until the plan is closed. A cancel request is one more arrival: people close a plan, not a button."""
        life = asyncio.create_task(self._live())
        while not life.done():
            try:
                await asyncio.shield(life)
            except asyncio.CancelledError:
                if life.cancelled():
                    raise
                self._mailbox.receive_cancel()
        if self._open or self._unfinished:
            workflow.continue_as_new(
                PlanRun(arrivals=self._mailbox.oldest(SIGNALS_PER_CALL)),
                initial_versioning_behavior=_BY_THE_NEWEST if self._superseded else None,
            )

    async def _live(self) -> None:
        """Returns when the plan is over, when a cycle has ended, or when this run gives way to the next."""
        while self._goes_on():
            cycle = self._agenda.cycle
            await self._act(cycle)
            await self._reflect(cycle)
            await self._adapt(cycle)
            if 0 < cycle != self._agenda.cycle:
                break
        await self._clear()

    async def _act(self, cycle: int) -> None:
        await self._stay(cycle, "action", None)

    async def _reflect(self, cycle: int) -> None:
        await self._stay(cycle, "reflection")

    async def _adapt(self, cycle: int) -> None:
        await self._stay(cycle, "adaptation")

    async def _stay(self, cycle: int, *phases: Phase | None) -> None:
        """Serve the plan until it has left this phase: convened onwards, brought on by the clock, or reopened."""
        while self._goes_on() and self._agenda.cycle == cycle and self._agenda.phase in phases:
            if not self._agenda.more:
                await self._wait()
            if self._long and workflow.patched(GIVE_WAY_WOKEN):
                self._gives_way = True
                return
            await self._handle()

    async def _clear(self) -> None:
        """Tell what still waits: all of it when the plan is over, else so much that the next run can take the rest."""
        while len(self._mailbox) > SIGNALS_PER_CALL or (not self._open and self._unfinished and not self._long):
            await self._handle()

    async def _wait(self) -> None:
        """Until somebody knocks, or the deadline and its grace have passed."""
        moment = None if self._agenda.deadline is None else self._agenda.deadline + GRACE
        if workflow.patched(STANDING_ALARM):
            if not self._mailbox.waiting:
                self._alarm.set(moment)
                await workflow.wait_condition(lambda: self._mailbox.waiting or self._alarm.rang)
            return
        timeout = None if moment is None else until(moment)
        with suppress(asyncio.TimeoutError):
            await workflow.wait_condition(lambda: self._mailbox.waiting, timeout=timeout)

    async def _handle(self) -> None:
        """Have the work done and learn the agenda. What ``handle`` refuses for good is isolated, never let out."""
        arrivals = self._mailbox.oldest(self._at_once)
        if agenda := await self._call(arrivals):
            self._mailbox.drop(len(arrivals))
            self._at_once = SIGNALS_PER_CALL
        elif not (agenda := await self._call(())):  # with nothing to tell it fails as well: no arrival is at fault
            await workflow.sleep(self._patience)
            self._patience = min(self._patience * 2, LAST_PATIENCE)
            if workflow.patched(ASK_AGAIN):
                self._mailbox.wake()  # whoever woke the plan still waits for it
            return
        elif len(arrivals) > 1:
            self._at_once = len(arrivals) // 2
        elif arrivals:
            self._mailbox.strip_oldest()
        self._patience = FIRST_PATIENCE
        self._agenda = agenda
        search.show(agenda)

    async def _call(self, arrivals: Sequence[ReceivedSignal]) -> Agenda | None:
        """Call ``handle``; ``None`` if it failed for good. What can pass is tried again for as long as it takes."""
        try:
            agenda: Agenda = await workflow.execute_activity(
                HANDLE,
                HandleInput(plan=self._plan, arrivals=tuple(arrivals)),
                result_type=Agenda,
                start_to_close_timeout=timedelta(seconds=5),
                retry_policy=_RETRY,
            )
        except ActivityError:
            return None
        return agenda

    @property
    def _open(self) -> bool:
        return self._agenda.status in ("open", "paused")

    @property
    def _unfinished(self) -> bool:
        return self._mailbox.waiting or self._agenda.more

    def _goes_on(self) -> bool:
        """Whether this run still serves the plan. One that is long gives way when it is next woken: what woke it comes
        along, and the next run begins by having it done."""
        return self._open and not self._gives_way and (not self._long or workflow.patched(GIVE_WAY_WOKEN))

    @property
    def _long(self) -> bool:
        run = workflow.info()
        long = run.get_current_history_length() >= MAX_HISTORY or run.is_continue_as_new_suggested()
        return long or self._superseded

    @property
    def _superseded(self) -> bool:
        """Whether workers of a newer deployment wait to take the plan over, and this run has done something."""
        return self._agenda is not _NOTHING_KNOWN and workflow.info().is_target_worker_deployment_version_changed()

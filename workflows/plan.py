"""The workflow of one plan: action, reflection, adaptation, for years.

The ledger holds the plan; this loop keeps it moving. It waits for a signal or for the next deadline, has the activity
``handle`` do the work, and learns from the agenda that ``handle`` returns what to wait for next. It holds no rule and
no text of a plan, so a run may be ended, reset or started anew at any moment: each run begins by asking for the agenda.

Only a command to the plan ends it: no signal, no cancel request and no failed activity does. For the same reason the
workflow is dynamic: a run started by hand under a plan's id, with any type and any argument, is that plan's loop.

Running plans replay this code from the beginning of their run. A change of the commands that it gives to Temporal is
gated by `workflow.patched()`; ``tests/golden/workflows.json`` (``make fingerprints``) and the saved histories in
``tests/histories`` check that. No gate is in use now.
"""

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from temporalio import workflow
from temporalio.common import RawValue, RetryPolicy
from temporalio.exceptions import ActivityError
from temporalio.workflow import ContinueAsNewVersioningBehavior

from workflows import search
from workflows.alarm import Alarm
from workflows.mailbox import Mailbox, carried_signals

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
"""Events after which a run continues as new. A worker without the run in memory, on a slow machine, reads so many in
half a second."""

FIRST_PATIENCE: Final = timedelta(seconds=1)
LAST_PATIENCE: Final = timedelta(seconds=30)

_RETRY: Final = RetryPolicy(initial_interval=timedelta(milliseconds=100), maximum_interval=timedelta(seconds=2))

_NOTHING_KNOWN: Final = Agenda(status="open", more=True)
"""The agenda before a run's first call. A start, a continuation and a recovery all begin with a call of ``handle``."""

_BY_THE_NEWEST: Final = ContinueAsNewVersioningBehavior.AUTO_UPGRADE
"""Where a deployment pins its runs, the next run starts on the newest version and is pinned to that."""


@workflow.defn(dynamic=True)
class PlanWorkflow:
    """Started as ``Plan`` with the id ``plan-<plan>``; takes a `PlanRun` from the run before it, or nothing."""

    @workflow.init
    def __init__(self, args: Sequence[RawValue]) -> None:
        self._plan = plan_of_workflow(workflow.info().workflow_id)
        self._mailbox = Mailbox(carried_signals(args))
        self._agenda = _NOTHING_KNOWN
        self._alarm = Alarm()
        self._gives_way = False
        self._suspects = 0
        self._patience = FIRST_PATIENCE

    @workflow.signal(dynamic=True)
    def receive(self, name: str, args: Sequence[RawValue]) -> None:
        """Buffers every signal, whatever its name and content; the loop deals with it."""
        self._mailbox.receive(name, args)

    @workflow.run
    async def run(self, _args: Sequence[RawValue]) -> None:
        """Runs until the plan is closed. A cancel request is recorded like a signal: it does not close the plan."""
        loop = asyncio.create_task(self._serve())
        while not loop.done():
            try:
                await asyncio.shield(loop)
            except asyncio.CancelledError:
                if loop.cancelled():
                    raise
                self._mailbox.receive_cancel()
        if self._open or self._unfinished:
            workflow.continue_as_new(
                PlanRun(arrivals=self._mailbox.oldest(SIGNALS_PER_CALL)),
                initial_versioning_behavior=_BY_THE_NEWEST if self._superseded else None,
            )

    async def _serve(self) -> None:
        """Returns when the plan is closed, when a cycle has ended, or when this run gives way to the next."""
        while self._goes_on():
            cycle = self._agenda.cycle
            await self._act(cycle)
            await self._reflect(cycle)
            await self._adapt(cycle)
            if 0 < cycle != self._agenda.cycle:
                break
        await self._flush()

    async def _act(self, cycle: int) -> None:
        await self._serve_phase(cycle, "action", None)

    async def _reflect(self, cycle: int) -> None:
        await self._serve_phase(cycle, "reflection")

    async def _adapt(self, cycle: int) -> None:
        await self._serve_phase(cycle, "adaptation")

    async def _serve_phase(self, cycle: int, *phases: Phase | None) -> None:
        """Serves the plan until it leaves the phase: by a command, by a deadline, or because a phase is reopened.

        A run with a long history gives way when it is next woken, not after it has worked: at that moment the next
        signal tends to arrive, the server discards the last task, and a worker reads the whole history again. What woke
        the run is carried over, and the next run begins by handling it.
        """
        while self._goes_on() and self._agenda.cycle == cycle and self._agenda.phase in phases:
            if not self._agenda.more:
                await self._wait()
            if self._long:
                self._gives_way = True
                return
            await self._handle()

    async def _flush(self) -> None:
        """Delivers the waiting signals: all when the plan is closed, else all but what the next run can carry."""
        while len(self._mailbox) > SIGNALS_PER_CALL or (not self._open and self._unfinished and not self._long):
            await self._handle()

    async def _wait(self) -> None:
        """Waits for a signal, or until the deadline and its grace have passed."""
        if self._mailbox.waiting:
            return
        self._alarm.set(None if self._agenda.deadline is None else self._agenda.deadline + GRACE)
        await workflow.wait_condition(lambda: self._mailbox.waiting or self._alarm.rang)

    async def _handle(self) -> None:
        """Calls ``handle`` with the oldest signals and keeps the agenda that it returns.

        When the call fails for good and one without signals succeeds, a signal is at fault: those of the failed call
        are delivered one by one, and the one that fails alone is dropped. No command is lost with it: ``handle`` reads
        commands from the journal. When the call without signals fails too, everything is kept and tried again later.
        """
        signals = self._mailbox.oldest(1 if self._suspects else SIGNALS_PER_CALL)
        if agenda := await self._call(signals):
            self._drop(len(signals))
        elif not (agenda := await self._call(())):
            await workflow.sleep(self._patience)
            self._patience = min(self._patience * 2, LAST_PATIENCE)
            self._mailbox.wake()  # a bare wake is no signal in the mailbox, and must not be forgotten
            return
        elif len(signals) > 1:
            self._suspects = len(signals)
        elif signals:
            workflow.logger.error("plan.signal_dropped size=%d sha256=%s", signals[0].size, signals[0].sha256)
            self._drop(1)
        self._patience = FIRST_PATIENCE
        self._agenda = agenda
        search.show(agenda)

    def _drop(self, count: int) -> None:
        self._mailbox.drop(count)
        self._suspects = max(0, self._suspects - count)

    async def _call(self, signals: Sequence[ReceivedSignal]) -> Agenda | None:
        """Calls ``handle``; ``None`` if it failed for good. Any other failure is retried without end."""
        try:
            agenda: Agenda = await workflow.execute_activity(
                HANDLE,
                HandleInput(plan=self._plan, arrivals=tuple(signals)),
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
        """Whether this run still serves the plan."""
        return self._open and not self._gives_way

    @property
    def _long(self) -> bool:
        """Whether the run should continue as new: for the length of its history, or for a newer deployment."""
        run = workflow.info()
        long = run.get_current_history_length() >= MAX_HISTORY or run.is_continue_as_new_suggested()
        return long or self._superseded

    @property
    def _superseded(self) -> bool:
        """Whether a newer deployment's workers wait for the plan, and this run has called ``handle`` at least once."""
        return self._agenda is not _NOTHING_KNOWN and workflow.info().is_target_worker_deployment_version_changed()

"""Shared by the tests of the loop: plans on a real Temporal server, with a ``handle`` in memory."""

import asyncio
import itertools
import time
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from temporalio import activity
from temporalio.api.common.v1 import Payload, Payloads, WorkflowExecution
from temporalio.api.enums.v1 import EventType
from temporalio.api.workflowservice.v1 import SignalWorkflowExecutionRequest
from temporalio.client import Client, WorkflowHandle

from activities.contract import (
    HANDLE,
    PLAN_WORKFLOW,
    WAKE,
    Agenda,
    CommandSignal,
    HandleInput,
    ReceivedSignal,
    workflow_id,
)

OPEN = Agenda(status="open", cycle=1, phase="action")
CLOSED = Agenda(status="closed", cycle=1)
UNKNOWN = Agenda(status="unknown")

Answer = Callable[[HandleInput, datetime], Agenda]

_numbers = itertools.count(1)


class Desk:
    """A ``handle`` that keeps its inputs; ``answer`` returns the agenda, or raises."""

    def __init__(self) -> None:
        self.answered: list[HandleInput] = []
        """The inputs of the calls that did not fail."""
        self.calls = 0
        self.answer: Answer = lambda call, now: OPEN

    @activity.defn(name=HANDLE)
    async def handle(self, call: HandleInput) -> Agenda:
        self.calls += 1
        agenda = self.answer(call, activity.info().started_time)
        self.answered.append(call)
        return agenda

    def signals(self) -> list[ReceivedSignal]:
        return [signal for call in self.answered for signal in call.arrivals]

    def numbers(self) -> list[int]:
        return [signal.number for signal in self.signals() if signal.number is not None]

    def names(self) -> list[str]:
        return [signal.name for signal in self.signals()]


async def until(condition: Callable[[], bool], seconds: float = 15.0) -> None:
    """Wait for something to become true; the test fails if it does not."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not come true in time"
        await asyncio.sleep(0.01)


class Plan:
    """A plan for one test. It is sent signals as the gateway sends them, or arbitrary ones."""

    def __init__(self, client: Client, task_queue: str, desk: Desk) -> None:
        self.client, self.task_queue, self.desk = client, task_queue, desk
        self.name = f"{task_queue}-{next(_numbers)}"

    @property
    def handle(self) -> WorkflowHandle[Any, Any]:
        return self.client.get_workflow_handle(workflow_id(self.name))

    async def start(self, workflow: str = PLAN_WORKFLOW, args: Sequence[Any] = (), signal: str = WAKE) -> None:
        """Start it or wake it, in one call."""
        await self.client.start_workflow(
            workflow, args=args, id=workflow_id(self.name), task_queue=self.task_queue, start_signal=signal
        )

    async def announce(self, number: int, name: str = "report_progress") -> None:
        await self.handle.signal(name, CommandSignal(command=f"c{number}", number=number))

    async def signal(self, name: str, *payloads: Payload, header: Payload | None = None) -> None:
        """A signal with any payload, as every client of Temporal can send it."""
        request = SignalWorkflowExecutionRequest(
            namespace=self.client.namespace,
            workflow_execution=WorkflowExecution(workflow_id=workflow_id(self.name)),
            signal_name=name,
            input=Payloads(payloads=payloads),
        )
        if header is not None:
            request.header.fields["header"].CopyFrom(header)
        await self.client.workflow_service.signal_workflow_execution(request)

    async def answers(self) -> bool:
        """Whether a signal still reaches the desk; fails the test if it does not."""
        number = 1_000_000 + next(_numbers)
        await self.announce(number)
        await until(lambda: number in self.desk.numbers())
        return True

    async def status(self) -> str:
        status = (await self.handle.describe()).status
        assert status is not None
        return status.name

    async def events(self, *kinds: EventType.ValueType) -> int:
        """How many events of these kinds the present run has."""
        return len([event async for event in self.handle.fetch_history_events() if event.event_type in kinds])

"""The engine as it runs: a worker program, and in another program a client of the real gateway.

The worker is the worker of `worker.py`; only ``handle`` may be wrapped, to know when what it wrote was on disk.
"""

import asyncio
import itertools
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import MethodType
from typing import Any, cast

from temporalio import activity
from temporalio.client import Client

from activities.contract import HANDLE, Agenda, HandleInput
from activities.converter import data_converter
from activities.handle import Handle, handler_for
from benchmarks.commands import LESSON
from benchmarks.contender import Lost
from benchmarks.rounds import Message
from benchmarks.story import plan_file
from gateway.access.callers import Caller
from gateway.sending.intake import CommandIntake
from gateway.sending.parsing import parse_command
from gateway.state import gateway_state
from ledger.connection import Pool
from settings import Settings
from worker import Handler, build_worker, register_search_attributes

OPERATOR = Caller("operator", frozenset({"operator"}))
PATIENCE = 120.0
"""Seconds to wait for an outcome."""


def partner(body: str) -> Caller:
    """A person who speaks for one body."""
    return Caller(f"somebody-of-{body}", frozenset({"partner"}), (body,))


def settings_of(setup: Message) -> Settings:
    return Settings(
        database_url=setup["dsn"],
        temporal_address=setup["temporal"],
        task_queue=setup["queue"],
        keyring=Path(setup["keyring"]),
        gateway_port=0,
        origin="bench.example/ledger",
    )


@dataclass
class GatewayClient:
    """Sends commands through the gateway's intake, each with its own id."""

    intake: CommandIntake
    pool: Pool
    client: Client
    _numbers: Any = field(default_factory=itertools.count)

    async def send(self, plan: str, command: dict[str, Any], *, wait: bool = True) -> None:
        """Send a command. Raises `Lost` unless it is recorded; without waiting, unless it is accepted."""
        named = {"id": f"c{next(self._numbers)}"} | command
        body = command.get("on_behalf_of")
        accepted = await self.intake.accept(partner(body) if body else OPERATOR, plan, parsed := parse_command(named))
        if wait:
            answer = await self.intake.await_outcome(accepted, parsed, PATIENCE)
            if answer.outcome != "recorded":
                raise Lost(f"{plan}, {command['command']}: {answer.outcome} {answer.code} {dict(answer.params)}")

    async def start(self, plan: str) -> None:
        """Start a plan and record a lesson, on which course corrections can rest."""
        await self.send(plan, {"command": "start_plan", "definition": plan_file(plan)})
        await self.send(plan, {"command": "record_lesson", "on_behalf_of": "works", "lesson": LESSON})


@asynccontextmanager
async def gateway_client(setup: Message) -> AsyncIterator[GatewayClient]:
    """A gateway on a migrated, live ledger."""
    async with gateway_state(settings_of(setup)) as gateway:
        yield GatewayClient(gateway.intake, gateway.pool, gateway.client)


class HandleTimes:
    """When ``handle`` last returned, which it does when all it reached is committed."""

    def __init__(self) -> None:
        self.at = 0.0
        self._moved = asyncio.Condition()

    def around(self, handle: Handler) -> Handler:
        @activity.defn(name=HANDLE)
        async def times(ask: HandleInput) -> Agenda:
            agenda = await handle(ask)
            self.at = time.perf_counter()
            async with self._moved:
                self._moved.notify_all()
            return agenda

        return times

    async def after(self, moment: float) -> float:
        """The first return after a moment."""
        async with self._moved:
            await asyncio.wait_for(self._moved.wait_for(lambda: self.at > moment), PATIENCE)
        return self.at


@asynccontextmanager
async def working(setup: Message, times: HandleTimes | None = None, **options: Any) -> AsyncIterator[Handle]:
    """A worker on the ledger: it handles, and it seals. Gives what handles."""
    settings = settings_of(setup)
    client = await Client.connect(settings.temporal_address, data_converter=data_converter())
    await register_search_attributes(client)
    async with AsyncExitStack() as stack:
        bound = await stack.enter_async_context(handler_for(settings))
        handle = times.around(bound) if times else bound
        options = {"max_cached_workflows": settings.plans_awake} | options
        await stack.enter_async_context(build_worker(client, handle, settings.task_queue, **options))
        yield cast(Handle, cast(MethodType, bound).__self__)

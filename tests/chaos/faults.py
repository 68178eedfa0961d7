"""The faults of a chaos run: each a function that causes one and returns when it is over.

The rig restarts killed processes; whatever else a fault disturbs is restored when it ends.
"""

import asyncio
import contextlib
import os
import signal
import time
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from math import ceil
from random import Random
from typing import Any, Final

from temporalio.api.common.v1 import Payload, Payloads, WorkflowExecution
from temporalio.api.enums.v1 import EventType, ResetReapplyExcludeType
from temporalio.api.workflowservice.v1 import ResetWorkflowExecutionRequest, SignalWorkflowExecutionRequest
from temporalio.client import Client
from temporalio.service import RPCError

from activities.contract import GRACE, workflow_id
from activities.converter import data_converter
from tests.chaos.rig import Part, Rig
from tests.chaos.wire import Hold, Where

PATIENCE: Final = 10.0
"""Seconds to wait for a call to hold; commands are sent all the time."""
LONGER_THAN_A_CALL: Final = 6.5
"""Seconds after which Temporal has given a call of ``handle`` to another worker."""

LONGER_THAN_GRACE: Final = GRACE.total_seconds() + 2.5


@dataclass(frozen=True)
class Scene:
    """The stack and plans that a fault disturbs."""

    rig: Rig
    plans: list[str]
    chance: Random
    away: float
    """Seconds of a long outage of Postgres."""

    def part(self, name: str) -> Part:
        return self.rig.parts[name]

    def plan(self) -> str:
        return self.chance.choice(self.plans)


class Passed(Exception):
    """The fault could not be caused now, or not on this machine; the message says why."""


Fault = Callable[[Scene], Awaitable[None]]


# --- processes that are killed ---------------------------------------------------------------------------------------


async def worker_killed(scene: Scene) -> None:
    await _killed(scene, "worker-1")


async def gateway_killed(scene: Scene) -> None:
    await _killed(scene, scene.chance.choice(("gateway-1", "gateway-2")))


async def sweeper_killed(scene: Scene) -> None:
    """Kills both gateways, because only the lease says which one sweeps."""
    await _killed(scene, "gateway-1", "gateway-2")


async def postgres_killed(scene: Scene) -> None:
    await _killed(scene, "postgres")


async def temporal_killed(scene: Scene) -> None:
    await _killed(scene, "temporal")


async def everything_killed(scene: Scene) -> None:
    await _killed(scene, "worker-1", "gateway-1", "gateway-2", "temporal", "postgres")


async def _killed(scene: Scene, *names: str) -> None:
    await asyncio.sleep(scene.chance.uniform(0, 0.5))
    for name in names:
        scene.part(name).kill()
    for name in names:
        await scene.part(name).ready()


# --- the moments that matter -----------------------------------------------------------------------------------------


async def worker_killed_between_commit_and_completion(scene: Scene) -> None:
    """Kills the worker after its write was committed and before it got the answer."""
    async with _append(scene, "answer"):
        scene.part("worker-1").kill()
    await scene.part("worker-1").ready()


async def worker_killed_between_decision_and_append(scene: Scene) -> None:
    async with _append(scene, "call"):
        scene.part("worker-1").kill()
    await scene.part("worker-1").ready()


async def answer_lost(scene: Scene) -> None:
    """Breaks the connection after the write was committed and before the answer."""
    async with _append(scene, "answer"):
        scene.rig.wires["worker-1"].hang_up()


async def stale_worker(scene: Scene) -> None:
    """Delays a worker's write until another worker has decided the same commands."""
    async with _second_worker(scene), _append(scene, "call"):
        await asyncio.sleep(LONGER_THAN_A_CALL)
    await asyncio.sleep(0.5)


async def worker_frozen_while_it_writes(scene: Scene) -> None:
    async with _second_worker(scene), _append(scene, "answer"):
        scene.part("worker-1").signal(signal.SIGSTOP)
        await asyncio.sleep(LONGER_THAN_A_CALL)
    scene.part("worker-1").signal(signal.SIGCONT)


async def two_workers(scene: Scene) -> None:
    async with _second_worker(scene):
        await asyncio.sleep(scene.chance.uniform(1, 3))
        scene.part("worker-2").kill()


@contextlib.asynccontextmanager
async def _append(scene: Scene, where: Where) -> AsyncIterator[None]:
    """Holds the worker's next append until the end of the block."""
    async with scene.rig.wires["worker-1"].held("append", where) as hold:
        await _caught(hold)
        yield


async def _caught(hold: Hold) -> None:
    try:
        await asyncio.wait_for(hold.caught.wait(), PATIENCE)
    except TimeoutError:
        raise Passed(f"no {hold.function} went by") from None


@contextlib.asynccontextmanager
async def _second_worker(scene: Scene) -> AsyncIterator[None]:
    second = scene.part("worker-2")
    second.wanted = True
    try:
        await second.ready()
        yield
    finally:
        second.wanted = False
        second.kill()


async def acceptance_lost(scene: Scene) -> None:
    """Breaks the gateway's connection after a command was journalled and before the answer."""
    wire = scene.rig.wires[scene.chance.choice(("gateway-1", "gateway-2"))]
    async with wire.held("accept", "answer") as hold:
        await _caught(hold)
        wire.hang_up()


async def gateway_killed_between_journalling_and_answer(scene: Scene) -> None:
    name = scene.chance.choice(("gateway-1", "gateway-2"))
    async with scene.rig.wires[name].held("accept", "answer") as hold:
        await _caught(hold)
        scene.part(name).kill()
    await scene.part(name).ready()


# --- a ledger in trouble ---------------------------------------------------------------------------------------------


async def postgres_gone_for_long(scene: Scene) -> None:
    postgres = scene.part("postgres")
    postgres.wanted = False
    postgres.kill()
    await asyncio.sleep(scene.away)
    postgres.wanted = True
    await postgres.ready()


async def postgres_slow(scene: Scene) -> None:
    for wire in scene.rig.wires.values():
        wire.delay = scene.chance.uniform(0.05, 0.4)
    await asyncio.sleep(4)
    for wire in scene.rig.wires.values():
        wire.delay = 0.0


async def network_cut(scene: Scene) -> None:
    """Postgres runs, and no program can connect."""
    wires = scene.chance.sample(sorted(scene.rig.wires), scene.chance.randint(1, len(scene.rig.wires)))
    for name in wires:
        scene.rig.wires[name].cut = True
        scene.rig.wires[name].hang_up()
    await asyncio.sleep(scene.chance.uniform(1, 4))
    for name in wires:
        scene.rig.wires[name].cut = False


async def disk_full(scene: Scene) -> None:
    """Fills the ledger's disk for some seconds."""
    if not scene.rig.disk:
        raise Passed("no disk of its own: that takes root on Linux")
    ballast = scene.rig.disk / "ballast"
    try:
        with ballast.open("wb") as file:
            end = time.monotonic() + scene.chance.uniform(2, 4)
            while time.monotonic() < end:
                with contextlib.suppress(OSError):
                    left = os.statvfs(scene.rig.disk)
                    os.posix_fallocate(file.fileno(), file.tell(), max(left.f_bavail * left.f_frsize, 1))
                    file.seek(0, os.SEEK_END)
                await asyncio.sleep(0.2)
    finally:
        ballast.unlink()
    await scene.part("postgres").ready()


async def gateway_frozen(scene: Scene) -> None:
    gateway = scene.part(scene.chance.choice(("gateway-1", "gateway-2")))
    gateway.signal(signal.SIGSTOP)
    await asyncio.sleep(scene.chance.uniform(1, 4))
    gateway.signal(signal.SIGCONT)


async def gateway_frozen_with_a_command_in_hand(scene: Scene) -> None:
    """Freezes a gateway between signing a command and journalling it, for longer than a deadline's grace."""
    name = scene.chance.choice(("gateway-1", "gateway-2"))
    async with scene.rig.wires[name].held("accept", "call") as hold:
        await _caught(hold)
        scene.part(name).signal(signal.SIGSTOP)
        await asyncio.sleep(LONGER_THAN_GRACE)
        scene.part(name).signal(signal.SIGCONT)


# --- through Temporal's own client -----------------------------------------------------------------------------------


async def temporal_wiped(scene: Scene) -> None:
    """Deletes all of Temporal's data."""
    part = scene.part("temporal")
    part.wanted = False
    part.kill()
    for file in scene.rig.temporal.database.parent.glob("temporal.db*"):
        file.unlink()
    part.wanted = True
    await part.ready()


async def plan_cancelled(scene: Scene) -> None:
    async with _temporal(scene) as client:
        for _ in range(scene.chance.randint(1, 3)):
            await client.get_workflow_handle(workflow_id(scene.plan())).cancel()


async def plan_terminated(scene: Scene) -> None:
    async with _temporal(scene) as client:
        await client.get_workflow_handle(workflow_id(scene.plan())).terminate()


async def plan_reset(scene: Scene) -> None:
    """Resets a run to its beginning, with or without the signals since."""
    async with _temporal(scene) as client:
        handle = client.get_workflow_handle(workflow_id(scene.plan()))
        async for event in handle.fetch_history_events():
            if event.event_type == EventType.EVENT_TYPE_WORKFLOW_TASK_COMPLETED:
                break
        else:
            raise Passed("nothing to reset to")
        exclude = [ResetReapplyExcludeType.RESET_REAPPLY_EXCLUDE_TYPE_SIGNAL] if scene.chance.random() < 0.5 else []
        await client.workflow_service.reset_workflow_execution(
            ResetWorkflowExecutionRequest(
                namespace=client.namespace,
                workflow_execution=WorkflowExecution(workflow_id=handle.id),
                reason="chaos",
                workflow_task_finish_event_id=event.event_id,
                request_id=str(uuid.uuid4()),
                reset_reapply_exclude_types=exclude,
            )
        )


async def garbage(scene: Scene) -> None:
    """Sends a hundred signals that are empty, false or unreadable."""
    async with _temporal(scene) as client:
        plan = scene.plan()
        await asyncio.gather(*(_signal(client, plan, scene.chance) for _ in range(100)))


async def _signal(client: Client, plan: str, chance: Random) -> None:
    encoding = chance.choice((b"json/plain", b"binary/plain", b"json/external-storage-reference", b"\xff", b"unknown"))
    data: Any = chance.choice((b"", b"{", b'{"command": "c", "number": 1}', b'{"command": "x", "number": 99999999}',
        chance.randbytes(200)))  # fmt: skip
    payloads = Payloads(payloads=[Payload(metadata={"encoding": encoding}, data=data)] * chance.randint(0, 2))
    await client.workflow_service.signal_workflow_execution(
        SignalWorkflowExecutionRequest(
            namespace=client.namespace,
            workflow_execution=WorkflowExecution(workflow_id=workflow_id(plan)),
            signal_name=chance.choice(("report_progress", "wake", "__temporal_x", "\n", "x" * 900)),
            input=payloads,
        )
    )


@contextlib.asynccontextmanager
async def _temporal(scene: Scene) -> AsyncIterator[Client]:
    """Temporal's client. Raises `Passed` for a plan that is just being restarted."""
    try:
        yield await Client.connect(scene.rig.temporal.address, data_converter=data_converter())
    except RPCError as error:
        raise Passed(f"Temporal says {error.status.name}") from None


TO_WORKERS: Final[dict[Fault, int]] = {
    worker_killed: 10,
    worker_killed_between_commit_and_completion: 10,
    worker_killed_between_decision_and_append: 6,
    answer_lost: 8,
    stale_worker: 2,
    worker_frozen_while_it_writes: 2,
    two_workers: 3,
}
TO_THE_REST: Final[dict[Fault, int]] = {
    gateway_killed: 8,
    gateway_killed_between_journalling_and_answer: 6,
    gateway_frozen: 4,
    gateway_frozen_with_a_command_in_hand: 3,
    sweeper_killed: 4,
    acceptance_lost: 6,
    postgres_killed: 8,
    postgres_slow: 2,
    postgres_gone_for_long: 0,
    network_cut: 5,
    disk_full: 3,
    temporal_killed: 6,
    temporal_wiped: 3,
    everything_killed: 2,
    plan_cancelled: 8,
    plan_terminated: 8,
    plan_reset: 8,
    garbage: 6,
}
"""Every fault with its weight within its lane; each occurs at least once. The two lanes run at the same time, so that a
worker is disturbed while something else is, too."""

SLOW: Final = frozenset({stale_worker, worker_frozen_while_it_writes, two_workers, postgres_slow, everything_killed,
    gateway_frozen_with_a_command_in_hand})  # fmt: skip
"""The faults that a short run leaves out."""


def lanes(count: int, chance: Random, short: bool = False) -> list[list[Fault]]:
    """At least so many faults, in two lanes, in an order that the seed decides.

    A short run has each of the quick ones once.
    """
    kinds = [{fault: weight for fault, weight in lane.items() if not (short and fault in SLOW)}
             for lane in (TO_WORKERS, TO_THE_REST)]  # fmt: skip
    share = [sum(lane.values()) for lane in kinds]
    found = []
    for lane, weight in zip(kinds, share, strict=True):
        more = max(0, ceil(count * weight / sum(share)) - len(lane))
        faults = [*lane, *chance.choices(list(lane), list(lane.values()), k=more)]
        chance.shuffle(faults)
        found.append(faults)
    return found

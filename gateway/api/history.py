"""The record: entries in order, what changed between two points, and entries as they are written."""

import asyncio
from collections.abc import AsyncIterator
from typing import Annotated, Final, Literal

from fastapi import APIRouter, Depends, Query
from fastapi.responses import Response, StreamingResponse

from audit.history import entry_view
from audit.replay import step_view
from audit.trace import Threads
from domain.diff import diff
from domain.plan import Plan
from gateway.access.callers import Caller
from gateway.api.http import Allowed, GatewayDep, answer, to_json
from gateway.api.models import DiffShape, HistoryShape, TraceShape
from gateway.api.plans import AsOf, AtVersion, RecordedBy
from gateway.errors import ApiProblem
from gateway.reading import point_in_time
from gateway.reading.point_in_time import NoSuchPoint, PointInTime
from gateway.reading.unsealing import unseal_entries, unseal_state
from gateway.state import GatewayState

router = APIRouter(tags=["history"])

Clock = Literal["effective", "recorded"]

HEARTBEAT: Final = 15.0
"""Seconds after which a watcher hears that there is nothing new."""


@router.get(
    "/plans/{plan}/history", operation_id="read_history", summary="The entries, in order", response_model=HistoryShape
)
async def history(
    plan: str,
    gateway: GatewayDep,
    requester: Annotated[Caller, Depends(Allowed("read_history"))],
    after: Annotated[int, Query(ge=0, le=2**31 - 1, description="The version after which to begin")] = 0,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
    kind: Annotated[str | None, Query(examples=["correction_decided"])] = None,
) -> Response:
    """Every entry is there, whoever asks; what the reader may not see says so.

    What is sealed stands as `{"sealed": digest}`, with `opened`, its value, for those who may see what is restricted;
    or with `erased: true`.
    """
    page = await gateway.reads.history(plan, requester, after, limit, kind)
    entries = await unseal_entries(gateway, requester, plan, page.entries)
    return answer(200, {"entries": entries, "next": page.next})


@router.get(
    "/plans/{plan}/history/diff",
    operation_id="diff_history",
    summary="What changed between two points, and why",
    response_model=DiffShape,
)
async def changes(
    plan: str,
    gateway: GatewayDep,
    requester: Annotated[Caller, Depends(Allowed("read_history"))],
    before: Annotated[str, Query(alias="from", description="An entry's number, a date or a moment", examples=["1"])],
    to: Annotated[str, Query(description="An entry's number, a date or a moment", examples=["2027-06-30"])],
    clock: Annotated[Clock, Query(description="What dates and moments are told by")] = "effective",
) -> Response:
    """A date means its end where the plan lives. Before its start a plan is empty."""
    earlier, later = await _at(gateway, plan, before, clock), await _at(gateway, plan, to, clock)
    return answer(200, await unseal_state(gateway, requester, later, diff(earlier, later, requester.may_see())))


@router.get(
    "/plans/{plan}/history/replay",
    operation_id="replay_history",
    summary="The history told again: what each entry changed, and why",
    response_class=StreamingResponse,
    responses={200: {"content": {"application/jsonl": {"schema": {"$ref": "#/components/schemas/StepShape"}}}}},
)
async def replay(
    plan: str,
    gateway: GatewayDep,
    requester: Annotated[Caller, Depends(Allowed("read_history"))],
    as_of: AsOf = None,
    recorded_by: RecordedBy = None,
    at_version: AtVersion = None,
) -> Response:
    """One entry a line: those that the plan at that point is made of, each with what it changed and what led to it."""
    when = PointInTime(as_of, recorded_by, at_version)
    await gateway.reads.at(plan, when)  # whatever is wrong with the question is said before the answer begins
    return StreamingResponse(_replayed(gateway, plan, requester, when), media_type="application/jsonl")


async def _replayed(gateway: GatewayState, plan: str, requester: Caller, when: PointInTime) -> AsyncIterator[bytes]:
    threads = Threads()
    async for step in gateway.reads.steps(plan, when):
        threads.add(step.entry, step.hash)
        views = [step_view(step, threads, requester.may_see())]
        yield to_json(*await unseal_entries(gateway, requester, plan, views)) + b"\n"


@router.get(
    "/plans/{plan}/history/trace/{name}",
    operation_id="trace_history",
    summary="What led to a command, and what came of it",
    response_model=TraceShape,
)
async def trace(
    plan: str, name: str, gateway: GatewayDep, requester: Annotated[Caller, Depends(Allowed("read_history"))]
) -> Response:
    """``name`` is a command's id, or that of a lesson or course correction. What the reader may not see is counted."""
    state, may_see = await gateway.reads.current(plan), requester.may_see()
    threads = Threads([one async for one in gateway.reads.entries(plan)])
    found = [one for one in threads.named(name) if one[0].visibility in may_see]
    if not found:
        raise ApiProblem(404, "no_such_trace", {"plan": plan, "id": name[:100]})
    led = {entry.version: (entry, hash_) for one, _ in found for entry, hash_ in threads.because(one)}
    own = {entry.version for entry, _ in found}
    parts = {
        "because": [led[version] for version in sorted(led.keys() - own)],
        "entries": found,
        "came_of_it": threads.came_of(found),
    }
    withheld = sum(entry.visibility not in may_see for part in parts.values() for entry, _ in part)
    views = {
        part: [entry_view(entry, hash_, may_see, state) for entry, hash_ in ones if entry.visibility in may_see]
        for part, ones in parts.items()
    }
    views = {part: await unseal_entries(gateway, requester, plan, ones) for part, ones in views.items()}
    return answer(200, {"name": name, **views, "withheld": withheld})


@router.get(
    "/plans/{plan}/watch",
    operation_id="watch_plan",
    summary="Entries as they are written",
    response_class=StreamingResponse,
    responses={200: {"content": {"application/jsonl": {"schema": {"$ref": "#/components/schemas/EntryShape"}}}}},
)
async def watch(
    plan: str,
    gateway: GatewayDep,
    requester: Annotated[Caller, Depends(Allowed("watch_plan"))],
    after: Annotated[int | None, Query(ge=0, le=2**31 - 1, description="Where absent, only what is new")] = None,
) -> Response:
    """One entry a line, none left out; ``{}`` when nothing came for 15 seconds."""
    state = await gateway.reads.current(plan)
    begin = state.version if after is None else after
    return StreamingResponse(_watched(gateway, plan, requester, begin, state), media_type="application/jsonl")


async def _watched(
    gateway: GatewayState, plan: str, requester: Caller, after: int, state: Plan
) -> AsyncIterator[bytes]:
    clock = asyncio.get_running_loop().time
    heard = clock()
    while not gateway.stopping.is_set():
        rung = gateway.commit_listener.next  # before reading, so that no ring is missed
        async for entry, hash_ in gateway.reads.entries(plan, after):
            if entry.version > state.version:
                state = await gateway.reads.current(plan)
            views = [entry_view(entry, hash_, requester.may_see(), state)]
            yield to_json(*await unseal_entries(gateway, requester, plan, views)) + b"\n"
            after, heard = entry.version, clock()
        left = HEARTBEAT - (clock() - heard)
        if left <= 0:
            yield to_json({}) + b"\n"
            heard = clock()
        else:
            await asyncio.wait([rung], timeout=min(left, 1.0))  # where the bell is broken this is a second late


async def _at(gateway: GatewayState, plan: str, point: str, clock: Clock) -> Plan:
    """The plan at a point; empty before anything had taken effect or been recorded."""
    number = point_in_time.version(point)
    moment = PointInTime(as_of=point) if clock == "effective" else PointInTime(recorded_by=point)
    when = moment if number is None else PointInTime(at_version=number)
    try:
        return await gateway.reads.at(plan, when)
    except NoSuchPoint as nothing:
        if nothing.code == "nothing_yet":
            return Plan(id=plan)
        raise

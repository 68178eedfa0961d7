"""A plan's history: entries in order, differences, replay, traces, and new entries as they are recorded."""

import asyncio
from collections.abc import AsyncIterator
from typing import Annotated, Final, Literal

from fastapi import APIRouter, Depends, Query
from fastapi.responses import Response, StreamingResponse

from audit.history import entry_view
from audit.replay import step_view
from audit.trace import Threads
from domain.plan import Plan
from domain.views.diff import diff_view
from domain.views.models.diff import DiffView
from domain.views.models.history import HistoryView, TraceView
from gateway.access.callers import Caller
from gateway.api.http import Allowed, GatewayDep, answer, json_lines, to_json
from gateway.api.plans import AsOf, AtVersion, RecordedBy
from gateway.errors import ApiProblem
from gateway.reading.point_in_time import NoSuchPoint, PointInTime, parse_version
from gateway.reading.unsealing import unseal_entries, unseal_state
from gateway.state import GatewayState

router = APIRouter(tags=["history"])

Clock = Literal["effective", "recorded"]

HEARTBEAT: Final = 15.0
"""Seconds without a new entry after which a ``watch`` stream sends ``{}``."""


@router.get(
    "/plans/{plan}/history", operation_id="read_history", summary="The entries, in order", response_model=HistoryView
)
async def history(
    plan: str,
    gateway: GatewayDep,
    requester: Annotated[Caller, Depends(Allowed("read_history"))],
    after: Annotated[int, Query(ge=0, le=2**31 - 1, description="The version after which to begin")] = 0,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
    kind: Annotated[str | None, Query(examples=["correction_decided"])] = None,
) -> Response:
    """Lists every entry to every reader. Data that the reader may not see is marked as withheld.

    A sealed text is `{"sealed": digest}`. Readers who may see restricted data also get `opened`, its value, or
    `erased: true`.
    """
    page = await gateway.reads.history(plan, requester, after, limit, kind)
    entries = await unseal_entries(gateway, requester, plan, page.entries)
    return answer(200, {"entries": entries, "next": page.next})


@router.get(
    "/plans/{plan}/history/diff",
    operation_id="diff_history",
    summary="What changed between two points, and why",
    response_model=DiffView,
)
async def changes(
    plan: str,
    gateway: GatewayDep,
    requester: Annotated[Caller, Depends(Allowed("read_history"))],
    before: Annotated[str, Query(alias="from", description="An entry's number, a date or a moment", examples=["1"])],
    to: Annotated[str, Query(description="An entry's number, a date or a moment", examples=["2027-06-30"])],
    clock: Annotated[Clock, Query(description="The clock that dates and moments refer to")] = "effective",
) -> Response:
    """A date means the end of that day in the plan's time zone. Before its start a plan is empty."""
    earlier, later = await _at(gateway, plan, before, clock), await _at(gateway, plan, to, clock)
    view = diff_view(earlier, later, requester.may_see()).as_json()
    return answer(200, await unseal_state(gateway, requester, later, view))


@router.get(
    "/plans/{plan}/history/replay",
    operation_id="replay_history",
    summary="The history step by step: what each entry changed, and why",
    response_class=StreamingResponse,
    responses={200: {"content": json_lines("StepView")}},
)
async def replay(
    plan: str,
    gateway: GatewayDep,
    requester: Annotated[Caller, Depends(Allowed("read_history"))],
    as_of: AsOf = None,
    recorded_by: RecordedBy = None,
    at_version: AtVersion = None,
) -> Response:
    """One line per entry that counts at that point, with its changes and the entries that led to it."""
    when = PointInTime(as_of, recorded_by, at_version)
    await gateway.reads.at(plan, when)  # reports errors before the response starts
    return StreamingResponse(_replayed(gateway, plan, requester, when), media_type="application/jsonl")


async def _replayed(gateway: GatewayState, plan: str, requester: Caller, when: PointInTime) -> AsyncIterator[bytes]:
    threads = Threads()
    async for step in gateway.reads.steps(plan, when):
        threads.add(step.entry, step.hash)
        views = [step_view(step, threads, requester.may_see()).as_json()]
        yield to_json(*await unseal_entries(gateway, requester, plan, views)) + b"\n"


@router.get(
    "/plans/{plan}/history/trace/{name}",
    operation_id="trace_history",
    summary="What led to a command, and its consequences",
    response_model=TraceView,
)
async def trace(
    plan: str, name: str, gateway: GatewayDep, requester: Annotated[Caller, Depends(Allowed("read_history"))]
) -> Response:
    """``name`` is the id of a command, a lesson or a course correction. Withheld entries are counted."""
    state, may_see = await gateway.reads.current(plan), requester.may_see()
    threads = Threads([one async for one in gateway.reads.entries(plan)])
    found = [one for one in threads.named(name) if one[0].visibility in may_see]
    if not found:
        raise ApiProblem(404, "no_such_trace", {"plan": plan, "id": name[:100]})
    led = {entry.version: (entry, hash_) for one, _ in found for entry, hash_ in threads.because(one)}
    named = {entry.version for entry, _ in found}
    parts = {
        "because": [led[version] for version in sorted(led.keys() - named)],
        "entries": found,
        "came_of_it": threads.came_of(found),
    }
    withheld = sum(entry.visibility not in may_see for part in parts.values() for entry, _ in part)
    views = {
        part: [
            entry_view(entry, hash_, may_see, state).as_json() for entry, hash_ in ones if entry.visibility in may_see
        ]
        for part, ones in parts.items()
    }
    views = {part: await unseal_entries(gateway, requester, plan, ones) for part, ones in views.items()}
    return answer(200, {"name": name, **views, "withheld": withheld})


@router.get(
    "/plans/{plan}/watch",
    operation_id="watch_plan",
    summary="New entries as they are recorded",
    response_class=StreamingResponse,
    responses={200: {"content": json_lines("EntryView")}},
)
async def watch(
    plan: str,
    gateway: GatewayDep,
    requester: Annotated[Caller, Depends(Allowed("watch_plan"))],
    after: Annotated[int | None, Query(ge=0, le=2**31 - 1, description="If absent, only new entries")] = None,
) -> Response:
    """One line per entry, without gaps; ``{}`` after 15 seconds without a new entry."""
    state = await gateway.reads.current(plan)
    begin = state.version if after is None else after
    return StreamingResponse(_watched(gateway, plan, requester, begin, state), media_type="application/jsonl")


async def _watched(
    gateway: GatewayState, plan: str, requester: Caller, after: int, state: Plan
) -> AsyncIterator[bytes]:
    clock = asyncio.get_running_loop().time
    sent_at = clock()
    while not gateway.stopping.is_set():
        committed = gateway.commit_listener.next  # taken before reading, so that no commit is missed
        async for entry, hash_ in gateway.reads.entries(plan, after):
            if entry.version > state.version:
                state = await gateway.reads.current(plan)
            views = [entry_view(entry, hash_, requester.may_see(), state).as_json()]
            yield to_json(*await unseal_entries(gateway, requester, plan, views)) + b"\n"
            after, sent_at = entry.version, clock()
        left = HEARTBEAT - (clock() - sent_at)
        if left <= 0:
            yield to_json({}) + b"\n"
            sent_at = clock()
        else:
            # Without a working listener, entries come up to a second late.
            await asyncio.wait([committed], timeout=min(left, 1.0))


async def _at(gateway: GatewayState, plan: str, point: str, clock: Clock) -> Plan:
    """The plan at a point; an empty plan if no entry counts there."""
    number = parse_version(point)
    moment = PointInTime(as_of=point) if clock == "effective" else PointInTime(recorded_by=point)
    when = moment if number is None else PointInTime(at_version=number)
    try:
        return await gateway.reads.at(plan, when)
    except NoSuchPoint as nothing:
        if nothing.code == "nothing_yet":
            return Plan(id=plan)
        raise

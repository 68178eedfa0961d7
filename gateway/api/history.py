"""The record: entries in order, what changed between two points, and entries as they are written."""

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
from gateway import points
from gateway.access import Caller
from gateway.api.asking import Allowed, InHouse, answer, written
from gateway.api.plans import AsOf, AtVersion, RecordedBy
from gateway.errors import Problem
from gateway.house import House
from gateway.points import NoSuchPoint
from gateway.reads import When
from gateway.unsealing import entries_unsealed, state_unsealed

router = APIRouter(tags=["history"])

Clock = Literal["effective", "recorded"]

HEARTBEAT: Final = 15.0
"""Seconds after which a watcher hears that there is nothing new."""


@router.get(
    "/plans/{plan}/history", operation_id="read_history", summary="The entries, in order", response_model=HistoryView
)
async def history(
    plan: str,
    house: InHouse,
    asking: Annotated[Caller, Depends(Allowed("read_history"))],
    after: Annotated[int, Query(ge=0, le=2**31 - 1, description="The version after which to begin")] = 0,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
    kind: Annotated[str | None, Query(examples=["correction_decided"])] = None,
) -> Response:
    """Every entry is there, whoever asks; what the reader may not see says so.

    What is sealed stands as `{"sealed": digest}`, with `opened`, its value, for those who may see what is restricted;
    or with `erased: true`.
    """
    page = await house.reads.history(plan, asking, after, limit, kind)
    entries = await entries_unsealed(house, asking, plan, page.entries)
    return answer(200, {"entries": entries, "next": page.next})


@router.get(
    "/plans/{plan}/history/diff",
    operation_id="diff_history",
    summary="What changed between two points, and why",
    response_model=DiffView,
)
async def changes(
    plan: str,
    house: InHouse,
    asking: Annotated[Caller, Depends(Allowed("read_history"))],
    before: Annotated[str, Query(alias="from", description="An entry's number, a date or a moment", examples=["1"])],
    to: Annotated[str, Query(description="An entry's number, a date or a moment", examples=["2027-06-30"])],
    clock: Annotated[Clock, Query(description="What dates and moments are told by")] = "effective",
) -> Response:
    """A date means its end where the plan lives. Before its start a plan is empty."""
    earlier, later = await _at(house, plan, before, clock), await _at(house, plan, to, clock)
    return answer(
        200, await state_unsealed(house, asking, later, diff_view(earlier, later, asking.may_see()).as_json())
    )


@router.get(
    "/plans/{plan}/history/replay",
    operation_id="replay_history",
    summary="The history told again: what each entry changed, and why",
    response_class=StreamingResponse,
    responses={200: {"content": {"application/jsonl": {"schema": {"$ref": "#/components/schemas/StepView"}}}}},
)
async def replay(
    plan: str,
    house: InHouse,
    asking: Annotated[Caller, Depends(Allowed("read_history"))],
    as_of: AsOf = None,
    recorded_by: RecordedBy = None,
    at_version: AtVersion = None,
) -> Response:
    """One entry a line: those that the plan at that point is made of, each with what it changed and what led to it."""
    when = When(as_of, recorded_by, at_version)
    await house.reads.at(plan, when)  # whatever is wrong with the question is said before the answer begins
    return StreamingResponse(_replayed(house, plan, asking, when), media_type="application/jsonl")


async def _replayed(house: House, plan: str, asking: Caller, when: When) -> AsyncIterator[bytes]:
    threads = Threads()
    async for step in house.reads.steps(plan, when):
        threads.add(step.entry, step.hash)
        views = [step_view(step, threads, asking.may_see()).as_json()]
        yield written(*await entries_unsealed(house, asking, plan, views)) + b"\n"


@router.get(
    "/plans/{plan}/history/trace/{name}",
    operation_id="trace_history",
    summary="What led to a command, and what came of it",
    response_model=TraceView,
)
async def trace(
    plan: str, name: str, house: InHouse, asking: Annotated[Caller, Depends(Allowed("read_history"))]
) -> Response:
    """``name`` is a command's id, or that of a lesson or course correction. What the reader may not see is counted."""
    state, may_see = await house.reads.current(plan), asking.may_see()
    threads = Threads([one async for one in house.reads.entries(plan)])
    found = [one for one in threads.named(name) if one[0].visibility in may_see]
    if not found:
        raise Problem(404, "no_such_trace", {"plan": plan, "id": name[:100]})
    led = {entry.version: (entry, hash_) for one, _ in found for entry, hash_ in threads.because(one)}
    own = {entry.version for entry, _ in found}
    parts = {
        "because": [led[version] for version in sorted(led.keys() - own)],
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
    views = {part: await entries_unsealed(house, asking, plan, ones) for part, ones in views.items()}
    return answer(200, {"name": name, **views, "withheld": withheld})


@router.get(
    "/plans/{plan}/watch",
    operation_id="watch_plan",
    summary="Entries as they are written",
    response_class=StreamingResponse,
    responses={200: {"content": {"application/jsonl": {"schema": {"$ref": "#/components/schemas/EntryView"}}}}},
)
async def watch(
    plan: str,
    house: InHouse,
    asking: Annotated[Caller, Depends(Allowed("watch_plan"))],
    after: Annotated[int | None, Query(ge=0, le=2**31 - 1, description="Where absent, only what is new")] = None,
) -> Response:
    """One entry a line, none left out; ``{}`` when nothing came for 15 seconds."""
    state = await house.reads.current(plan)
    begin = state.version if after is None else after
    return StreamingResponse(_watched(house, plan, asking, begin, state), media_type="application/jsonl")


async def _watched(house: House, plan: str, asking: Caller, after: int, state: Plan) -> AsyncIterator[bytes]:
    clock = asyncio.get_running_loop().time
    heard = clock()
    while not house.leaving.is_set():
        rung = house.bell.next  # before reading, so that no ring is missed
        async for entry, hash_ in house.reads.entries(plan, after):
            if entry.version > state.version:
                state = await house.reads.current(plan)
            views = [entry_view(entry, hash_, asking.may_see(), state).as_json()]
            yield written(*await entries_unsealed(house, asking, plan, views)) + b"\n"
            after, heard = entry.version, clock()
        left = HEARTBEAT - (clock() - heard)
        if left <= 0:
            yield written({}) + b"\n"
            heard = clock()
        else:
            await asyncio.wait([rung], timeout=min(left, 1.0))  # where the bell is broken this is a second late


async def _at(house: House, plan: str, point: str, clock: Clock) -> Plan:
    """The plan at a point; empty before anything had taken effect or been recorded."""
    number = points.version(point)
    moment = When(as_of=point) if clock == "effective" else When(recorded_by=point)
    when = moment if number is None else When(at_version=number)
    try:
        return await house.reads.at(plan, when)
    except NoSuchPoint as nothing:
        if nothing.code == "nothing_yet":
            return Plan(id=plan)
        raise

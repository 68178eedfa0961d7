"""The record: entries in order, what changed between two points, and entries as they are written."""

import asyncio
from collections.abc import AsyncIterator
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Query
from fastapi.responses import Response, StreamingResponse

from audit.history import entry_view
from domain.diff import diff
from domain.plan import Plan
from gateway import points
from gateway.access import Caller
from gateway.api.asking import Allowed, InHouse, answer, written
from gateway.api.shapes import DiffShape, HistoryShape
from gateway.house import House
from gateway.points import NoSuchPoint
from gateway.reads import When

router = APIRouter(tags=["history"])

HEARTBEAT: Final = 15.0
"""Seconds after which a watcher hears that there is nothing new."""


@router.get(
    "/plans/{plan}/history", operation_id="read_history", summary="The entries, in order", response_model=HistoryShape
)
async def history(
    plan: str,
    house: InHouse,
    asking: Annotated[Caller, Depends(Allowed("read_history"))],
    after: Annotated[int, Query(ge=0, le=2**31 - 1, description="The version after which to begin")] = 0,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
    kind: Annotated[str | None, Query(examples=["correction_decided"])] = None,
) -> Response:
    """Every entry is there, whoever asks; what the reader may not see says so."""
    page = await house.reads.history(plan, asking, after, limit, kind)
    return answer(200, {"entries": page.entries, "next": page.next})


@router.get(
    "/plans/{plan}/history/diff",
    operation_id="diff_history",
    summary="What changed between two points, and why",
    response_model=DiffShape,
)
async def changes(
    plan: str,
    house: InHouse,
    asking: Annotated[Caller, Depends(Allowed("read_history"))],
    before: Annotated[str, Query(alias="from", description="An entry's number, a date or a moment", examples=["1"])],
    to: Annotated[str, Query(description="An entry's number, a date or a moment", examples=["2027-06-30"])],
) -> Response:
    """A date means its end where the plan lives, by the effective clock. Before its start a plan is empty."""
    view = diff(await _at(house, plan, before), await _at(house, plan, to), asking.may_see())
    return answer(200, view)


@router.get(
    "/plans/{plan}/watch",
    operation_id="watch_plan",
    summary="Entries as they are written",
    response_class=StreamingResponse,
    responses={200: {"content": {"application/jsonl": {"schema": {"$ref": "#/components/schemas/EntryShape"}}}}},
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
        async for entry, hash_ in house.reads.entries(plan, after):
            if entry.version > state.version:
                state = await house.reads.current(plan)
            yield written(entry_view(entry, hash_, asking.may_see(), state.named)) + b"\n"
            after, heard = entry.version, clock()
        left = HEARTBEAT - (clock() - heard)
        if left <= 0:
            yield written({}) + b"\n"
            heard = clock()
        else:
            await house.bell.wait(min(left, 1.0))  # a lost ring costs a second


async def _at(house: House, plan: str, point: str) -> Plan:
    """The plan at a point; empty before anything had taken effect."""
    number = points.version(point)
    when = When(as_of=point) if number is None else When(at_version=number)
    try:
        return await house.reads.at(plan, when)
    except NoSuchPoint as nothing:
        if nothing.code == "nothing_yet":
            return Plan(id=plan)
        raise

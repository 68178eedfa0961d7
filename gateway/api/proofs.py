"""Proofs to take away: bundles, and receipts for what somebody sent. `rumbo verify` checks them without us."""

import asyncio
from collections.abc import AsyncIterator
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Path
from fastapi.responses import Response, StreamingResponse

from audit import bundle, published
from audit.bundle import NotSealed
from audit.log_keys import introduced
from domain import PLAN
from domain.entry import Visibility
from gateway.access import Caller
from gateway.api.asking import Allowed, InHouse
from gateway.api.commands import Known
from gateway.door import UnknownPlan, hold_plan_name
from gateway.errors import Problem
from gateway.house import House
from ledger import log
from ledger.identity import identify
from ledger.log import StoredEntry

router = APIRouter(tags=["proofs"])

LONGEST: Final = 10.0
"""Seconds that are waited for a checkpoint to cover what was just recorded."""
_EVERY: Final = 0.2

_RECEIPT: Final[dict[int | str, dict[str, Any]]] = {
    200: {"content": {"text/plain": {}}, "description": "A receipt, for `rumbo verify`."}
}


@router.get(
    "/plans/{plan}/commands/{id}/receipt",
    operation_id="read_receipt",
    summary="The proof that a command is in the log",
    response_class=Response,
    responses=_RECEIPT,
)
async def receipt(
    plan: str, id: str, house: InHouse, found: Known, asking: Annotated[Caller, Depends(Allowed("read_outcome"))]
) -> Response:
    """Of every entry that it led to, the record of its refusal too. What its reader may not see stands as a digest."""
    if found.outcome == "accepted":
        raise Problem(503, "not_sealed_yet")
    entries = [await _entry(house, plan, version) for version in found.versions]
    if not entries:
        raise Problem(404, "nothing_to_prove", {"id": id[:100]})
    return await _proven(house, plan, entries, asking.may_see())


@router.get(
    "/plans/{plan}/history/{version}/proof",
    operation_id="prove_entry",
    summary="The proof that an entry is in the log",
    response_class=Response,
    responses=_RECEIPT,
)
async def proof(
    plan: str,
    version: Annotated[int, Path(ge=1, le=2**31 - 1)],
    house: InHouse,
    asking: Annotated[Caller, Depends(Allowed("read_history"))],
) -> Response:
    """For whoever may see the entry."""
    hold_plan_name(plan)
    entry = await _entry(house, plan, version)
    if not bundle.is_visible(entry, asking.may_see()):
        raise Problem(403, "entry_withheld", {"version": str(version)})
    return await _proven(house, plan, [entry], asking.may_see())


async def bundled(house: House, plan: str, may_see: frozenset[Visibility]) -> Response:
    """A plan's bundle, with what was recorded until now if that is sealed within `LONGEST`."""
    now = await house.reads.current(plan)
    head = await log.stream_head(house.pool, plan)
    await _until_sealed(house, await _entry(house, plan, head.version))
    parts = bundle.bundle(house.pool, now, may_see)
    try:
        first = await anext(parts)
    except NotSealed:
        raise Problem(404, "nothing_sealed") from None
    headers = {"Content-Disposition": f'attachment; filename="{plan}.bundle"'}
    return StreamingResponse(_joined(first, parts), media_type="text/plain; charset=utf-8", headers=headers)


async def _joined(first: bytes, rest: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    yield first
    async for part in rest:
        yield part


async def _entry(house: House, plan: str, version: int) -> StoredEntry:
    async for entry in log.entries(house.pool, plan, after=version - 1, upto=version):
        return entry
    head = await log.stream_head(house.pool, plan)
    raise Problem(404, "no_such_entry", {"given": str(version), "last": str(head.version)})


async def _proven(house: House, plan: str, entries: list[StoredEntry], may_see: frozenset[Visibility]) -> Response:
    await _until_sealed(house, entries[-1])
    identity = await identify(house.pool)
    keys = [one.key for one in await introduced(house.pool) if identity and one.key.startswith(identity.origin + "+")]
    try:
        now = await house.reads.current(plan)
    except UnknownPlan:
        now = PLAN.empty  # a start that was refused
    try:
        written = await bundle.receipt(house.pool, now, entries, keys, may_see)
    except NotSealed:
        live = house.identity.mode == "live"
        raise Problem(503 if live else 404, "not_sealed_yet" if live else "nothing_sealed") from None
    headers = {"Content-Disposition": f'attachment; filename="{plan}-{entries[0].version}.receipt"'}
    return Response(written, media_type="text/plain; charset=utf-8", headers=headers)


async def _until_sealed(house: House, entry: StoredEntry) -> None:
    """Until a checkpoint covers an entry, or it took too long, or none ever will."""
    for _ in range(int(LONGEST / _EVERY) if house.identity.mode == "live" else 0):
        newest = await published.newest_checkpoint(house.pool)
        if newest is not None and newest.size > entry.position:
            return
        await asyncio.sleep(_EVERY)

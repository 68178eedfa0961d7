"""Offline proofs: bundles of plans, and receipts for commands. `rumbo verify` checks them without a server."""

import asyncio
from collections.abc import AsyncIterator
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Path
from fastapi.responses import Response, StreamingResponse

from audit import bundle, published
from audit.bundle import NotSealed
from audit.log_keys import introduced
from domain import PLAN
from domain.kernel.event import Visibility
from gateway.access.callers import Caller
from gateway.api.commands import FoundCommand
from gateway.api.http import Allowed, GatewayDep
from gateway.errors import ApiProblem
from gateway.plan_names import UnknownPlan, require_plan_name
from gateway.state import GatewayState
from ledger import log
from ledger.identity import identify
from ledger.log import StoredEntry

router = APIRouter(tags=["proofs"])

LONGEST: Final = 10.0
"""Seconds to wait at most until a checkpoint covers a new entry."""
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
    plan: str,
    id: str,
    gateway: GatewayDep,
    found: FoundCommand,
    requester: Annotated[Caller, Depends(Allowed("read_outcome"))],
) -> Response:
    """Covers every entry that the command led to, also its refusal. Data that the reader may not see is a digest."""
    if found.outcome == "accepted":
        raise ApiProblem(503, "not_sealed_yet")
    entries = [await _entry(gateway, plan, version) for version in found.versions]
    if not entries:
        raise ApiProblem(404, "nothing_to_prove", {"id": id[:100]})
    return await _proven(gateway, plan, entries, requester.may_see())


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
    gateway: GatewayDep,
    requester: Annotated[Caller, Depends(Allowed("read_history"))],
) -> Response:
    """For readers who may see the entry."""
    require_plan_name(plan)
    entry = await _entry(gateway, plan, version)
    if not bundle.is_visible(entry, requester.may_see()):
        raise ApiProblem(403, "entry_withheld", {"version": str(version)})
    return await _proven(gateway, plan, [entry], requester.may_see())


async def bundled(gateway: GatewayState, plan: str, may_see: frozenset[Visibility]) -> Response:
    """A plan's bundle. It includes the newest entry if a checkpoint covers it within `LONGEST` seconds."""
    now = await gateway.reads.current(plan)
    head = await log.stream_head(gateway.pool, plan)
    await _until_sealed(gateway, await _entry(gateway, plan, head.version))
    parts = bundle.bundle(gateway.pool, now, may_see)
    try:
        first = await anext(parts)
    except NotSealed:
        raise ApiProblem(404, "nothing_sealed") from None
    headers = {"Content-Disposition": f'attachment; filename="{plan}.bundle"'}
    return StreamingResponse(_joined(first, parts), media_type="text/plain; charset=utf-8", headers=headers)


async def _joined(first: bytes, rest: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    yield first
    async for part in rest:
        yield part


async def _entry(gateway: GatewayState, plan: str, version: int) -> StoredEntry:
    async for entry in log.entries(gateway.pool, plan, after=version - 1, upto=version):
        return entry
    head = await log.stream_head(gateway.pool, plan)
    raise ApiProblem(404, "no_such_entry", {"given": str(version), "last": str(head.version)})


async def _proven(
    gateway: GatewayState, plan: str, entries: list[StoredEntry], may_see: frozenset[Visibility]
) -> Response:
    await _until_sealed(gateway, entries[-1])
    identity = await identify(gateway.pool)
    keys = [one.key for one in await introduced(gateway.pool) if identity and one.key.startswith(identity.origin + "+")]
    try:
        now = await gateway.reads.current(plan)
    except UnknownPlan:
        now = PLAN.empty  # the start was refused, so there is no plan
    try:
        written = await bundle.receipt(gateway.pool, now, entries, keys, may_see)
    except NotSealed:
        live = gateway.identity.mode == "live"
        raise ApiProblem(503 if live else 404, "not_sealed_yet" if live else "nothing_sealed") from None
    headers = {"Content-Disposition": f'attachment; filename="{plan}-{entries[0].version}.receipt"'}
    return Response(written, media_type="text/plain; charset=utf-8", headers=headers)


async def _until_sealed(gateway: GatewayState, entry: StoredEntry) -> None:
    """Wait until a checkpoint covers an entry, at most `LONGEST` seconds. A rehearsal has no checkpoints: no wait."""
    for _ in range(int(LONGEST / _EVERY) if gateway.identity.mode == "live" else 0):
        newest = await published.newest_checkpoint(gateway.pool)
        if newest is not None and newest.size > entry.position:
            return
        await asyncio.sleep(_EVERY)

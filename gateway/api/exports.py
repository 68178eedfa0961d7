"""A plan's history to take away, in the formats of other people's tools."""

import asyncio
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Query
from fastapi.responses import Response

from audit.exports import FORMATS
from audit.exports.content import REACHES, Reach
from gateway.access.callers import Caller, NotAllowed
from gateway.api.http import Allowed, GatewayDep
from gateway.api.proofs import bundled
from gateway.errors import ApiProblem

router = APIRouter(tags=["history"])

BUNDLE: Final = "bundle"
"""The one format that proves what it says; read from the log as it is, not from a view of it."""
_MEDIA_TYPES: Final = ("text/plain", *(one.media_type.partition(";")[0] for one in FORMATS.values()))


@router.get(
    "/plans/{plan}/export",
    operation_id="export_plan",
    summary="The whole history, in a format that other tools read",
    response_class=Response,
    responses={
        200: {
            "content": {one: {} for one in (*(f.media_type.partition(";")[0] for f in FORMATS.values()), "text/plain")}
        }
    },
)
async def export(
    plan: str,
    gateway: GatewayDep,
    requester: Annotated[Caller, Depends(Allowed("export_plan"))],
    format: Annotated[str, Query(examples=[*FORMATS, BUNDLE])],
    reach: Annotated[
        Reach, Query(description="How far it goes: what is for partners or restricted is left out unless asked for")
    ] = "public",
) -> Response:
    """Every entry is in it; what lies beyond the reach says only that it is withheld. What is sealed stays sealed."""
    if not REACHES[reach] <= requester.may_see():
        raise NotAllowed("beyond_reach", reach=reach)
    if format == BUNDLE:
        return await bundled(gateway, plan, REACHES[reach])
    if format not in FORMATS:
        raise ApiProblem(400, "unknown_format", {"given": format[:40], "known": ", ".join([*FORMATS, BUNDLE])})
    chosen = FORMATS[format]
    async with gateway.export_slot:
        told = await gateway.reads.told(plan, gateway.identity.origin, reach)
        # Writing a long history takes a while: not in the loop that answers everybody else.
        written = await asyncio.to_thread(lambda: b"".join(chosen.write(told)))
    headers = {"Content-Disposition": f'attachment; filename="{plan}{chosen.suffix}"'}
    return Response(written, media_type=chosen.media_type, headers=headers)

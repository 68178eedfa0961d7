"""Exports of a plan's history, in the formats of other tools."""

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
"""The only format that proves its content. It is read from the log itself, not from a view."""
_MEDIA_TYPES: Final = ("text/plain", *(one.media_type.partition(";")[0] for one in FORMATS.values()))


@router.get(
    "/plans/{plan}/export",
    operation_id="export_plan",
    summary="The whole history, in a format of other tools",
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
    reach: Annotated[Reach, Query(description="The most restricted visibility included")] = "public",
) -> Response:
    """Includes every entry. Entries beyond the reach are marked as withheld. Sealed texts stay sealed."""
    if not REACHES[reach] <= requester.may_see():
        raise NotAllowed("beyond_reach", reach=reach)
    if format == BUNDLE:
        return await bundled(gateway, plan, REACHES[reach])
    if format not in FORMATS:
        raise ApiProblem(400, "unknown_format", {"given": format[:40], "known": ", ".join([*FORMATS, BUNDLE])})
    chosen = FORMATS[format]
    async with gateway.export_slot:
        content = await gateway.reads.export_content(plan, gateway.identity.origin, reach)
        # Writing a long history takes seconds: in a thread, so that it does not block other requests.
        written = await asyncio.to_thread(lambda: b"".join(chosen.write(content)))
    headers = {"Content-Disposition": f'attachment; filename="{plan}{chosen.suffix}"'}
    return Response(written, media_type=chosen.media_type, headers=headers)

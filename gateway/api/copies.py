"""Copies of a plan to edit, and the changes that an edited copy asks for."""

import asyncio
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response

from domain.kernel.faults import Malformed
from domain.views.models.copies import CopyView, EditedCopyView
from gateway.access.callers import Caller
from gateway.api.http import Allowed, GatewayDep, answer, read_body
from gateway.api.plans import AtVersion, RecordedBy
from gateway.errors import ApiProblem
from gateway.plan_files.edited_copy import copy_of, read_edited_copy
from gateway.plan_files.yaml_text import MAX_FILE_BYTES
from gateway.reading.point_in_time import PointInTime

router = APIRouter(tags=["plans"])

_BODY: Final[dict[str, Any]] = {
    "requestBody": {
        "required": True,
        "description": "An edited copy, or a form, at most 1 MiB.",
        "content": {"application/yaml": {"schema": {"type": "string", "format": "binary"}}},
    }
}


@router.get(
    "/plans/{plan}/copy",
    operation_id="read_copy",
    summary="A plan as a copy to be edited",
    response_model=CopyView,
)
async def read_copy(
    plan: str,
    gateway: GatewayDep,
    _: Annotated[Caller, Depends(Allowed("read_plan"))],
    recorded_by: RecordedBy = None,
    at_version: AtVersion = None,
) -> Response:
    """``definition`` is the plan file with all changes so far; ``made_from`` is the last entry that counted."""
    return answer(200, copy_of(await gateway.reads.at(plan, PointInTime(None, recorded_by, at_version))))


@router.post(
    "/plans/{plan}/copy",
    operation_id="read_edited_copy",
    summary="The changes that an edited copy asks for",
    openapi_extra=_BODY,
    response_model=EditedCopyView,
)
async def read_edited(
    request: Request, plan: str, gateway: GatewayDep, _: Annotated[Caller, Depends(Allowed("read_plan"))]
) -> Response:
    """Sends nothing. Put ``changes``, and the reasons of a form, into a ``propose_correction``.

    The copy is compared with the plan from which it was made. It is refused if the plan has changed there since.
    """
    now = await gateway.reads.current(plan)
    try:
        copy = await asyncio.to_thread(read_edited_copy, await read_body(request, MAX_FILE_BYTES), plan)
        changes = copy.changes(await gateway.reads.at(plan, PointInTime(at_version=copy.made_from)), now)
    except Malformed as malformed:
        raise ApiProblem(422, "malformed", {}, tuple(malformed.faults)) from None
    written = [change.model_dump(mode="json", by_alias=True, exclude_none=True) for change in changes]
    reasons = copy.reasons.model_dump(mode="json", exclude_defaults=True)
    return answer(200, {"made_from": copy.made_from, "changes": written} | reasons)

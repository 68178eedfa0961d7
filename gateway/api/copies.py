"""Copies of a plan that people edit: one to take away, and what an edited one asks for."""

import asyncio
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response

from domain.kernel.faults import Malformed
from domain.views.models.copies import CopyView, EditedCopyView
from gateway.access import Caller
from gateway.api.asking import Allowed, InHouse, answer, body_of
from gateway.api.plans import AtVersion, RecordedBy
from gateway.edited_copy import copy_of, read_edited_copy
from gateway.errors import Problem
from gateway.reads import When
from gateway.yaml_text import LARGEST_FILE

router = APIRouter(tags=["plans"])

_BODY: Final[dict[str, Any]] = {
    "requestBody": {
        "required": True,
        "description": "An edited copy, or a form, at most 1 MiB.",
        "content": {"application/yaml": {"schema": {"type": "string"}}},
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
    house: InHouse,
    _: Annotated[Caller, Depends(Allowed("read_plan"))],
    recorded_by: RecordedBy = None,
    at_version: AtVersion = None,
) -> Response:
    """``definition`` is the plan file as it stands; ``made_from`` the entry that it stands at."""
    return answer(200, copy_of(await house.reads.at(plan, When(None, recorded_by, at_version))))


@router.post(
    "/plans/{plan}/copy",
    operation_id="read_edited_copy",
    summary="The changes that an edited copy asks for",
    openapi_extra=_BODY,
    response_model=EditedCopyView,
)
async def read_edited(
    request: Request, plan: str, house: InHouse, _: Annotated[Caller, Depends(Allowed("read_plan"))]
) -> Response:
    """Sends nothing: ``changes``, and the reasons of a form, are for a ``propose_correction`` that is yet to be sent.

    They are read against the plan as it was when the copy was made, and hold only while what they change is as it was.
    """
    now = await house.reads.current(plan)
    try:
        copy = await asyncio.to_thread(read_edited_copy, await body_of(request, LARGEST_FILE), plan)
        changes = copy.changes(await house.reads.at(plan, When(at_version=copy.made_from)), now)
    except Malformed as malformed:
        raise Problem(422, "malformed", {}, tuple(malformed.faults)) from None
    written = [change.model_dump(mode="json", by_alias=True, exclude_none=True) for change in changes]
    reasons = copy.reasons.model_dump(mode="json", exclude_defaults=True)
    return answer(200, {"made_from": copy.made_from, "changes": written} | reasons)

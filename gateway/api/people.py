"""For administrators: the register of people, from which a name can be erased."""

from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response

from gateway.access import Caller
from gateway.api.asking import Allowed, InHouse, answer, asked
from gateway.api.shapes import ErasureAsked, NameErasedShape
from gateway.errors import Problem
from gateway.people import OwnName, erase_name

router = APIRouter(prefix="/admin/people", tags=["admin"])

_TAKES: Final[dict[str, Any]] = {
    "requestBody": {
        "required": True,
        "content": {"application/json": {"schema": ErasureAsked.model_json_schema()}},
    }
}


@router.post(
    "/{actor}/erasure",
    operation_id="erase_name",
    summary="Erase the name behind an opaque id",
    response_model=NameErasedShape,
    openapi_extra=_TAKES,
)
async def erase(
    request: Request, actor: str, house: InHouse, asking: Annotated[Caller, Depends(Allowed("erase_name"))]
) -> Response:
    """For ever. The person's tokens end; the id stays wherever the record has it. Reason and authority are public."""
    said = await asked(request, ErasureAsked)
    try:
        ended = await erase_name(house.pool, house.keyring, asking, actor, authority=said.authority, reason=said.reason)
    except OwnName as own:
        raise Problem(409, own.code) from None
    if ended is None:
        raise Problem(404, "no_such_person", {"actor": actor[:60]})
    return answer(200, {"actor": actor, "tokens_revoked": ended})

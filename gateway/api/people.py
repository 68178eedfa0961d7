"""For administrators: the register of people, from which a name can be erased."""

from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response

from gateway.access.callers import Caller
from gateway.api.http import Allowed, GatewayDep, answer, parse_body
from gateway.api.models import ErasureRequest, NameErasedShape
from gateway.errors import ApiProblem
from gateway.people import OwnNameErasure, erase_name

router = APIRouter(prefix="/admin/people", tags=["admin"])

_TAKES: Final[dict[str, Any]] = {
    "requestBody": {
        "required": True,
        "content": {"application/json": {"schema": ErasureRequest.model_json_schema()}},
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
    request: Request, actor: str, gateway: GatewayDep, requester: Annotated[Caller, Depends(Allowed("erase_name"))]
) -> Response:
    """For ever. The person's tokens end; the id stays wherever the record has it. Reason and authority are public."""
    said = await parse_body(request, ErasureRequest)
    try:
        ended = await erase_name(
            gateway.pool, gateway.keyring, requester, actor, authority=said.authority, reason=said.reason
        )
    except OwnNameErasure as own:
        raise ApiProblem(409, own.code) from None
    if ended is None:
        raise ApiProblem(404, "no_such_person", {"actor": actor[:60]})
    return answer(200, {"actor": actor, "tokens_revoked": ended})

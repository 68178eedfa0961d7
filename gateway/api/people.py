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
    summary="Erase the name of an actor",
    response_model=NameErasedShape,
    openapi_extra=_TAKES,
)
async def erase(
    request: Request, actor: str, gateway: GatewayDep, requester: Annotated[Caller, Depends(Allowed("erase_name"))]
) -> Response:
    """Permanent. The person's tokens are revoked; the actor id stays in the record. Reason and authority are public."""
    wanted = await parse_body(request, ErasureRequest)
    try:
        revoked = await erase_name(
            gateway.pool, gateway.keyring, requester, actor, authority=wanted.authority, reason=wanted.reason
        )
    except OwnNameErasure as own:
        raise ApiProblem(409, own.code) from None
    if revoked is None:
        raise ApiProblem(404, "no_such_person", {"actor": actor[:60]})
    return answer(200, {"actor": actor, "tokens_revoked": revoked})

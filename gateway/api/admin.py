"""For administrators: tokens, the read model, and what is wrong with this installation."""

from datetime import datetime
from typing import Final

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response
from pydantic import ValidationError

from audit.history import moment
from domain import PLAN
from domain.faults import Malformed, explain
from domain.views import summary_view
from gateway import tokens
from gateway.api.asking import Allowed, InHouse, answer, body_of
from gateway.api.shapes import DoctorShape, RebuiltShape, TokenAsked, TokenMade, TokensShape
from gateway.doctor import examine
from gateway.errors import Problem
from gateway.places import placed
from gateway.spoken import read_json
from ledger.views import rebuild

router = APIRouter(prefix="/admin", tags=["admin"])

_SMALL: Final = 64 * 1024


@router.post(
    "/tokens",
    operation_id="make_token",
    summary="Make a token",
    status_code=201,
    dependencies=[Depends(Allowed("manage_tokens"))],
    response_model=TokenMade,
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {"application/json": {"schema": {"$ref": "#/components/schemas/TokenAsked"}}},
        }
    },
)
async def make(request: Request, house: InHouse) -> Response:
    """The token is shown in this answer and never again."""
    raw = read_json(await body_of(request, _SMALL))
    try:
        asked = TokenAsked.model_validate(raw)
    except ValidationError as error:
        raise Malformed(placed(explain(error), raw, TokenAsked)) from None
    issued = await tokens.issue(house.pool, house.keyring, asked.name, tuple(asked.roles), tuple(asked.bodies))
    return answer(201, {"token": issued.token, "id": issued.id, "actor": issued.actor})


@router.get(
    "/tokens",
    operation_id="list_tokens",
    summary="Every token, without the token itself",
    dependencies=[Depends(Allowed("manage_tokens"))],
    response_model=TokensShape,
)
async def list_tokens(house: InHouse) -> Response:
    """The newest first, revoked ones too."""
    listed = [
        {
            "id": one.id,
            "actor": one.actor,
            "name": one.name,
            "roles": list(one.roles),
            "bodies": list(one.bodies),
            "created_at": moment(one.created_at),
            "revoked_at": _moment(one.revoked_at),
        }
        for one in await tokens.listed(house.pool, house.keyring)
    ]
    return answer(200, {"tokens": listed})


@router.delete(
    "/tokens/{id}",
    operation_id="revoke_token",
    summary="End a token at once",
    status_code=204,
    response_class=Response,
    dependencies=[Depends(Allowed("manage_tokens"))],
)
async def revoke(id: str, house: InHouse) -> Response:
    """What was sent with it stands."""
    if not await tokens.revoke(house.pool, id):
        raise Problem(404, "no_such_token", {"id": id[:60]})
    return Response(status_code=204)


@router.post(
    "/rebuild",
    operation_id="rebuild",
    summary="Make the read model anew from the record",
    dependencies=[Depends(Allowed("rebuild"))],
    response_model=RebuiltShape,
)
async def rebuild_views(house: InHouse) -> Response:
    """Safe while people write."""
    return answer(200, {"plans": await rebuild(house.pool, PLAN, summary_view)})


@router.get(
    "/doctor",
    operation_id="doctor",
    summary="What is wrong with this installation, and what to do",
    dependencies=[Depends(Allowed("doctor"))],
    response_model=DoctorShape,
)
async def doctor(house: InHouse) -> Response:
    """Asks the ledger, the keys and Temporal; changes nothing."""
    return answer(200, {"checks": [check.view() for check in await examine(house)]})


def _moment(when: datetime | None) -> str | None:
    return moment(when) if when else None

"""For administrators: tokens, the read model, and what is wrong with this installation."""

import asyncio
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import Response

from audit.history import moment
from domain import PLAN
from gateway import tokens
from gateway.api.asking import Allowed, InHouse, answer, asked
from gateway.api.shapes import (
    DoctorShape,
    NudgedShape,
    RebuiltShape,
    ReconciledShape,
    RecoveredShape,
    TokenAsked,
    TokenMade,
    TokensShape,
)
from gateway.doctor import examine
from gateway.door import hold_plan_name
from gateway.errors import Problem, difference_view
from gateway.knocking import asking_temporal
from gateway.reconcile import differences, names
from gateway.recovery import nudge_all, recover_all
from ledger.views import rebuild

router = APIRouter(prefix="/admin", tags=["admin"])


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
    said = await asked(request, TokenAsked)
    issued = await tokens.issue(house.pool, house.keyring, said.name, tuple(said.roles), tuple(said.bodies))
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
    return answer(200, {"plans": await rebuild(house.pool, PLAN, PLAN.summary)})


@router.post(
    "/recover",
    operation_id="recover",
    summary="Start every plan that should be running and is not",
    dependencies=[Depends(Allowed("recover"))],
    response_model=RecoveredShape,
)
async def recover(house: InHouse) -> Response:
    """For after the loss of Temporal; nothing is carried over but what the ledger holds. Safe at any time."""
    with asking_temporal():
        looked_for, started = await recover_all(house.pool, house.client, house.settings.task_queue)
    return answer(200, {"looked_for": looked_for, "started": started})


@router.post(
    "/nudge",
    operation_id="nudge",
    summary="Wake every plan that should be running",
    dependencies=[Depends(Allowed("recover"))],
    response_model=NudgedShape,
)
async def nudge(house: InHouse) -> Response:
    """For after a deployment: loops that wait for months come to notice the new workers. Safe at any time."""
    with asking_temporal():
        nudged = await nudge_all(house.pool, house.client, house.settings.task_queue)
    return answer(200, {"nudged": nudged})


@router.get(
    "/reconcile",
    operation_id="reconcile",
    summary="In what Temporal and the ledger differ, plan by plan",
    dependencies=[Depends(Allowed("reconcile"))],
    response_model=ReconciledShape,
)
async def reconcile(
    house: InHouse,
    plan: Annotated[str | None, Query(description="Only this one")] = None,
    after: Annotated[str, Query(description="The plan after which to begin")] = "",
    limit: Annotated[int, Query(ge=1, le=100)] = 20,
) -> Response:
    """Changes nothing. Reads every history that Temporal still has of a plan."""
    if plan is not None:
        hold_plan_name(plan)
    with asking_temporal():
        known = [plan] if plan is not None else await names(house.pool, house.client)
        page = [one for one in known if one > after][:limit]
        found = await asyncio.gather(*(differences(house.pool, house.client, one) for one in page))
    compared = [
        {"plan": one, "differences": [difference_view(each) for each in differing]}
        for one, differing in zip(page, found, strict=True)
    ]
    return answer(200, {"plans": compared, "next": page[-1] if page and page[-1] != known[-1] else None})


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

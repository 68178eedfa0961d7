"""For administrators: tokens, rebuilding the read model, recovery, checks of the installation."""

import asyncio
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import Response

from domain import PLAN
from domain.views import summary_view
from gateway import tokens
from gateway.api.http import Allowed, GatewayDep, answer, parse_body
from gateway.api.models import (
    DoctorShape,
    NudgedShape,
    RebuiltShape,
    ReconciledShape,
    RecoveredShape,
    TokenMade,
    TokenRequest,
    TokensShape,
)
from gateway.doctor import examine
from gateway.errors import ApiProblem, difference_view
from gateway.plan_names import require_plan_name
from gateway.recovery.reconcile import differences, known_plans
from gateway.recovery.restart import nudge_all, recover_all
from gateway.sending.signalling import temporal_required
from ledger.envelope import rfc3339
from ledger.read_model import rebuild

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
            "content": {"application/json": {"schema": {"$ref": "#/components/schemas/TokenRequest"}}},
        }
    },
)
async def make(request: Request, gateway: GatewayDep) -> Response:
    """This answer shows the token. No other answer ever does."""
    wanted = await parse_body(request, TokenRequest)
    issued = await tokens.issue(gateway.pool, gateway.keyring, wanted.name, tuple(wanted.roles), tuple(wanted.bodies))
    return answer(201, {"token": issued.token, "id": issued.id, "actor": issued.actor})


@router.get(
    "/tokens",
    operation_id="list_tokens",
    summary="Every token, without the token itself",
    dependencies=[Depends(Allowed("manage_tokens"))],
    response_model=TokensShape,
)
async def list_tokens(gateway: GatewayDep) -> Response:
    """The newest first. Revoked tokens are included."""
    listed = [
        {
            "id": one.id,
            "actor": one.actor,
            "name": one.name,
            "roles": list(one.roles),
            "bodies": list(one.bodies),
            "created_at": rfc3339(one.created_at),
            "revoked_at": _moment(one.revoked_at),
        }
        for one in await tokens.listed(gateway.pool, gateway.keyring)
    ]
    return answer(200, {"tokens": listed})


@router.delete(
    "/tokens/{id}",
    operation_id="revoke_token",
    summary="Revoke a token at once",
    status_code=204,
    response_class=Response,
    dependencies=[Depends(Allowed("manage_tokens"))],
)
async def revoke(id: str, gateway: GatewayDep) -> Response:
    """Commands already sent with it remain valid."""
    if not await tokens.revoke(gateway.pool, id):
        raise ApiProblem(404, "no_such_token", {"id": id[:60]})
    return Response(status_code=204)


@router.post(
    "/rebuild",
    operation_id="rebuild",
    summary="Rebuild the read model from the ledger",
    dependencies=[Depends(Allowed("rebuild"))],
    response_model=RebuiltShape,
)
async def rebuild_views(gateway: GatewayDep) -> Response:
    """Safe while commands are recorded."""
    return answer(200, {"plans": await rebuild(gateway.pool, PLAN, summary_view)})


@router.post(
    "/recover",
    operation_id="recover",
    summary="Start the workflow of every plan that should run and does not",
    dependencies=[Depends(Allowed("recover"))],
    response_model=RecoveredShape,
)
async def recover(gateway: GatewayDep) -> Response:
    """Use it after Temporal lost its data: the workflows continue from the ledger alone. Safe at any time."""
    with temporal_required():
        looked_for, started = await recover_all(gateway.pool, gateway.client, gateway.settings.task_queue)
    return answer(200, {"looked_for": looked_for, "started": started})


@router.post(
    "/nudge",
    operation_id="nudge",
    summary="Wake the workflow of every plan that should run",
    dependencies=[Depends(Allowed("recover"))],
    response_model=NudgedShape,
)
async def nudge(gateway: GatewayDep) -> Response:
    """Use it after a deployment: workflows that wait for months then notice the new workers. Safe at any time."""
    with temporal_required():
        nudged = await nudge_all(gateway.pool, gateway.client, gateway.settings.task_queue)
    return answer(200, {"nudged": nudged})


@router.get(
    "/reconcile",
    operation_id="reconcile",
    summary="Differences between Temporal and the ledger, plan by plan",
    dependencies=[Depends(Allowed("reconcile"))],
    response_model=ReconciledShape,
)
async def reconcile(
    gateway: GatewayDep,
    plan: Annotated[str | None, Query(description="Only this plan")] = None,
    after: Annotated[str, Query(description="The plan after which to begin")] = "",
    limit: Annotated[int, Query(ge=1, le=100)] = 20,
) -> Response:
    """Changes nothing. Reads every history of a plan that Temporal still has."""
    if plan is not None:
        require_plan_name(plan)
    with temporal_required():
        known = [plan] if plan is not None else await known_plans(gateway.pool, gateway.client)
        page = [one for one in known if one > after][:limit]
        found = await asyncio.gather(*(differences(gateway.pool, gateway.client, one) for one in page))
    compared = [
        {"plan": one, "differences": [difference_view(each) for each in differing]}
        for one, differing in zip(page, found, strict=True)
    ]
    return answer(200, {"plans": compared, "next": page[-1] if page and page[-1] != known[-1] else None})


@router.get(
    "/doctor",
    operation_id="doctor",
    summary="Checks of this installation, with hints",
    dependencies=[Depends(Allowed("doctor"))],
    response_model=DoctorShape,
)
async def doctor(gateway: GatewayDep) -> Response:
    """Checks the ledger, the keys and Temporal. Changes nothing."""
    return answer(200, {"checks": [check.view() for check in await examine(gateway)]})


def _moment(when: datetime | None) -> str | None:
    return rfc3339(when) if when else None

"""For administrators: the keys of the log and of the gateway, and going on after a fork."""

from contextlib import AbstractAsyncContextManager
from datetime import UTC, datetime, timedelta
from typing import Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response
from pydantic import BaseModel

from audit import forking, log_keys
from audit.forking import NotForked
from audit.log_folder import LogFolder
from audit.log_keys import StillRotating
from gateway.api.http import Allowed, GatewayDep, answer, parse_body
from gateway.api.models import ForkedShape, ForkRequest, GatewayKeysShape, KeyRotationRequest, LogKeysShape
from gateway.errors import ApiProblem
from gateway.state import GatewayState
from ledger import system_stream
from ledger.appender import Appender, appending
from ledger.clock import database_time
from ledger.connection import open_pool
from ledger.envelope import rfc3339
from ledger.gateway_keys import retire_gateway_key, trusted_gateway_keys
from ledger.identity import identify
from ledger.system_stream import LogKeyIntroduced

router = APIRouter(prefix="/admin", tags=["admin"])


def _takes(model: type[BaseModel]) -> dict[str, Any]:
    """A request body's OpenAPI description."""
    return {"requestBody": {"required": True, "content": {"application/json": {"schema": model.model_json_schema()}}}}


@router.get(
    "/log-keys",
    operation_id="list_log_keys",
    summary="The keys that sign the log or signed it",
    dependencies=[Depends(Allowed("manage_log_key"))],
    response_model=LogKeysShape,
)
async def keys(gateway: GatewayDep) -> Response:
    """In the order of their introduction."""
    return answer(200, await _listed(gateway))


@router.post(
    "/log-keys",
    operation_id="rotate_log_key",
    summary="Replace the key that signs the log",
    status_code=201,
    dependencies=[Depends(Allowed("manage_log_key"))],
    response_model=LogKeysShape,
    openapi_extra=_takes(KeyRotationRequest),
)
async def rotate(request: Request, gateway: GatewayDep) -> Response:
    """The log announces the new key before using it. Both keys sign for a time, so that verifiers can change over."""
    wanted = await parse_body(request, KeyRotationRequest)
    identity = await identify(gateway.pool)
    if identity is None or identity.mode == "rehearsal":
        raise ApiProblem(404, "nothing_sealed")
    now = datetime.now(UTC)
    until = now + timedelta(days=wanted.both_days)
    async with _appender(gateway) as appender:
        try:
            await log_keys.rotate(gateway.pool, appender, identity.origin, _folder(gateway), now, until)
        except StillRotating as still:
            raise ApiProblem(409, still.code) from None
    return answer(201, await _listed(gateway))


@router.get(
    "/gateway-keys",
    operation_id="list_gateway_keys",
    summary="The keys that sign commands, retired ones included",
    dependencies=[Depends(Allowed("manage_gateway_keys"))],
    response_model=GatewayKeysShape,
)
async def gateway_keys(gateway: GatewayDep) -> Response:
    """In the order in which they were introduced."""
    return answer(200, await _listed_gateway_keys(gateway))


@router.delete(
    "/gateway-keys/{id}",
    operation_id="retire_gateway_key",
    summary="Retire a key that signed commands",
    dependencies=[Depends(Allowed("manage_gateway_keys"))],
    response_model=GatewayKeysShape,
)
async def retire(id: str, gateway: GatewayDep) -> Response:
    """Commands accepted under it before stay valid; later ones are refused. Idempotent. Answers with all keys."""
    if id == gateway.gateway_key:
        raise ApiProblem(409, "gateway_key_in_use", {"id": id})
    async with _appender(gateway) as appender:
        try:
            await retire_gateway_key(gateway.pool, appender, id, await database_time(gateway.pool))
        except KeyError:
            raise ApiProblem(404, "no_such_gateway_key", {"id": id[:60]}) from None
    return answer(200, await _listed_gateway_keys(gateway))


@router.post(
    "/fork",
    operation_id="fork",
    summary="Continue after a fork",
    dependencies=[Depends(Allowed("fork"))],
    response_model=ForkedShape,
    openapi_extra=_takes(ForkRequest),
)
async def fork(request: Request, gateway: GatewayDep) -> Response:
    """The log continues under the next origin. The abandoned state, the authority and the reason become an entry."""
    wanted = await parse_body(request, ForkRequest)
    try:
        async with (
            _appender(gateway) as appender,
            open_pool(gateway.settings.database_url, "sealer", max_size=1) as sealer_pool,
        ):
            event = await forking.go_on(
                gateway.pool, sealer_pool, appender, _folder(gateway), gateway.settings.origin,
                authority=wanted.authority, reason=wanted.reason, now=datetime.now(UTC),
            )  # fmt: skip
    except NotForked as not_forked:
        raise ApiProblem(409, not_forked.code) from None
    return answer(200, event.model_dump(mode="json", exclude={"kind"}))


async def _listed(gateway: GatewayState) -> dict[str, Any]:
    listed = [
        {
            "key": entry.event.key,
            "since": rfc3339(entry.effective_at),
            "replaces": entry.event.replaces,
            "both_until": rfc3339(entry.event.both_until) if entry.event.both_until else None,
        }
        async for entry in system_stream.entries(gateway.pool)
        if isinstance(entry.event, LogKeyIntroduced)
    ]
    return {"keys": listed}


async def _listed_gateway_keys(gateway: GatewayState) -> dict[str, Any]:
    listed = [
        {
            "id": one.key_id,
            "public_key": one.public.public_bytes_raw().hex(),
            "since": rfc3339(one.since),
            "retired_at": rfc3339(one.until) if one.until else None,
        }
        for one in (await trusted_gateway_keys(gateway.pool)).values()
    ]
    return {"keys": listed}


def _appender(gateway: GatewayState) -> AbstractAsyncContextManager[Appender]:
    return appending(gateway.pool)


def _folder(gateway: GatewayState) -> LogFolder:
    return LogFolder(gateway.settings.keyring / "log")

"""What all endpoints share: the caller, access checks, request bodies with a size limit, JSON responses."""

import json
import re
from collections.abc import Mapping
from typing import Annotated, Any, Final, TypeVar, cast

from fastapi import Depends, Request
from fastapi.responses import JSONResponse
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from pydantic import BaseModel, ValidationError

from domain.kernel.faults import Malformed, explain
from gateway.access.callers import Caller, require_access
from gateway.errors import ApiProblem
from gateway.fault_locations import locate_faults
from gateway.sending.parsing import TooLarge, read_json
from gateway.state import GatewayState
from gateway.tokens import caller_of

LONGEST_WAIT: Final = 60.0
USUAL_WAIT: Final = 10.0
"""Seconds that a sender waits for an outcome: at most, and without ``Prefer: wait=`` (RFC 7240)."""

SMALL: Final = 64 * 1024
"""64 KiB, the largest request that is neither a command nor a file."""

Model = TypeVar("Model", bound=BaseModel)

_bearer = HTTPBearer(
    auto_error=False, scheme_name="token", bearerFormat="rumbo_…", description="A token that an administrator made."
)


def current_gateway(request: Request) -> GatewayState:
    """The state of the gateway that serves the request."""
    return cast(GatewayState, request.app.state.gateway)


GatewayDep = Annotated[GatewayState, Depends(current_gateway)]


async def current_caller(
    gateway: GatewayDep, credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)]
) -> Caller:
    """The holder of the request's token. Raises ``NotSignedIn``."""
    return await caller_of(gateway.pool, credentials.credentials if credentials else None)


class Allowed:
    """A dependency: the caller, if they may use the use case. Raises ``NotAllowed`` otherwise."""

    def __init__(self, use_case: str) -> None:
        self.use_case = use_case

    def __call__(self, requester: Annotated[Caller, Depends(current_caller)]) -> Caller:
        require_access(requester, self.use_case)
        return requester


async def read_body(request: Request, most: int) -> bytes:
    """The request's body, of at most ``most`` bytes. Raises ``TooLarge`` without reading the rest."""
    read = bytearray()
    async for chunk in request.stream():
        read += chunk
        if len(read) > most:
            raise TooLarge
    return bytes(read)


async def parse_body(request: Request, model: type[Model]) -> Model:
    """A small JSON body as a model. Raises ``TooLarge``; ``Malformed`` with every fault and its place."""
    raw = read_json(await read_body(request, SMALL))
    try:
        return model.model_validate(raw)
    except ValidationError as error:
        raise Malformed(locate_faults(explain(error), raw, model)) from None


def wait_seconds(prefer: str | None, usual: float = USUAL_WAIT) -> float:
    """The seconds in a ``Prefer: wait=`` header, at most `LONGEST_WAIT`; ``usual`` without one."""
    found = re.search(r"\bwait=(\d{1,4})\b", prefer or "")
    return min(float(found[1]), LONGEST_WAIT) if found else usual


def to_json(value: Any) -> bytes:
    """JSON in UTF-8. An unpaired surrogate, which a sender may have put into an id, is written as an escape."""
    return json.dumps(value, ensure_ascii=False).encode(errors="backslashreplace")


class Utf8JSONResponse(JSONResponse):
    """A JSON response that can also hold unpaired surrogates."""

    def render(self, content: Any) -> bytes:
        return to_json(content)


def answer(status: int, content: Any, headers: Mapping[str, str] | None = None) -> Utf8JSONResponse:
    return Utf8JSONResponse(content, status, dict(headers or {}))


def json_lines(model: str) -> dict[str, Any]:
    """The content of a response of JSON lines, as OpenAPI has it: bytes, each line of them one model.

    OpenAPI 3.1 has no word for the schema of a line, so that stands in an extension.
    """
    lines = {"type": "string", "format": "binary", "description": f"One {model} per line."}
    return {"application/jsonl": {"schema": lines, "x-line-schema": {"$ref": f"#/components/schemas/{model}"}}}


def problem_response(problem: ApiProblem) -> Utf8JSONResponse:
    """A problem as a response. It does not wait for the rest of the request's body."""
    headers = {"WWW-Authenticate": "Bearer"} if problem.status == 401 else {}
    if problem.status == 413:
        headers["Connection"] = "close"
    if problem.status in (429, 503):
        headers["Retry-After"] = "60" if problem.status == 429 else "5"
    return answer(problem.status, problem.body(), headers)

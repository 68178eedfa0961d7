"""Sending commands, and reading their outcomes."""

from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Header, Query, Request
from fastapi.responses import Response

from gateway.access.callers import Caller, require_access
from gateway.api.http import (
    LONGEST_WAIT,
    Allowed,
    GatewayDep,
    answer,
    current_caller,
    json_lines,
    read_body,
    wait_seconds,
)
from gateway.api.models import OutcomeShape
from gateway.api.stream import JSONLinesResponse, answer_lines, outcome_url
from gateway.errors import ApiProblem, send_result_view
from gateway.sending.intake import SendResult
from gateway.sending.parsing import MAX_COMMAND_BYTES, read_command

router = APIRouter(tags=["commands"])

STATUS: Final = {"recorded": 200, "duplicate": 200, "accepted": 202, "refused": 409, "conflict": 409}

_EXAMPLE: Final = {
    "command": "report_progress",
    "id": "report-2.1-march",
    "on_behalf_of": "observatory",
    "milestone": "2.1",
    "status": "under_way",
    "text": "Seven of twelve towns have answered.",
}

_BODY: Final[dict[str, Any]] = {
    "requestBody": {
        "required": True,
        "description": "One command, or a stream of commands, one per line. At most 1 MiB per command.",
        "content": {
            "application/json": {"schema": {"$ref": "#/components/schemas/Command"}, "example": _EXAMPLE},
            "application/jsonl": {"schema": {"type": "string", "format": "binary"}},
        },
    }
}


@router.post(
    "/plans/{plan}/commands",
    operation_id="send_command",
    summary="Send a command, or a stream of commands",
    openapi_extra=_BODY,
    response_model=OutcomeShape,
    responses={
        200: {"content": json_lines("LineShape")},
        202: {"model": OutcomeShape, "description": "Accepted and signed; its outcome is not recorded yet."},
        409: {"model": OutcomeShape, "description": "Refused by the plan, or another command has this id."},
    },
)
async def send(
    request: Request,
    plan: str,
    gateway: GatewayDep,
    requester: Annotated[Caller, Depends(current_caller)],
    prefer: Annotated[str | None, Header(description="`wait=SECONDS`, at most 60")] = None,
) -> Response:
    """A command is recorded once per sender and ``id``: sending it again is answered ``duplicate``."""
    if _is_stream(request.headers.get("content-type", "")):
        wait = wait_seconds(prefer, LONGEST_WAIT)
        return JSONLinesResponse(answer_lines(gateway.intake, requester, plan, request.stream(), wait))
    parsed = read_command(await read_body(request, MAX_COMMAND_BYTES))
    return outcome_response(plan, await gateway.intake.send(requester, plan, parsed, wait_seconds(prefer)))


async def known(
    plan: str,
    id: str,
    gateway: GatewayDep,
    requester: Annotated[Caller, Depends(Allowed("read_outcome"))],
    actor: Annotated[str | None, Query(description="The sender, if another; auditors and administrators only")] = None,
) -> SendResult:
    """The result of a command sent before. Raises ``NotAllowed``, ``ApiProblem``."""
    if actor is not None and actor != requester.actor:
        require_access(requester, "read_others_outcome")
    found = await gateway.intake.find(plan, actor or requester.actor, id)
    if found is None:
        raise ApiProblem(404, "unknown_command", {"plan": plan[:64], "id": id[:100]})
    return found


FoundCommand = Annotated[SendResult, Depends(known)]


@router.get(
    "/plans/{plan}/commands/{id}",
    operation_id="read_outcome",
    summary="The outcome of a command",
    response_model=OutcomeShape,
)
async def outcome(plan: str, id: str, found: FoundCommand) -> Response:
    """Always 200 for a known command, whatever its outcome; ``accepted`` while it waits."""
    return answer(200, send_result_view(found, outcome_url(plan, id)))


def outcome_response(plan: str, result: SendResult, /, created: int = 200, **more: Any) -> Response:
    """A result as a response; ``more`` is added to its body."""
    url = outcome_url(plan, result.command_id)
    status = created if result.outcome == "recorded" else STATUS[result.outcome]
    headers = {"Location": url} if result.outcome == "accepted" else {}
    return answer(status, send_result_view(result, url) | more, headers)


def _is_stream(content_type: str) -> bool:
    return content_type.partition(";")[0].strip().lower() in ("application/jsonl", "application/x-ndjson")

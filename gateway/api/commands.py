"""Sending commands, and asking what became of them."""

from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Header, Query, Request
from fastapi.responses import Response

from gateway.access import Caller, hold
from gateway.api.asking import LONGEST_WAIT, Allowed, InHouse, answer, body_of, caller, wait_of
from gateway.api.shapes import OutcomeShape
from gateway.api.stream import Lines, answers, where
from gateway.door import Answer
from gateway.errors import Problem, answer_view
from gateway.spoken import LARGEST, read_command

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
        "description": "One command, or a stream of them, one a line. At most 1 MiB a command.",
        "content": {
            "application/json": {"schema": {"$ref": "#/components/schemas/Command"}, "example": _EXAMPLE},
            "application/jsonl": {"schema": {"type": "string"}},
        },
    }
}


@router.post(
    "/plans/{plan}/commands",
    operation_id="send_command",
    summary="Send a command, or a stream of them",
    openapi_extra=_BODY,
    response_model=OutcomeShape,
    responses={
        200: {"content": {"application/jsonl": {"schema": {"$ref": "#/components/schemas/LineShape"}}}},
        202: {"model": OutcomeShape, "description": "Accepted and signed; its outcome is not there yet."},
        409: {"model": OutcomeShape, "description": "Refused by the plan, or another command stands under this id."},
    },
)
async def send(
    request: Request,
    plan: str,
    house: InHouse,
    asking: Annotated[Caller, Depends(caller)],
    prefer: Annotated[str | None, Header(description="`wait=SECONDS`, at most 60")] = None,
) -> Response:
    """The same command sent twice is done once: key is the sender and ``id``, and the second is told ``duplicate``."""
    if _is_stream(request.headers.get("content-type", "")):
        wait = wait_of(prefer, LONGEST_WAIT)
        return Lines(answers(house.door, asking, plan, request.stream(), wait))
    said = read_command(await body_of(request, LARGEST))
    return told(plan, await house.door.send(asking, plan, said, wait_of(prefer)))


async def known(
    plan: str,
    id: str,
    house: InHouse,
    asking: Annotated[Caller, Depends(Allowed("read_outcome"))],
    actor: Annotated[str | None, Query(description="The sender, if that was another; auditors and admins only")] = None,
) -> Answer:
    """What became of a command that somebody sent before. Raises ``NotAllowed``, ``Problem``."""
    if actor is not None and actor != asking.actor:
        hold(asking, "read_others_outcome")
    found = await house.door.find(plan, actor or asking.actor, id)
    if found is None:
        raise Problem(404, "unknown_command", {"plan": plan[:64], "id": id[:100]})
    return found


Known = Annotated[Answer, Depends(known)]


@router.get(
    "/plans/{plan}/commands/{id}",
    operation_id="read_outcome",
    summary="What became of a command",
    response_model=OutcomeShape,
)
async def outcome(plan: str, id: str, found: Known) -> Response:
    """Always 200 when the command is known, whatever its outcome; ``accepted`` while it waits."""
    return answer(200, answer_view(found, where(plan, id)))


def told(plan: str, settled: Answer, /, created: int = 200, **more: Any) -> Response:
    """An answer as a response."""
    place = where(plan, settled.command_id)
    status = created if settled.outcome == "recorded" else STATUS[settled.outcome]
    headers = {"Location": place} if settled.outcome == "accepted" else {}
    return answer(status, answer_view(settled, place) | more, headers)


def _is_stream(content_type: str) -> bool:
    return content_type.partition(";")[0].strip().lower() in ("application/jsonl", "application/x-ndjson")

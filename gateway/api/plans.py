"""Plans: start one from a plan file, check a file, list plans, read a plan as it is or was."""

import asyncio
from datetime import UTC, datetime
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Header, Query, Request
from fastapi.responses import Response

from domain.kernel.faults import Malformed
from domain.views.correction import correction_view
from domain.views.models.correction import CorrectionsView, CorrectionView
from domain.views.models.pending import PendingView
from domain.views.models.plan import LessonsView, PlanView
from domain.views.models.summary import PlansView
from domain.views.pending import pending_view
from domain.views.plan import lesson_views, plan_view
from gateway.access.callers import Caller
from gateway.api.commands import outcome_response
from gateway.api.http import Allowed, GatewayDep, answer, read_body, wait_seconds
from gateway.api.models import CheckShape, OutcomeShape, StartedShape
from gateway.errors import ApiProblem, fault_view
from gateway.plan_files.plan_file import PlanFile, read_plan_file
from gateway.plan_files.yaml_text import MAX_FILE_BYTES
from gateway.reading.point_in_time import PointInTime, parse_moment
from gateway.reading.unsealing import unseal_state
from gateway.sending.parsing import parse_command

router = APIRouter(tags=["plans"])

_EXAMPLE: Final = """plan: clean-water
title: Water that reaches every house
problem:
  statement: A third of the houses have water one day in five
partners:
  - {id: works, name: Office of public works}
commitments:
  - id: 1
    title: Leaks are found and mended
    lead: works
    milestones:
      - {id: 1.1, deliverable: A map of the leaks, due: 2027-06-30, proof: The published map}
"""

_BODY: Final[dict[str, Any]] = {
    "requestBody": {
        "required": True,
        "description": "A plan file, at most 1 MiB.",
        "content": {
            "application/json": {"schema": {"$ref": "#/components/schemas/PlanFile"}},
            "application/yaml": {
                "schema": {"type": "string", "format": "binary", "description": "A PlanFile in YAML."},
                "example": _EXAMPLE,
            },
        },
    }
}


@router.post(
    "/plans",
    operation_id="start_plan",
    summary="Start a plan from its file",
    status_code=201,
    openapi_extra=_BODY,
    response_model=StartedShape,
    responses={
        202: {"model": StartedShape, "description": "Accepted and signed; its outcome is not recorded yet."},
        409: {"model": OutcomeShape, "description": "Refused, or another command has this id."},
    },
)
async def start(
    request: Request,
    gateway: GatewayDep,
    requester: Annotated[Caller, Depends(Allowed("start_plan"))],
    id: Annotated[str | None, Query(description="The command's id. Default: `start-` and the plan's name")] = None,
    effective: Annotated[str | None, Query(description="When the plan started, if it was earlier")] = None,
    source: Annotated[str | None, Query(description="The document that records the start")] = None,
    prefer: Annotated[str | None, Header(description="`wait=SECONDS`, at most 60")] = None,
) -> Response:
    """If the file has faults, all of them are listed with their lines (422). Missing parts are warnings."""
    file = await _read_file(request)
    plan = file.definition.plan
    raw = {"command": "start_plan", "id": id or f"start-{plan}", "definition": file.tree}
    raw |= {key: value for key, value in (("effective", effective), ("source", source)) if value}
    result = await gateway.intake.send(requester, plan, parse_command(raw), wait_seconds(prefer))
    warnings = [fault_view(fault) for fault in file.warnings]
    return outcome_response(plan, result, created=201, warnings=warnings, plan=plan)


@router.post(
    "/plan-files/check",
    operation_id="check_plan_file",
    summary="Check a plan file for faults",
    dependencies=[Depends(Allowed("check_plan_file"))],
    openapi_extra=_BODY,
    response_model=CheckShape,
    responses={422: {"model": CheckShape, "description": "The file has faults."}},
)
async def check(request: Request) -> Response:
    """Starts nothing. Faults and warnings have line numbers."""
    try:
        file = await _read_file(request)
    except ApiProblem as problem:
        return answer(422, {"faults": [fault_view(fault) for fault in problem.faults], "warnings": []})
    return answer(200, {"faults": [], "warnings": [fault_view(fault) for fault in file.warnings]})


@router.get("/plans", operation_id="list_plans", summary="The plans", response_model=PlansView)
async def list_plans(
    gateway: GatewayDep,
    _: Annotated[Caller, Depends(Allowed("list_plans"))],
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
    after: str = "",
    status: Annotated[str | None, Query(examples=["open"])] = None,
) -> Response:
    """Sorted by name."""
    rows, following = await gateway.reads.plans(after, limit, status)
    listed = [{"id": row.plan, "version": row.version} | row.summary for row in rows]
    return answer(200, {"plans": listed, "next": following})


AsOf = Annotated[str | None, Query(description="By the effective clock: a date (its end) or a moment")]
RecordedBy = Annotated[str | None, Query(description="By the recorded clock: a date (its end) or a moment")]
AtVersion = Annotated[int | None, Query(description="The last entry that counts")]


@router.get("/plans/{plan}", operation_id="read_plan", summary="A plan as it is, or was", response_model=PlanView)
async def read_plan(
    plan: str,
    gateway: GatewayDep,
    requester: Annotated[Caller, Depends(Allowed("read_plan"))],
    as_of: AsOf = None,
    recorded_by: RecordedBy = None,
    at_version: AtVersion = None,
) -> Response:
    """``commitments[].milestones[]`` have ``id``, ``due`` and ``status``. Data that the reader may not see is omitted.

    Sealed texts appear as in a history.
    """
    state = await gateway.reads.at(plan, PointInTime(as_of, recorded_by, at_version))
    calendar = state.defined.calendar()
    seen_from = [parse_moment(given, calendar) for given in (as_of, recorded_by) if given]
    if at_version and not seen_from and state.latest and state.version < (await gateway.reads.current(plan)).version:
        seen_from.append(state.latest)  # an earlier state is described as seen at its own time
    view = plan_view(state, min([datetime.now(UTC), *seen_from]), requester.may_see()).as_json()
    return answer(200, await unseal_state(gateway, requester, state, view))


@router.get(
    "/plans/{plan}/pending",
    operation_id="read_pending",
    summary="What each body has to do, and by when",
    response_model=PendingView,
)
async def read_pending(
    plan: str,
    gateway: GatewayDep,
    requester: Annotated[Caller, Depends(Allowed("read_plan"))],
    body: Annotated[str | None, Query(description="Only this body")] = None,
) -> Response:
    """One page per body: reports, reflection, positions, overdue items, and what only this body can declare.

    Sealed texts stay sealed, because the pages are sent to people who may not see them.
    """
    state = await gateway.reads.current(plan)
    view = pending_view(state, datetime.now(UTC), requester.may_see())
    if body is not None:
        known = [partner.id for partner in state.defined.partners]
        if body not in known:
            raise ApiProblem(404, "no_such_body", {"plan": plan, "body": body[:64], "known": ", ".join(known)})
        view = view.model_copy(update={"bodies": tuple(one for one in view.bodies if one.body == body)})
    return answer(200, view.as_json())


@router.get(
    "/plans/{plan}/corrections",
    operation_id="list_corrections",
    summary="The course corrections of a plan",
    response_model=CorrectionsView,
)
async def corrections(
    plan: str, gateway: GatewayDep, requester: Annotated[Caller, Depends(Allowed("read_corrections"))]
) -> Response:
    """In the order of their proposal."""
    state = await gateway.reads.current(plan)
    visible = [one for one in state.corrections.values() if one.visibility in requester.may_see()]
    view = CorrectionsView(corrections=tuple(correction_view(state, one, requester.may_see()) for one in visible))
    return answer(200, await unseal_state(gateway, requester, state, view.as_json()))


@router.get(
    "/plans/{plan}/corrections/{id}",
    operation_id="read_correction",
    summary="One course correction, complete",
    response_model=CorrectionView,
)
async def correction(
    plan: str, id: str, gateway: GatewayDep, requester: Annotated[Caller, Depends(Allowed("read_corrections"))]
) -> Response:
    """Proposer and reasons, positions, decision, and changes."""
    state = await gateway.reads.current(plan)
    found = state.corrections.get(id)
    if found is None or found.visibility not in requester.may_see():
        raise ApiProblem(404, "no_such_correction", {"plan": plan, "id": id[:100]})
    view = correction_view(state, found, requester.may_see())
    return answer(200, await unseal_state(gateway, requester, state, view.as_json()))


@router.get(
    "/plans/{plan}/lessons", operation_id="list_lessons", summary="The lessons of a plan", response_model=LessonsView
)
async def lessons(
    plan: str, gateway: GatewayDep, requester: Annotated[Caller, Depends(Allowed("read_lessons"))]
) -> Response:
    """Only lessons that the reader may see."""
    state = await gateway.reads.current(plan)
    view = LessonsView(lessons=lesson_views(state, requester.may_see()))
    return answer(200, await unseal_state(gateway, requester, state, view.as_json()))


async def _read_file(request: Request) -> PlanFile:
    body = await read_body(request, MAX_FILE_BYTES)
    is_json = "json" in request.headers.get("content-type", "").partition(";")[0].lower()
    try:
        # Reading a large file takes a second or more: in a thread, so that it does not block other requests.
        return await asyncio.to_thread(read_plan_file, body, is_json=is_json)
    except Malformed as malformed:
        raise ApiProblem(422, "malformed", {}, tuple(malformed.faults)) from None

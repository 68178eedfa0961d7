"""Plans: starting one from its file, checking a file, the list, a plan as it is or was."""

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
from gateway import points
from gateway.access import Caller
from gateway.api.asking import Allowed, InHouse, answer, body_of, wait_of
from gateway.api.commands import told
from gateway.api.shapes import CheckShape, OutcomeShape, StartedShape
from gateway.errors import Problem, fault_view
from gateway.plan_file import PlanFile, read_plan_file
from gateway.reads import When
from gateway.spoken import spoken
from gateway.unsealing import state_unsealed
from gateway.yaml_text import LARGEST_FILE

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
            "application/yaml": {"schema": {"$ref": "#/components/schemas/PlanFile"}, "example": _EXAMPLE},
            "application/json": {"schema": {"$ref": "#/components/schemas/PlanFile"}},
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
        202: {"model": StartedShape, "description": "Accepted and signed; its outcome is not there yet."},
        409: {"model": OutcomeShape, "description": "Refused, or another command stands under this id."},
    },
)
async def start(
    request: Request,
    house: InHouse,
    asking: Annotated[Caller, Depends(Allowed("start_plan"))],
    id: Annotated[str | None, Query(description="The command's id; `start-` and the plan's name where absent")] = None,
    effective: Annotated[str | None, Query(description="When it took effect, if that was earlier")] = None,
    source: Annotated[str | None, Query(description="The document that says so")] = None,
    prefer: Annotated[str | None, Header(description="`wait=SECONDS`, at most 60")] = None,
) -> Response:
    """Every fault of the file is named with its line (422), and nothing is started. What is missing is a warning."""
    file = await _read_file(request)
    plan = file.definition.plan
    raw = {"command": "start_plan", "id": id or f"start-{plan}", "definition": file.said}
    raw |= {key: said for key, said in (("effective", effective), ("source", source)) if said}
    settled = await house.door.send(asking, plan, spoken(raw), wait_of(prefer))
    warnings = [fault_view(fault) for fault in file.warnings]
    return told(plan, settled, created=201, warnings=warnings, plan=plan)


@router.post(
    "/plan-files/check",
    operation_id="check_plan_file",
    summary="Look for faults in a plan file",
    dependencies=[Depends(Allowed("check_plan_file"))],
    openapi_extra=_BODY,
    response_model=CheckShape,
    responses={422: {"model": CheckShape, "description": "The file has faults."}},
)
async def check(request: Request) -> Response:
    """Starts nothing. Each fault and warning has its line."""
    try:
        file = await _read_file(request)
    except Problem as problem:
        return answer(422, {"faults": [fault_view(fault) for fault in problem.faults], "warnings": []})
    return answer(200, {"faults": [], "warnings": [fault_view(fault) for fault in file.warnings]})


@router.get("/plans", operation_id="list_plans", summary="The plans", response_model=PlansView)
async def list_plans(
    house: InHouse,
    _: Annotated[Caller, Depends(Allowed("list_plans"))],
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
    after: str = "",
    status: Annotated[str | None, Query(examples=["open"])] = None,
) -> Response:
    """By name."""
    rows, following = await house.reads.plans(after, limit, status)
    listed = [{"id": row.plan, "version": row.version} | row.summary for row in rows]
    return answer(200, {"plans": listed, "next": following})


AsOf = Annotated[str | None, Query(description="By the effective clock: a date (its end) or a moment")]
RecordedBy = Annotated[str | None, Query(description="By the recorded clock: a date (its end) or a moment")]
AtVersion = Annotated[int | None, Query(description="The number of the last entry that counts")]


@router.get("/plans/{plan}", operation_id="read_plan", summary="A plan as it is, or was", response_model=PlanView)
async def read_plan(
    plan: str,
    house: InHouse,
    asking: Annotated[Caller, Depends(Allowed("read_plan"))],
    as_of: AsOf = None,
    recorded_by: RecordedBy = None,
    at_version: AtVersion = None,
) -> Response:
    """``commitments[].milestones[]`` have ``id``, ``due`` and ``status``. What the reader may not see is left out.

    What is sealed stands as in a history.
    """
    state = await house.reads.at(plan, When(as_of, recorded_by, at_version))
    calendar = state.defined.calendar()
    seen_from = [points.moment(said, calendar) for said in (as_of, recorded_by) if said]
    if at_version and not seen_from and state.latest and state.version < (await house.reads.current(plan)).version:
        seen_from.append(state.latest)  # an earlier entry is looked at from its own time
    view = plan_view(state, min([datetime.now(UTC), *seen_from]), asking.may_see())
    return answer(200, await state_unsealed(house, asking, state, view.as_json()))


@router.get(
    "/plans/{plan}/pending",
    operation_id="read_pending",
    summary="What is asked of whom, and by when",
    response_model=PendingView,
)
async def read_pending(
    plan: str,
    house: InHouse,
    asking: Annotated[Caller, Depends(Allowed("read_plan"))],
    body: Annotated[str | None, Query(description="Only of this body")] = None,
) -> Response:
    """A page for every body: reports, reflection, positions, what is overdue, what only they can declare.

    What is sealed is not opened: the pages are letters, and go to those who may not see it.
    """
    state = await house.reads.current(plan)
    view = pending_view(state, datetime.now(UTC), asking.may_see())
    if body is not None:
        known = [partner.id for partner in state.defined.partners]
        if body not in known:
            raise Problem(404, "no_such_body", {"plan": plan, "body": body[:64], "known": ", ".join(known)})
        view = view.model_copy(update={"bodies": tuple(one for one in view.bodies if one.body == body)})
    return answer(200, view.as_json())


@router.get(
    "/plans/{plan}/corrections",
    operation_id="list_corrections",
    summary="The course corrections of a plan",
    response_model=CorrectionsView,
)
async def corrections(
    plan: str, house: InHouse, asking: Annotated[Caller, Depends(Allowed("read_corrections"))]
) -> Response:
    """In the order in which they were proposed."""
    state = await house.reads.current(plan)
    visible = [one for one in state.corrections.values() if one.visibility in asking.may_see()]
    view = CorrectionsView(corrections=tuple(correction_view(state, one, asking.may_see()) for one in visible))
    return answer(200, await state_unsealed(house, asking, state, view.as_json()))


@router.get(
    "/plans/{plan}/corrections/{id}",
    operation_id="read_correction",
    summary="One course correction, whole",
    response_model=CorrectionView,
)
async def correction(
    plan: str, id: str, house: InHouse, asking: Annotated[Caller, Depends(Allowed("read_corrections"))]
) -> Response:
    """Who asked for it and why, who agreed, who decided, what it changed."""
    state = await house.reads.current(plan)
    found = state.corrections.get(id)
    if found is None or found.visibility not in asking.may_see():
        raise Problem(404, "no_such_correction", {"plan": plan, "id": id[:100]})
    view = correction_view(state, found, asking.may_see())
    return answer(200, await state_unsealed(house, asking, state, view.as_json()))


@router.get(
    "/plans/{plan}/lessons", operation_id="list_lessons", summary="What was learned", response_model=LessonsView
)
async def lessons(plan: str, house: InHouse, asking: Annotated[Caller, Depends(Allowed("read_lessons"))]) -> Response:
    """Those that the reader may see."""
    state = await house.reads.current(plan)
    view = LessonsView(lessons=lesson_views(state, asking.may_see()))
    return answer(200, await state_unsealed(house, asking, state, view.as_json()))


async def _read_file(request: Request) -> PlanFile:
    body = await body_of(request, LARGEST_FILE)
    is_json = "json" in request.headers.get("content-type", "").partition(";")[0].lower()
    try:
        # Reading a large file takes a second or more: not in the loop that answers everybody else.
        return await asyncio.to_thread(read_plan_file, body, is_json=is_json)
    except Malformed as malformed:
        raise Problem(422, "malformed", {}, tuple(malformed.faults)) from None

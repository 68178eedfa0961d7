"""The FastAPI application: routes, language, error handlers, OpenAPI."""

import json
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.openapi.utils import get_openapi
from fastapi.responses import Response
from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from domain.kernel.faults import Fault
from domain.views.models.history import StepView
from gateway.api import admin, commands, copies, exports, history, log_admin, people, plans, proofs, schemas
from gateway.api import log as public_log
from gateway.api.http import GatewayDep, answer, problem_response
from gateway.api.models import HealthShape, LineShape, ProblemShape, TokenRequest
from gateway.errors import HANDLED_ERRORS, ApiProblem, as_problem
from gateway.state import GatewayState
from language import preferred, speaking

log = structlog.get_logger("gateway")

_PROBLEMS: dict[int | str, dict[str, Any]] = {
    400: {"model": ProblemShape, "description": "The request cannot be read. Every fault is listed."},
    401: {"model": ProblemShape, "description": "No valid token was sent."},
    403: {"model": ProblemShape, "description": "The token may not do this."},
    404: {"model": ProblemShape, "description": "Not found."},
    413: {"model": ProblemShape, "description": "Larger than 1 MiB."},
    422: {"model": ProblemShape, "description": "The plan file has faults; each has its line."},
    429: {"model": ProblemShape, "description": "Too many commands wait for this plan."},
    503: {"model": ProblemShape, "description": "The ledger does not answer."},
}


def create_app(gateway: AbstractAsyncContextManager[GatewayState]) -> FastAPI:
    """The application. It enters ``gateway`` when it starts and leaves it when it stops."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with gateway as opened:
            app.state.gateway = opened
            yield

    # Only the schema is served: FastAPI's documentation pages load scripts from other hosts.
    app = FastAPI(title="Rumbo", version=_version(), docs_url=None, redoc_url=None, lifespan=lifespan)
    for router in (
        plans.router,
        copies.router,
        commands.router,
        history.router,
        exports.router,
        proofs.router,
        schemas.router,
        admin.router,
        people.router,
        log_admin.router,
    ):
        app.include_router(router, prefix="/v1", responses=_PROBLEMS)
    app.include_router(public_log.router, responses={404: _PROBLEMS[404], 503: _PROBLEMS[503]})
    app.add_api_route(
        "/healthz", healthz, operation_id="healthz", summary="Whether the ledger answers", tags=["health"],
        response_model=HealthShape, responses={503: _PROBLEMS[503]},
    )  # fmt: skip
    for known in (*HANDLED_ERRORS, ApiProblem):
        app.add_exception_handler(known, _known)
    app.add_exception_handler(ClientDisconnect, _gone)
    app.add_exception_handler(RequestValidationError, _unreadable)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(Exception, _unknown)
    app.add_middleware(LanguageMiddleware)
    app.openapi = lambda: _openapi(app)  # type: ignore[method-assign]
    return app


async def healthz(gateway: GatewayDep) -> Response:
    """200 if the ledger answers. Needs no token."""
    await gateway.pool.fetchval("SELECT 1")
    return answer(200, {"status": "ok"})


class LanguageMiddleware:
    """Answers each request in the language that it prefers, and adds the headers that every answer has."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        language = preferred(Headers(scope=scope).get("accept-language"))

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers["Content-Language"] = language
                headers["Vary"] = "Accept-Language, Authorization"
                headers["Cache-Control"] = "no-store"
                headers["X-Content-Type-Options"] = "nosniff"
            await send(message)

        with speaking(language):
            await self.app(scope, receive, send_with_headers)


async def _known(request: Request, error: Exception) -> Response:
    found = as_problem(error)
    if found.status == 500:
        log.error("failed", path=request.url.path, kind=type(error).__name__)
    return problem_response(found)


async def _gone(_: Request, __: Exception) -> Response:
    """The client disconnected during its request, so this response reaches no client."""
    return Response(status_code=400)


async def _unreadable(_: Request, error: Exception) -> Response:
    """Answer 400 ``malformed``, with one fault for each query parameter or header that FastAPI could not parse."""
    assert isinstance(error, RequestValidationError)
    faults = []
    for found in error.errors():
        path = tuple(found["loc"][1:])
        missing = found["type"] == "missing"
        code, params = ("missing", {"key": str(path[-1])}) if missing else ("out_of_range", {"given": _shown(found)})
        faults.append(Fault(code, path, params))
    return problem_response(ApiProblem(400, "malformed", {}, tuple(faults)))


async def _http(_: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    code = "method_not_allowed" if error.status_code == 405 else "not_found"
    response = problem_response(ApiProblem(error.status_code, code))
    response.headers.update(error.headers or {})
    return response


async def _unknown(request: Request, error: Exception) -> Response:
    log.error("failed", path=request.url.path, kind=type(error).__name__)
    with speaking(preferred(request.headers.get("accept-language"))):
        return problem_response(ApiProblem(500, "internal"))


def _shown(found: Any) -> str:
    return str(found.get("input"))[:40]


def _version() -> str:
    try:
        return version("rumbo")
    except PackageNotFoundError:  # run from a folder that was never installed
        return "0"


def _openapi(app: FastAPI) -> dict[str, Any]:
    """The schema of the API, with the schemas of commands and plan files among its components."""
    if app.openapi_schema is None:
        described = get_openapi(
            title="Rumbo",
            version=app.version,
            summary="Action plans that learn, and a history that nobody can quietly rewrite",
            description="Messages are in the language of `Accept-Language` (en, es). Codes never change.",
            routes=app.routes,
        )
        components = described["components"]["schemas"]
        refs = "#/components/schemas/{model}"
        for name, schema in (
            ("Command", schemas.commands_schema(refs)),
            ("PlanFile", schemas.plan_file_schema(refs)),
            ("LineShape", LineShape.model_json_schema(ref_template=refs)),
            ("StepView", StepView.model_json_schema(ref_template=refs, mode="serialization")),
            ("TokenRequest", TokenRequest.model_json_schema(ref_template=refs)),
        ):
            components.update(schema.get("$defs", {}))
            components[name] = {key: part for key, part in schema.items() if key != "$defs"}
        copy = components["CopyView"]["properties"]["definition"]
        components["CopyView"]["properties"]["definition"] = {
            "$ref": "#/components/schemas/PlanFile",
            "description": copy["description"],
        }
        # One name for one model: commands call the plan file by the name of its class.
        del components["Definition"]
        components["PlanFile"]["title"] = "PlanFile"
        renamed = json.dumps(described).replace(refs.format(model="Definition"), refs.format(model="PlanFile"))
        app.openapi_schema = json.loads(renamed)
        _constants_as_enums(app.openapi_schema)
    return app.openapi_schema


def _constants_as_enums(schema: Any) -> None:
    """A constant that is one of several alternatives as an enum of one value, which means the same.

    Clients generated by openapi-python-client refuse every other alternative where one of them is a constant.
    """
    parts = schema.values() if isinstance(schema, dict) else schema if isinstance(schema, list) else ()
    for part in parts:
        _constants_as_enums(part)
    if isinstance(schema, dict):
        for one in schema.get("anyOf", ()):
            if isinstance(one, dict) and isinstance(one.get("const"), str):
                one["enum"] = [one.pop("const")]

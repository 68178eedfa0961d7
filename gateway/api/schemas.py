"""JSON Schemas of plan files and commands, for editors and for programs."""

from functools import cache
from typing import Any

from fastapi import APIRouter, Depends
from fastapi.responses import Response

from domain import PLAN
from domain.plan_file.definition import Definition
from domain.port import any_command
from gateway.api.http import Allowed, answer
from gateway.errors import ApiProblem

router = APIRouter(tags=["schemas"], dependencies=[Depends(Allowed("read_schemas"))])


@cache
def plan_file_schema(refs: str = "#/$defs/{model}") -> dict[str, Any]:
    """The schema of a plan file."""
    return Definition.model_json_schema(ref_template=refs)


@cache
def commands_schema(refs: str = "#/$defs/{model}") -> dict[str, Any]:
    """The schema of every command."""
    return any_command().json_schema(ref_template=refs)


@router.get("/schemas/plan-file", operation_id="read_plan_file_schema", summary="The JSON Schema of a plan file",
    response_model=dict[str, Any])  # fmt: skip
async def plan_file() -> Response:
    """Every scalar may be written as text."""
    return answer(200, plan_file_schema())


@router.get("/schemas/commands", operation_id="read_commands_schema", summary="The JSON Schema of every command",
    response_model=dict[str, Any])  # fmt: skip
async def commands() -> Response:
    """A union, discriminated by ``command``."""
    return answer(200, commands_schema())


@router.get("/schemas/commands/{kind}", operation_id="read_command_schema", summary="The JSON Schema of one command",
    response_model=dict[str, Any])  # fmt: skip
async def command(kind: str) -> Response:
    """``kind`` is the value of ``command``, such as `report_progress`."""
    known = PLAN.command_kinds.get(kind)
    if known is None:
        raise ApiProblem(404, "unknown_schema", {"kind": kind[:60]})
    return answer(200, known.model_json_schema())

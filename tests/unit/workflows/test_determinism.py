"""Workflow code is replayed: no clock, no chance, no input or output, nor anything of ours that could have them.

A worker runs the loop outside the SDK's sandbox, which would see to some of this as it runs; hence this.
"""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
REPLAYED = sorted([*(ROOT / "workflows").glob("*.py"), ROOT / "activities" / "contract.py"])
PASSED_THROUGH = sorted((ROOT / "domain").rglob("*.py"))

FORBIDDEN_MODULES = frozenset({"random", "secrets", "time", "uuid", "os", "socket", "subprocess", "threading", "io"})
FORBIDDEN_CALLS = frozenset({"now", "utcnow", "today", "uuid1", "uuid4", "urandom", "getenv", "open", "print", "input"})
ALLOWED = frozenset({"workflow.now"})


def faults(source: str) -> Iterator[str]:
    """The names by which a source reads a clock, throws dice, or reaches outside."""
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Import(names=names):
                said = {name.name.split(".")[0] for name in names} & FORBIDDEN_MODULES
            case ast.ImportFrom(module=str(module)):
                said = {module.split(".")[0]} & FORBIDDEN_MODULES
            case ast.Call(func=func) if ast.unparse(func) not in ALLOWED:
                said = {ast.unparse(func).rsplit(".", 1)[-1]} & FORBIDDEN_CALLS
            case _:
                continue
        yield from said


@pytest.mark.parametrize("file", [*REPLAYED, *PASSED_THROUGH], ids=lambda file: str(file.relative_to(ROOT)))
def test_what_is_replayed_has_no_clock_and_no_chance(file: Path) -> None:
    assert list(faults(file.read_text(encoding="utf-8"))) == []


@pytest.mark.parametrize(
    "source",
    [
        "import random",
        "from uuid import uuid4",
        "from datetime import datetime\ndatetime.now()",
        "import datetime\ndatetime.date.today()",
        "from os.path import join",
        "open('x')",
    ],
)
def test_the_check_itself_sees_clocks_and_chance(source: str) -> None:
    assert list(faults(source))


def test_the_workflows_own_clock_is_allowed() -> None:
    assert not list(faults("from temporalio import workflow\nworkflow.now()"))

"""Workflow code is replayed: no clock, no chance, no input or output, nor anything of ours that could have them.

A worker runs the loop outside the SDK's sandbox, which would see to some of this as it runs; hence this.
"""

import ast
import importlib
from collections.abc import Iterator, MutableMapping, MutableSequence, MutableSet
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
REPLAYED = sorted([*(ROOT / "workflows").glob("*.py"), ROOT / "activities" / "contract.py"])
PASSED_THROUGH = sorted((ROOT / "domain").rglob("*.py"))

FORBIDDEN_MODULES = frozenset({"random", "secrets", "time", "uuid", "os", "socket", "subprocess", "threading", "io"})
FORBIDDEN_CALLS = frozenset({"now", "utcnow", "today", "uuid1", "uuid4", "urandom", "getenv", "open", "print", "input"})
ALLOWED = frozenset({"workflow.now"})

OPEN_TO_THE_LOOP = frozenset(
    {"asyncio", "collections", "contextlib", "datetime", "hashlib", "typing", "types"}
    | {"pydantic", "temporalio", "activities.contract", "domain", "workflows"}
)
OF_ASYNCIO = frozenset({"CancelledError", "Task", "TimeoutError", "create_task", "shield"})
"""What Temporal's own event loop does in the same order each time; `asyncio.wait` and threads, for two, it cannot."""


def faults(source: str) -> Iterator[str]:
    """The names by which a source reads a clock, throws dice, or reaches outside."""
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Import(names=names):
                said = {name.name.split(".")[0] for name in names} & FORBIDDEN_MODULES
            case ast.ImportFrom(module=str(module)):
                said = {module.split(".")[0]} & FORBIDDEN_MODULES
            case ast.Attribute(attr=name) | ast.Call(func=ast.Name(id=name)) if ast.unparse(node) not in ALLOWED:
                said = {name} & FORBIDDEN_CALLS
            case _:
                continue
        yield from said


@pytest.mark.parametrize("file", [*REPLAYED, *PASSED_THROUGH], ids=lambda file: str(file.relative_to(ROOT)))
def test_what_is_replayed_has_no_clock_and_no_chance(file: Path) -> None:
    assert list(faults(file.read_text(encoding="utf-8"))) == []


def strange(source: str) -> Iterator[str]:
    """What a source takes from outside that the loop has no use for."""
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Import(names=names):
                yield from (name.name for name in names if name.name.split(".")[0] not in OPEN_TO_THE_LOOP)
            case ast.ImportFrom(module=str(module)):
                if not OPEN_TO_THE_LOOP & {module, module.split(".")[0]}:
                    yield module
            case ast.Attribute(value=ast.Name(id="asyncio"), attr=name) if name not in OF_ASYNCIO:
                yield name


@pytest.mark.parametrize("file", REPLAYED, ids=lambda file: str(file.relative_to(ROOT)))
def test_the_loop_takes_nothing_from_outside_but_what_it_needs(file: Path) -> None:
    assert list(strange(file.read_text(encoding="utf-8"))) == []


@pytest.mark.parametrize("file", REPLAYED, ids=lambda file: str(file.relative_to(ROOT)))
def test_nothing_that_changes_is_shared_by_the_loops_of_two_plans(file: Path) -> None:
    name = ".".join(file.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
    changing = (MutableMapping, MutableSequence, MutableSet)
    shared = {name for name, value in vars(importlib.import_module(name)).items() if isinstance(value, changing)}
    assert {name for name in shared if not name.startswith("__")} == set()


@pytest.mark.parametrize(
    "source",
    ["import urllib.request", "from pathlib import Path", "import asyncio\nasyncio.wait(())", "import activities"],
)
def test_the_check_itself_sees_what_is_strange(source: str) -> None:
    assert list(strange(source))


@pytest.mark.parametrize(
    "source",
    [
        "import random",
        "from datetime import datetime\nread = datetime.now",
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

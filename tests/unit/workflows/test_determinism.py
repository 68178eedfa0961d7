"""Replayed code uses no clock, no randomness and no input or output, and imports nothing that could.

The worker runs the loop outside the SDK's sandbox, which would check some of this at run time.
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

ALLOWED_IMPORTS = frozenset(
    {"asyncio", "collections", "contextlib", "datetime", "hashlib", "typing", "types"}
    | {"pydantic", "temporalio", "activities.contract", "domain", "workflows"}
)
ALLOWED_ASYNCIO = frozenset({"CancelledError", "Task", "TimeoutError", "create_task", "shield"})
"""What Temporal's event loop runs in the same order each time; `asyncio.wait` and threads, for example, it cannot."""


def faults(source: str) -> Iterator[str]:
    """The names by which a source uses a clock, randomness, or input and output."""
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Import(names=names):
                found = {name.name.split(".")[0] for name in names} & FORBIDDEN_MODULES
            case ast.ImportFrom(module=str(module)):
                found = {module.split(".")[0]} & FORBIDDEN_MODULES
            case ast.Attribute(attr=name) | ast.Call(func=ast.Name(id=name)) if ast.unparse(node) not in ALLOWED:
                found = {name} & FORBIDDEN_CALLS
            case _:
                continue
        yield from found


@pytest.mark.parametrize("file", [*REPLAYED, *PASSED_THROUGH], ids=lambda file: str(file.relative_to(ROOT)))
def test_replayed_code_uses_no_clock_and_no_randomness(file: Path) -> None:
    assert list(faults(file.read_text(encoding="utf-8"))) == []


def disallowed_imports(source: str) -> Iterator[str]:
    """What a source imports that the loop may not use."""
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Import(names=names):
                yield from (name.name for name in names if name.name.split(".")[0] not in ALLOWED_IMPORTS)
            case ast.ImportFrom(module=str(module)):
                if not ALLOWED_IMPORTS & {module, module.split(".")[0]}:
                    yield module
            case ast.Attribute(value=ast.Name(id="asyncio"), attr=name) if name not in ALLOWED_ASYNCIO:
                yield name


@pytest.mark.parametrize("file", REPLAYED, ids=lambda file: str(file.relative_to(ROOT)))
def test_the_loop_imports_only_what_it_needs(file: Path) -> None:
    assert list(disallowed_imports(file.read_text(encoding="utf-8"))) == []


@pytest.mark.parametrize("file", REPLAYED, ids=lambda file: str(file.relative_to(ROOT)))
def test_replayed_modules_have_no_mutable_globals(file: Path) -> None:
    name = ".".join(file.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
    changing = (MutableMapping, MutableSequence, MutableSet)
    shared = {name for name, value in vars(importlib.import_module(name)).items() if isinstance(value, changing)}
    assert {name for name in shared if not name.startswith("__")} == set()


@pytest.mark.parametrize(
    "source",
    ["import urllib.request", "from pathlib import Path", "import asyncio\nasyncio.wait(())", "import activities"],
)
def test_the_import_check_finds_what_is_not_allowed(source: str) -> None:
    assert list(disallowed_imports(source))


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
def test_the_clock_check_finds_clocks_and_randomness(source: str) -> None:
    assert list(faults(source))


def test_the_workflows_own_clock_is_allowed() -> None:
    assert not list(faults("from temporalio import workflow\nworkflow.now()"))

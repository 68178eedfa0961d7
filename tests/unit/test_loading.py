"""What a program need not load to start: each of these was some tenth of a second of every start."""

import subprocess
import sys

import pytest


@pytest.mark.parametrize(
    ("program", "unwanted"),
    [
        ("ledger.migrate, domain.kernel.upcast", {"pydantic", "domain.port"}),
        ("gateway.__main__", {"httpx2", "jinja2"}),
        ("worker, activities.handle", {"httpx2", "jinja2", "fastapi"}),
        ("domain.views.models.plan, domain.views.models.history", {"domain.plan", "domain.plan_file", "domain.port"}),
        ("cli.main, cli.root", {"asyncio", "rich", "yaml", "httpx2", "psutil", "pydantic", "domain"}),
    ],
)
def test_a_program_starts_without(program: str, unwanted: set[str]) -> None:
    found = _asked(f"import {program}, sys; print(*sys.modules)")
    assert not unwanted & set(found.split())


def test_no_command_and_no_event_is_made_ready_before_one_is_read() -> None:
    complete = "one.__pydantic_complete__ for one in (*PLAN.command_kinds.values(), *PLAN.event_kinds.values())"
    assert _asked(f"from domain import PLAN; print(any({complete}))") == "False"


def _asked(code: str) -> str:
    return subprocess.run([sys.executable, "-P", "-c", code], check=True, capture_output=True, text=True).stdout.strip()

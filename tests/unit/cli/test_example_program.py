"""The example of a program: whoever runs it can tell by its exit code what became of its course correction."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.unit.cli.conftest import ScriptedGateway

PROGRAM = Path(__file__).parents[3] / "examples" / "send_a_correction.py"
ARGUMENTS = ("water", "works", "1.1", "2027-06-30", "2027-07-15", "report-7", "Rain")


def _run(**environment: str) -> "subprocess.CompletedProcess[str]":
    kept = {name: value for name, value in os.environ.items() if not name.startswith("RUMBO_")}
    command = [sys.executable, str(PROGRAM), *ARGUMENTS]
    return subprocess.run(command, env=kept | environment, capture_output=True, text=True, check=False)


@pytest.mark.parametrize(
    ("status", "outcome", "code", "exit_code"),
    [
        (201, "recorded", None, 0),
        (202, "accepted", None, 0),
        (200, "duplicate", None, 0),
        (409, "duplicate", "not_open", 1),
        (409, "refused", "unknown_ground", 1),
    ],
)
def test_a_refusal_sets_the_exit_code(
    gateway: ScriptedGateway, status: int, outcome: str, code: str | None, exit_code: int
) -> None:
    gateway.answer("POST", "/v1/plans/water/commands", status, {"outcome": outcome, "code": code})
    done = _run(RUMBO_URL=gateway.url, RUMBO_TOKEN="rumbo_x")
    assert done.returncode == exit_code
    assert outcome in done.stdout


def test_without_an_address_and_a_token_the_message_names_both_variables() -> None:
    done = _run(RUMBO_URL="http://127.0.0.1:9")
    assert done.returncode == 1
    assert "Set RUMBO_TOKEN" in done.stderr
    assert "Traceback" not in done.stderr

"""`rumbo admin redact`: the command that is sent, and that nothing is sent without a reason and an authority."""

from typing import Any

import pytest

from cli import exit_codes
from tests.unit.cli.conftest import Rumbo, ScriptedGateway

SAID = ("--reason", "It named a person", "--authority", "Ruling", "--authority-number", "12")


def test_a_redaction_is_sent_with_its_reason_and_authority(gateway: ScriptedGateway, rumbo: Rumbo) -> None:
    outcome: dict[str, Any] = {"command_id": "x", "outcome": "recorded", "versions": [], "code": None, "message": None}
    gateway.answer("POST", "/v1/plans/water/commands", 200, outcome)
    assert rumbo("admin", "redact", "water", "6", *SAID, "--id", "x").code == exit_codes.OK
    assert gateway.asked[0].json == {
        "command": "redact",
        "id": "x",
        "entry": 6,
        "reason": "It named a person",
        "authority": {"document": "Ruling", "number": "12"},
    }


@pytest.mark.parametrize("left_out", ["--reason", "--authority"])
def test_nothing_is_erased_without_a_reason_and_an_authority(
    gateway: ScriptedGateway, rumbo: Rumbo, left_out: str
) -> None:
    at = SAID.index(left_out)
    ended = rumbo("admin", "redact", "water", "6", *SAID[:at], *SAID[at + 2 :])
    assert ended.code == exit_codes.USAGE
    assert left_out in ended.err
    assert gateway.asked == []

"""What goes wrong in ways that were foreseen: the sentence names the thing, and the exit code says what kind it is."""

import json
from pathlib import Path

import pytest

from domain.views.diff import diff_view
from tests.unit.cli.conftest import Rumbo, ScriptedGateway
from tests.unit.domain.story import given

FAULTS = [
    {"code": "unknown_key", "path": "commitments.0.due", "line": 7, "message": "deu is not a known field here."},
    {"code": "missing", "path": "title", "line": 1, "message": "title is missing."},
]


@pytest.fixture
def faulty(gateway: ScriptedGateway, tmp_path: Path) -> str:
    """A plan file that the gateway finds two faults in."""
    gateway.answer("POST", "/v1/plan-files/check", 422, {"faults": FAULTS, "warnings": []})
    (tmp_path / "plan.yaml").write_text("plan: x\n")
    return str(tmp_path / "plan.yaml")


def test_a_redirection_is_a_failure(rumbo: Rumbo, gateway: ScriptedGateway) -> None:
    gateway.answer("GET", "/v1/plans/water", 307, {})
    assert rumbo("plan", "show", "water").code == 1


@pytest.mark.parametrize("name", ["", ".", ".."])
def test_a_plan_without_a_name_is_a_usage_error(rumbo: Rumbo, gateway: ScriptedGateway, name: str) -> None:
    assert rumbo("plan", "show", name).code == 2
    assert not gateway.asked


def test_the_message_about_a_faulty_plan_file_begins_with_the_number_of_faults(rumbo: Rumbo, faulty: str) -> None:
    said = rumbo("plan", "check", faulty)
    assert said.code == 2
    assert said.err.splitlines() == [
        "This has 2 faults and was not accepted:",
        "  line 7, commitments.0.due: deu is not a known field here.",
        "  line 1, title: title is missing.",
    ]


def test_the_faults_of_a_plan_file_are_there_as_json(rumbo: Rumbo, faulty: str) -> None:
    said = rumbo("plan", "check", faulty, "-o", "json")
    assert said.code == 2
    assert json.loads(said.out)["faults"] == FAULTS


def test_closing_a_plan_without_a_terminal_needs_yes(rumbo: Rumbo, gateway: ScriptedGateway) -> None:
    said = rumbo("plan", "close", "water", "--reason", "done")
    assert said.code == 2
    assert "--yes" in said.err
    assert not gateway.asked


def test_migrating_without_a_database_is_one_sentence(rumbo: Rumbo, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RUMBO_DATABASE_URL", "postgresql://127.0.0.1:9/rumbo")
    said = rumbo("admin", "migrate")
    assert said.code == 75
    assert "RUMBO_DATABASE_URL" in said.err
    assert "Traceback" not in said.err


def test_a_nudge_reports_how_many_plans_it_woke(rumbo: Rumbo, gateway: ScriptedGateway) -> None:
    gateway.answer("POST", "/v1/admin/nudge", 200, {"nudged": 1})
    assert rumbo("admin", "nudge").out == "Woke 1 plan.\n"


def test_a_partner_token_without_a_body_gives_a_warning(rumbo: Rumbo, gateway: ScriptedGateway) -> None:
    gateway.answer("POST", "/v1/admin/tokens", 200, {"token": "rumbo_x", "id": "t1", "actor": "a"})
    assert "without a body" in rumbo("admin", "token", "new", "Eva", "--role", "partner").err
    assert "without a body" not in rumbo("admin", "token", "new", "Eva", "--role", "auditor").err


def test_a_fault_in_a_field_is_named_by_its_option(rumbo: Rumbo, gateway: ScriptedGateway) -> None:
    faults = [{"code": "missing", "path": "reason", "line": None, "message": "reason is missing."}]
    gateway.answer("POST", "/v1/plans/water/commands", 400, {"code": "malformed", "message": "No.", "faults": faults})
    said = rumbo("plan", "pause", "water")
    assert said.code == 2
    assert "  --reason: reason is missing." in said.err.splitlines()


def test_a_refusal_names_the_option_and_its_moments_to_the_minute(rumbo: Rumbo, gateway: ScriptedGateway) -> None:
    message = "Say which body speaks, at 2027-03-01T12:00:00.123456Z or 2027-03-01 06:00:00-06:00."
    refused = {"outcome": "refused", "versions": [3], "code": "body_needed", "message": message, "command_id": "x"}
    gateway.answer("POST", "/v1/plans/water/commands", 409, refused)
    said = rumbo("plan", "pause", "water")
    assert said.code == 5
    assert "at 2027-03-01 12:00 UTC or 2027-03-01 06:00 UTC-06:00." in said.err
    assert "--on-behalf-of" in said.err


def test_messages_of_the_operating_system_are_translated(rumbo: Rumbo) -> None:
    assert "no existe ese archivo o carpeta" in rumbo("--lang", "es", "plan", "start", "/nowhere").err
    assert "conexión rechazada" in rumbo("--lang", "es", "plan", "list", "--url", "http://127.0.0.1:9").err


def test_a_report_has_its_evidence_with_the_digest_of_the_file(
    rumbo: Rumbo, gateway: ScriptedGateway, tmp_path: Path
) -> None:
    (tmp_path / "map.txt").write_bytes(b"abc")
    rumbo("progress", "report", "water", "--milestone", "1.1", "--status", "done", "--file", str(tmp_path / "map.txt"))
    digest = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"  # of "abc", in FIPS 180-2, appendix B
    assert gateway.asked[0].json["evidence"] == [{"document": "map.txt", "sha256": digest}]


def test_a_negative_value_gets_a_hint_to_write_two_dashes(rumbo: Rumbo) -> None:
    assert "-- -3" in rumbo("indicator", "measure", "water", "i1", "-3").err


def test_a_diff_whose_moments_are_in_the_wrong_order_is_a_usage_error(rumbo: Rumbo, gateway: ScriptedGateway) -> None:
    story = given()
    found = diff_view(story.plan, story.plan).as_json() | {"from": {"version": 60, "revision": 2}}
    gateway.answer("GET", "/v1/plans/water/history/diff", 200, found)
    said = rumbo("history", "diff", "water", "60", "22")
    assert said.code == 2
    assert "rumbo history diff water 22 60" in said.err
    assert not said.out

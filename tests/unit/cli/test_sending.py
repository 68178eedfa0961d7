"""Commands go to the gateway as they were typed, and their outcomes come back as a sentence and an exit code."""

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

from domain.views.plan import plan_view
from tests.unit.cli.conftest import ReceivedRequest, Rumbo, ScriptedGateway
from tests.unit.domain.story import given

COMMANDS = "/v1/plans/water/commands"


def _outcome(kind: str, **more: Any) -> dict[str, Any]:
    return {"command_id": "x", "outcome": kind, "versions": [], "code": None, "message": None} | more


def _entry(version: int) -> dict[str, Any]:
    return {"version": version, "hash": "ab" * 32, "recorded_at": "2027-03-01T12:00:00.000000Z"}


@pytest.fixture
def recording(gateway: ScriptedGateway) -> ScriptedGateway:
    gateway.answer("POST", COMMANDS, 200, _outcome("recorded", versions=[214]))
    gateway.answer("GET", "/v1/plans/water/history", 200, {"entries": [_entry(214)], "next": None})
    return gateway


def test_a_report_is_sent_as_typed_and_answered_with_a_receipt(rumbo: Rumbo, recording: ScriptedGateway) -> None:
    said = rumbo(
        *("progress", "report", "water", "--milestone", "1.1", "--status", "done", "--count", "7", "--of", "12"),
        *("--id", "r-1", "--on-behalf-of", "works", "--source", "Minutes 4", "--source-date", "2027-02-27"),
        *("--effective", "2027-02-28", "--visibility", "partners", "--wait", "3"),
    )
    assert (said.code, said.out.splitlines()) == (
        0,
        ["Recorded as entry 214.", "Its id: x", f"water · entry 214 · {'ab' * 16} · 2027-03-01 12:00 UTC"],
    )
    assert said.err == "Next: rumbo plan show water\n"
    sent = recording.asked[0]
    assert sent.json == {
        "command": "report_progress",
        "id": "r-1",
        "milestone": "1.1",
        "status": "done",
        "count": 7,
        "of": 12,
        "on_behalf_of": "works",
        "source": {"document": "Minutes 4", "date": "2027-02-27"},
        "effective": "2027-02-28",
        "visibility": "partners",
    }
    assert sent.headers["prefer"] == "wait=3"
    assert sent.headers["authorization"] == "Bearer rumbo_token"
    assert sent.headers["accept-language"] == "en"


def test_a_count_of_zero_is_sent(rumbo: Rumbo, recording: ScriptedGateway) -> None:
    rumbo("progress", "report", "water", "--milestone", "1.1", "--status", "done", "--count", "0")
    assert recording.asked[0].json["count"] == 0


def test_two_commands_without_an_id_get_different_ones(rumbo: Rumbo, recording: ScriptedGateway) -> None:
    for _time in range(2):
        rumbo("plan", "pause", "water", "--reason", "Elections.")
    ids = {asked.json["id"] for asked in recording.asked if asked.method == "POST"}
    assert len(ids) == 2
    assert all(one.startswith("pause-") for one in ids)


def test_a_file_gives_the_fields_and_options_take_precedence(
    rumbo: Rumbo, recording: ScriptedGateway, tmp_path: Path
) -> None:
    file = tmp_path / "lesson.json"
    file.write_text(json.dumps({"lesson": {"id": "L1", "text": {"es": "Visitar", "en": "Visit"}}, "id": "from-file"}))
    rumbo("lesson", "record", "water", "--from-file", str(file), "--id", "typed")
    sent = recording.asked[0].json
    assert sent["id"] == "typed"
    assert sent["lesson"]["text"]["es"] == "Visitar"


@pytest.mark.parametrize("text", ["{", "[]", '{"command": "close_plan"}', "\xff"])
def test_a_file_with_another_kind_of_command_is_not_sent(
    rumbo: Rumbo, recording: ScriptedGateway, tmp_path: Path, text: str
) -> None:
    file = tmp_path / "command.json"
    file.write_bytes(text.encode("latin-1"))
    said = rumbo("plan", "pause", "water", "--from-file", str(file))
    assert (said.code, said.out) == (2, "")
    assert "command.json" in said.err
    assert recording.asked == []


def test_a_course_correction_is_typed_change_by_change(
    rumbo: Rumbo, recording: ScriptedGateway, tmp_path: Path
) -> None:
    more = tmp_path / "changes.json"
    more.write_text('[{"add": {"cause": {"id": "c2", "text": "Drought"}}}]')
    rumbo(
        *("correction", "propose", "water", "--id", "cr-1", "--trigger", "roadblock", "--rationale", "Why"),
        *(
            "--rests-on",
            "L1",
            "--rests-on",
            "r-1",
            "--set",
            "3.1",
            "due",
            "2020-06-30",
            '{"after": "rules", "days": 90}',
        ),
        *("--set", "3.1", "note", "-", "New: with = and :", "--drop", "3.2", "--changes", str(more)),
    )
    sent = recording.asked[0].json
    assert sent["rests_on"] == ["L1", "r-1"]
    assert sent["changes"] == [
        {"add": {"cause": {"id": "c2", "text": "Drought"}}},
        {"item": "3.1", "field": "due", "from": "2020-06-30", "to": {"after": "rules", "days": 90}},
        {"item": "3.1", "field": "note", "from": None, "to": "New: with = and :"},
        {"drop": "3.2"},
    ]


def test_the_present_value_of_a_field_is_looked_up_and_sent(rumbo: Rumbo, recording: ScriptedGateway) -> None:
    story = given()
    view = plan_view(story.plan, story.now).as_json()
    view["commitments"][0]["milestones"][0]["deadline"] = "2027-03"
    recording.answer("GET", "/v1/plans/water", 200, view)
    sets = ("--set", "1.1", "due", "=", "2027-07-31", "--set", "policy", "decisions.quorum", "=", "3")
    rumbo("correction", "propose", "water", *sets)
    sent = next(asked for asked in recording.asked if asked.method == "POST").json
    assert [change["from"] for change in sent["changes"]] == ["2027-03", 2]
    assert rumbo("correction", "propose", "water", "--set", "9.9", "due", "=", "2020-07-31").code == 3


def test_evidence_of_a_local_file_is_recorded_with_its_digest(
    rumbo: Rumbo, recording: ScriptedGateway, tmp_path: Path
) -> None:
    file = tmp_path / "map.pdf"
    file.write_bytes(b"a map")
    rumbo("evidence", "attach", "water", "1.1", "--file", str(file))
    digest = hashlib.sha256(b"a map").hexdigest()
    assert recording.asked[0].json["evidence"] == {"document": "map.pdf", "sha256": digest}


@pytest.mark.parametrize(
    ("status", "outcome", "code", "told"),
    [
        (200, _outcome("duplicate", versions=[7]), 0, "recorded before, as entry 7"),
        (
            200,
            _outcome("duplicate", versions=[7], code="not_open", message="Closed."),
            5,
            "refused this before: Closed.",
        ),
        (202, _outcome("accepted"), 0, "Accepted"),
        (409, _outcome("refused", code="not_open", message="It is closed."), 5, "refused this: It is closed."),
        (409, _outcome("conflict", code="conflict", message="Another one."), 5, "Another one."),
    ],
)
def test_an_outcome_has_its_exit_code(
    rumbo: Rumbo, gateway: ScriptedGateway, status: int, outcome: dict[str, Any], code: int, told: str
) -> None:
    gateway.answer("POST", COMMANDS, status, outcome)
    said = rumbo("correction", "endorse", "water", "cr-1")
    assert said.code == code
    assert told in said.out + said.err
    assert bool(said.out) == (code == 0)
    said = rumbo("correction", "endorse", "water", "cr-1", "-o", "json")
    assert said.code == code
    assert json.loads(said.out) == outcome


@pytest.mark.parametrize(
    ("status", "code"), [(400, 2), (401, 4), (403, 4), (404, 3), (413, 2), (422, 2), (429, 75), (500, 1), (503, 75)]
)
def test_an_error_has_its_exit_code_and_the_gateways_own_words(
    rumbo: Rumbo, gateway: ScriptedGateway, status: int, code: int
) -> None:
    faults = [{"code": "unknown_key", "path": "due", "line": 20, "message": "deu is not a known field here."}]
    gateway.answer("GET", "/v1/plans/water", status, {"code": "c", "message": "What.", "hint": "Do.", "faults": faults})
    said = rumbo("plan", "show", "water", "-o", "json")
    assert (said.code, said.out) == (code, "")
    assert said.err.splitlines() == ["What.", "  line 20, due: deu is not a known field here.", "Do."]


def _echo(asked: ReceivedRequest) -> tuple[int, Any]:
    lines = asked.body.splitlines()
    return 200, [{"command_id": None, "outcome": "recorded", "versions": [1], "line": n + 1} for n in range(len(lines))]


def test_a_stream_is_answered_line_by_line_under_the_lines_of_the_file(
    rumbo: Rumbo, gateway: ScriptedGateway, tmp_path: Path
) -> None:
    gateway.answers["POST", COMMANDS] = _echo
    file = tmp_path / "commands.jsonl"
    file.write_text("\n".join(["{}", "", "   "] + ["{}"] * 450))
    said = rumbo("plan", "send", "water", str(file))
    assert said.code == 0
    told = [json.loads(line) for line in said.out.splitlines()]
    assert [one["line"] for one in told] == [1, *range(4, 454)]
    assert all(len(asked.body.splitlines()) <= 200 for asked in gateway.asked)


@pytest.mark.parametrize(
    ("outcomes", "code"),
    [
        (["recorded", "duplicate"], 0),
        (["recorded", "refused", "recorded"], 5),
        (["malformed", "recorded"], 2),
        (["malformed", "refused"], 5),
        (["not_allowed"], 4),
    ],
)
def test_a_stream_ends_with_the_code_of_its_worst_outcome(
    rumbo: Rumbo, gateway: ScriptedGateway, tmp_path: Path, outcomes: list[str], code: int
) -> None:
    gateway.answer("POST", COMMANDS, 200, [_outcome(one) for one in outcomes])
    file = tmp_path / "commands.jsonl"
    file.write_text("{}\n" * len(outcomes))
    said = rumbo("plan", "send", "water", str(file))
    assert said.code == code
    assert len(said.out.splitlines()) == len(outcomes)


def test_a_stream_to_an_unknown_plan_fails_once(rumbo: Rumbo, tmp_path: Path) -> None:
    file = tmp_path / "commands.jsonl"
    file.write_text("{}\n")
    said = rumbo("plan", "send", "water", str(file))
    assert (said.code, said.out) == (3, "")


def test_a_plan_file_is_sent_unchanged_and_its_warnings_are_shown(
    rumbo: Rumbo, gateway: ScriptedGateway, tmp_path: Path
) -> None:
    warning = {"code": "no_causes", "path": "problem", "line": 3, "message": "The problem has no causes yet."}
    started = _outcome("recorded", command_id="start-water", versions=[1, 2], plan="water", warnings=[warning])
    gateway.answer("POST", "/v1/plans", 201, started)
    gateway.answer("GET", "/v1/plans/water/history", 200, {"entries": [_entry(2)], "next": None})
    file = tmp_path / "plan.yaml"
    file.write_text("plan: water # ñ\n")
    said = rumbo("plan", "start", str(file), "--effective", "2020-01-29")
    assert said.code == 0
    assert said.out.splitlines()[0] == "Recorded as entries 1, 2."
    assert "Warning: line 3, problem: The problem has no causes yet." in said.err
    asked = gateway.asked[0]
    assert asked.body == file.read_bytes()
    assert asked.headers["content-type"] == "application/yaml"
    assert asked.query == {"effective": "2020-01-29"}


def test_the_receipt_of_a_lesson_shows_the_id_of_the_lesson(rumbo: Rumbo, gateway: ScriptedGateway) -> None:
    recorded = {"outcome": "recorded", "versions": [9], "code": None, "message": None, "command_id": "record-x"}
    gateway.answer("POST", "/v1/plans/water/commands", 200, recorded)
    entry = {"version": 9, "kind": "lesson_recorded", "data": {"id": "L1"}, "hash": "ab", "recorded_at": None}
    gateway.answer("GET", "/v1/plans/water/history", 200, {"entries": [entry], "next": None})
    assert "Its id: L1" in rumbo("lesson", "record", "water", "L1", "--text", "Visit.").out


MEETING = """
date: 2027-04-28
minutes: Acta STL-03/2027
sha256: {digest}
present: [audit, watch]
absent: [works]
positions:
  audit: endorse
  watch: {{position: oppose, reason: "No: the money is spent"}}
"""


def test_a_session_is_read_from_its_file_and_the_minutes_give_its_digest(
    rumbo: Rumbo, recording: ScriptedGateway, tmp_path: Path
) -> None:
    minutes, file = tmp_path / "acta.pdf", tmp_path / "session.yaml"
    minutes.write_bytes(b"Acta")
    digest = hashlib.sha256(b"Acta").hexdigest()
    file.write_text(MEETING.format(digest=digest.upper()), encoding="utf-8")
    decided = ("correction", "decide", "water", "cr-1", "adopted", "--response", "Yes")
    said = rumbo(*decided, "--session", str(file), "--minutes", str(minutes), "--position", "watch", "abstain")
    assert said.code == 0
    assert recording.asked[0].json["session"] == {
        "date": "2027-04-28",
        "minutes": "Acta STL-03/2027",
        "sha256": digest,
        "present": ["audit", "watch"],
        "absent": ["works"],
        "positions": {"audit": "endorse", "watch": "abstain"},
    }


def test_a_session_can_be_typed(rumbo: Rumbo, recording: ScriptedGateway, tmp_path: Path) -> None:
    minutes = tmp_path / "acta.pdf"
    minutes.write_bytes(b"Acta")
    rumbo(
        *("reflection", "submit", "water", "--answer", "did", "Much", "--session-date", "2027-04-14"),
        *("--minutes", str(minutes), "--present", "audit", "--present", "watch", "--absent", "works"),
    )
    assert recording.asked[0].json["session"] == {
        "date": "2027-04-14",
        "minutes": "acta.pdf",
        "sha256": hashlib.sha256(b"Acta").hexdigest(),
        "present": ["audit", "watch"],
        "absent": ["works"],
    }


def test_minutes_whose_hash_does_not_match_are_refused_before_anything_is_sent(
    rumbo: Rumbo, recording: ScriptedGateway, tmp_path: Path
) -> None:
    minutes, file = tmp_path / "acta.pdf", tmp_path / "session.yaml"
    minutes.write_bytes(b"Another")
    file.write_text(MEETING.format(digest="77ab" * 16), encoding="utf-8")
    said = rumbo(
        *("correction", "decide", "water", "cr-1", "adopted", "--response", "Yes"),
        *("--session", str(file), "--minutes", str(minutes)),
    )
    assert (said.code, recording.asked) == (2, [])
    assert "acta.pdf is not the document that the session names" in said.err
    assert hashlib.sha256(b"Another").hexdigest() in said.err
    assert "77ab" * 16 in said.err


@pytest.mark.parametrize("text", ["[audit, watch]", "present: [audit", "\xff"])
def test_a_file_that_holds_no_session_is_not_sent(
    rumbo: Rumbo, recording: ScriptedGateway, tmp_path: Path, text: str
) -> None:
    file = tmp_path / "session.yaml"
    file.write_bytes(text.encode("latin-1"))
    said = rumbo("reflection", "submit", "water", "--answer", "did", "Much", "--session", str(file))
    assert (said.code, recording.asked) == (2, [])
    assert "session.yaml" in said.err


@pytest.mark.parametrize("entry", ["214", "r-1"])
def test_an_entry_is_contested_by_its_number_or_its_id(rumbo: Rumbo, recording: ScriptedGateway, entry: str) -> None:
    rumbo("history", "contest", "water", entry, "--reason", "We never said so", "--id", "x")
    contest = {"command": "contest_entry", "id": "x", "entry": entry, "reason": "We never said so"}
    assert recording.asked[0].json == contest


def test_an_erratum_has_the_wrong_and_the_right_value(rumbo: Rumbo, recording: ScriptedGateway) -> None:
    target = ("1", "target", '{"value": "9"}', '{"value": "90"}', "--item", "i1", "--source", "Published plan")
    rumbo("erratum", "record", "water", *target, "--id", "fe-1")
    assert recording.asked[0].json == {
        "command": "record_erratum",
        "id": "fe-1",
        "entry": "1",
        "item": "i1",
        "field": "target",
        "says": {"value": "9"},
        "should_say": {"value": "90"},
        "source": {"document": "Published plan"},
    }


@pytest.mark.parametrize(("verb", "more"), [("confirm", {}), ("contest", {"reason": "It moves a promise"})])
def test_an_erratum_is_confirmed_or_contested_by_its_id(
    rumbo: Rumbo, recording: ScriptedGateway, verb: str, more: dict[str, str]
) -> None:
    options = [part for name, said in more.items() for part in (f"--{name}", said)]
    rumbo("erratum", verb, "water", "fe-1", *options, "--id", "x")
    assert recording.asked[0].json == {"command": f"{verb}_erratum", "id": "x", "erratum": "fe-1"} | more


def test_errata_are_listed_with_their_status(rumbo: Rumbo, gateway: ScriptedGateway) -> None:
    one = {"erratum": "fe-1", "by": 9, "entry": 1, "item": "1.1", "field": "due", "says": "2027-01-30"}
    one |= {"should_say": "2027-01-31", "waits": True, "written_by": "works", "confirmed_by": None, "source": None}
    one |= {"recorded_at": "2027-02-01T00:00:00.000000Z"}
    listed = [one | {"status": "waiting", "contested_by": None}, one | {"status": "contested", "contested_by": "watch"}]
    body = {"decides": True, "audits": False, "since": None}
    partners = [{"id": "works", "name": "Public works"} | body, {"id": "watch", "name": "Observatory"} | body]
    story = given()
    view = plan_view(story.plan, story.now).as_json() | {"errata": listed, "partners": partners}
    gateway.answer("GET", "/v1/plans/water", 200, view)
    told = " ".join(rumbo("erratum", "list", "water").out.split())
    assert "on entry 1: 1.1 deadline says 2027-01-30, should say 2027-01-31" in told
    assert "waits until a body other than Public works confirms it" in told
    assert "contested by Observatory, no effect" in told

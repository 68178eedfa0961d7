"""Rehearsals: the real loop and ledger in seconds, and nothing left afterwards."""

import json
import tempfile
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import psutil
import pytest

from cli.main import run
from embedded.rehearsal import rehearse
from tests.unit.examples.golden import expected, line_of

ROOT = Path(__file__).parents[2]
VERACRUZ = ROOT / "examples" / "veracruz-public-works"
QUARTERLY = VERACRUZ / "plan.yaml"

Output = list[dict[str, Any]]


def played(file: Path = QUARTERLY, **job: Any) -> Output:
    output = list(rehearse({"plan_file": file.read_text(encoding="utf-8"), "begins": "2027-01-15", **job}))
    assert [one["kind"] for one in output if one["kind"] != "entry"] == ["plan", "end"]
    return output


def entries(output: Output, kind: str) -> list[dict[str, Any]]:
    return [one["entry"] for one in output if one["kind"] == "entry" and one["entry"]["kind"] == kind]


@pytest.fixture(autouse=True)
def nothing_is_left(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Checks that a rehearsal leaves neither a server nor a folder; each test has a temporary folder of its own."""
    children = set(psutil.Process().children(recursive=True))
    with tempfile.TemporaryDirectory(prefix="rumbo-test-", ignore_cleanup_errors=True) as folder:
        Path(folder).chmod(0o755)  # servers run as somebody else when we are root
        monkeypatch.setattr(tempfile, "tempdir", folder)
        yield
        assert list(Path(folder).glob("rumbo-rehearsal-*")) == []
    assert set(psutil.Process().children(recursive=True)) <= children


def test_eight_quarters_without_answers_record_exactly_their_silence() -> None:
    output = played(habit="silent", cycles=8)
    closed = entries(output, "phase_closed")
    assert [(one["data"]["cycle"], one["data"]["phase"]) for one in closed] == [
        (cycle, phase) for cycle in range(1, 9) for phase in ("action", "reflection", "adaptation")
    ]
    zone = ZoneInfo("America/Mexico_City")
    for entry in closed:
        effective, recorded = map(datetime.fromisoformat, (entry["effective_at"], entry["recorded_at"]))
        assert timedelta(0) <= recorded - effective < timedelta(seconds=10)
        assert effective.astimezone(zone).time().isoformat() == "00:00:00"
    ends = [one["effective_at"][:10] for one in closed if one["data"]["phase"] == "adaptation"]
    assert ends == [f"{2027 + month // 12}-{month % 12 + 1:02}-15" for month in range(3, 25, 3)]
    asked = [
        (one["entry"]["data"]["cycle"], ask["for"], ask["body"])
        for one in output
        if one["kind"] == "entry" and "asked" in one
        for ask in one["asked"]["of"]
    ]
    silent = [
        (e["data"]["cycle"], e["data"]["asked_for"], e["data"]["body"]) for e in entries(output, "silence_recorded")
    ]
    assert silent == asked
    assert len(silent) == 8 * (2 + 4)


def test_a_script_gives_the_same_history_as_the_domain_rules_alone(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["rehearse", str(QUARTERLY), "--script", str(VERACRUZ / "script.jsonl"), "-o", "jsonl"]) == 0
    output = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    history = [line_of(one["entry"]) for one in output if one["kind"] == "entry"]
    assert history[: len(expected())] == expected()
    assert entries(output, "command_refused") == []


def test_a_rehearsal_names_a_body_that_joins_while_it_is_played(capsys: pytest.CaptureFixture[str]) -> None:
    """The script of the example, in words: the oversight office succeeds the audit office in the second cycle."""
    assert run(["rehearse", str(QUARTERLY), "--script", str(VERACRUZ / "script.jsonl"), "--lang", "en"]) == 0
    text = capsys.readouterr().out
    assert "AT THE END" in text
    assert "(fiscalizacion)" not in text


def test_late_bodies_have_a_silence_in_every_phase_and_punctual_bodies_none() -> None:
    output = played(habit="late", habits={"comites": "on-time"}, cycles=2)
    silences = output[-1]["plan"]["silences"]
    assert {one["body"] for one in silences} == {"auditoria", "contadores", "observatorio"}
    assert all(one["answered_late"] for one in silences if one["cycle"] == 1)
    assert entries(output, "command_refused") == []


def test_a_rehearsal_lasts_until_the_plans_last_day_has_passed() -> None:
    output = played(habit="on-time")
    assert output[-1]["plan"]["silences"] == []
    [last] = entries(output, "phase_closed")[-1:]
    assert (last["data"]["cycle"], last["effective_at"][:10]) == (4, "2028-01-15")  # the last deadline is in December
    assert output[0]["origin"].startswith("rehearsal/")


def test_a_rehearsal_may_skip_time_more_often_than_temporals_default_limit(tmp_path: Path) -> None:
    file = tmp_path / "plan.yaml"
    weekly = "cycle: {every: 1 weeks, reflection: 1 days, adaptation: 1 days}"
    quarterly = "cycle: {every: 3 months, reflection: 10 working_days, adaptation: 15 working_days}"
    file.write_text(QUARTERLY.read_text(encoding="utf-8").replace(quarterly, weekly), encoding="utf-8")
    output = played(file, habit="silent", cycles=70)
    assert len(entries(output, "phase_closed")) == 70 * 3


def test_a_malformed_command_in_a_script_is_reported_with_its_line_and_the_rest_goes_on(tmp_path: Path) -> None:
    steps = [
        {"at": "2027-01-20T10:00:00Z", "command": {"command": "sing", "id": "s"}, "line": 3},
        {"at": "2027-01-21T10:00:00Z", "command": {"command": "convene", "id": "c", "phase": "adaptation"}, "line": 4},
    ]
    output = list(rehearse({"plan_file": QUARTERLY.read_text(), "begins": "2027-01-15", "cycles": 1, "script": steps}))
    [unreadable] = [one for one in output if one["kind"] == "unreadable"]
    assert (unreadable["line"], unreadable["faults"][0]["path"]) == (3, "command")
    [refused] = entries(output, "command_refused")
    assert refused["data"]["code"] == "not_next_phase"
    assert output[-1]["kind"] == "end"


def test_a_timeline_says_in_spanish_whom_the_plan_would_ask(capsys: pytest.CaptureFixture[str]) -> None:
    assert (
        run(["rehearse", str(QUARTERLY), "--who", "silent", "--from", "2027-01-15", "--cycles", "1", "--lang", "es"])
        == 0
    )
    said = capsys.readouterr().out
    assert said.startswith("ENSAYO de Obra pública municipal que se termina (obra-que-se-termina).")
    assert "CICLO 1" in said
    assert "se pide informe a: Comités de vigilancia vecinal [2.1]; Colegio de contadores [1.1]" in " ".join(
        said.split()
    )
    assert "! 2027-02-25 00:00" in said
    assert "AL FINAL" in said


@pytest.mark.parametrize(
    ("was", "becomes", "expected"),
    [
        ("cycle: {every: 3 months, reflection: 10 working_days, adaptation: 15 working_days}", "cycle: convened",
         "its operator opens each phase"),
        ("timezone:", "live_from: never\ntimezone:", "entered afterwards"),
        ("decides: yes", "decides: perhaps", "line 39"),
    ],
)  # fmt: skip
def test_a_plan_that_cannot_be_rehearsed_is_refused_with_a_reason(
    was: str, becomes: str, expected: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "plan.yaml"
    file.write_text(QUARTERLY.read_text(encoding="utf-8").replace(was, becomes), encoding="utf-8")
    assert run(["rehearse", str(file), "--lang", "en"]) == 2
    ended = capsys.readouterr()
    assert expected in ended.err
    assert "Traceback" not in ended.err
    assert ended.out == ""

"""What is wrong with the way a rehearsal was asked for is said before anything starts."""

from pathlib import Path

import pytest

from tests.unit.cli.conftest import Rumbo


@pytest.fixture(autouse=True)
def nothing_starts(monkeypatch: pytest.MonkeyPatch) -> None:
    def rehearse(job: object) -> None:
        pytest.fail("it started")

    monkeypatch.setattr("embedded.rehearsal.rehearse", rehearse)


@pytest.fixture
def plan(tmp_path: Path) -> Path:
    file = tmp_path / "plan.yaml"
    file.write_text("plan: x", encoding="utf-8")
    return file


def test_an_unknown_habit_is_named(rumbo: Rumbo, plan: Path) -> None:
    said = rumbo("rehearse", str(plan), "--who", "works=punctual")
    assert said.code == 2
    assert "on-time, late, silent" in said.err
    assert "«punctual»" in said.err


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ('{"at": "2027-01-01T00:00:00Z", "send": "nowhere"}', "Line 2 of"),
        ('{"command": "convene", "id": "c", "phase": "action"}', "has no time"),
        ("convene", "is not a JSON object"),
    ],
)
def test_a_faulty_line_of_a_script_is_named(rumbo: Rumbo, plan: Path, line: str, told: str) -> None:
    script = plan.with_name("script.jsonl")
    script.write_text(f'{{"at": "2027-01-01T00:00:00Z", "start": "plan.yaml"}}\n{line}\n', encoding="utf-8")
    said = rumbo("rehearse", str(plan), "--script", str(script))
    assert said.code == 2
    assert told in said.err


def test_a_file_that_is_not_text_is_named(rumbo: Rumbo, plan: Path) -> None:
    plan.write_bytes(b"\xff\xfe")
    said = rumbo("rehearse", str(plan))
    assert said.code == 2
    assert "is not UTF-8 text" in said.err

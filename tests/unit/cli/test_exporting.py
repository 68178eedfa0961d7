"""`rumbo history export`: what the gateway gives is the file, whole or not at all."""

from pathlib import Path

from cli import exit_codes
from tests.unit.cli.conftest import Rumbo, ScriptedGateway

WHERE = "/v1/plans/water/export"


def test_the_file_is_what_the_gateway_sent(gateway: ScriptedGateway, rumbo: Rumbo, tmp_path: Path) -> None:
    gateway.answer("GET", WHERE, 200, b"a,b\r\n\xc3\xb1,2\r\n")
    file = tmp_path / "water.csv"
    ended = rumbo("history", "export", "water", "--format", "csv", "--output", str(file))
    assert (ended.code, ended.out, ended.err) == (exit_codes.OK, f"Written: {file}\n", "")
    assert file.read_bytes() == b"a,b\r\n\xc3\xb1,2\r\n"
    assert gateway.asked[0].query == {"format": "csv"}
    rumbo("history", "export", "water", "--format", "csv", "--reach", "restricted", "--output", str(file))
    assert gateway.asked[1].query == {"format": "csv", "reach": "restricted"}
    assert list(tmp_path.iterdir()) == [file]


def test_a_refused_export_keeps_the_existing_file(gateway: ScriptedGateway, rumbo: Rumbo, tmp_path: Path) -> None:
    gateway.answer("GET", WHERE, 403, {"code": "beyond_reach", "message": "Ask for less."})
    file = tmp_path / "water.csv"
    file.write_text("kept")
    ended = rumbo("history", "export", "water", "--format", "csv", "--output", str(file))
    assert (ended.code, ended.err) == (exit_codes.NOT_ALLOWED, "Ask for less.\n")
    assert [one.read_text() for one in tmp_path.iterdir()] == ["kept"]


def test_a_missing_folder_is_reported_in_a_sentence(gateway: ScriptedGateway, rumbo: Rumbo, tmp_path: Path) -> None:
    gateway.answer("GET", WHERE, 200, b"")
    file = tmp_path / "none" / "water.csv"
    ended = rumbo("history", "export", "water", "--format", "csv", "--output", str(file))
    assert ended.code == exit_codes.FAILED
    assert "cannot be written: No such file or directory" in ended.err

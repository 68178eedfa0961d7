"""`rumbo verify` and `rumbo witness`, which ask no server."""

import json
from pathlib import Path

from tests.unit.audit.making import Log
from tests.unit.cli.conftest import Rumbo, ScriptedGateway


def test_a_bundle_is_checked_offline(rumbo: Rumbo, gateway: ScriptedGateway, tmp_path: Path) -> None:
    log, file, old = Log(), tmp_path / "plan.bundle", tmp_path / "old.checkpoint"
    file.write_bytes(log.bundle())
    old.write_bytes(log.note(3))
    ended = rumbo("verify", str(file), "--key", str(log.key), "--checkpoint", str(old))
    assert (ended.code, ended.err) == (0, "")
    assert ended.out.endswith("HOLDS: everything that was checked holds.\n")
    assert gateway.asked == []


def test_each_verdict_has_its_exit_code_and_its_json(rumbo: Rumbo, tmp_path: Path) -> None:
    log, file = Log(), tmp_path / "plan.bundle"
    for content, code, verdict in (
        (log.bundle(), 0, "holds"),
        (log.bundle().replace(b"water 2", b"wine. 2"), 6, "broken"),
        (log.bundle()[:-4], 1, "unclear"),
        (b"PK\x03\x04", 1, "unclear"),
    ):
        file.write_bytes(content)
        ended = rumbo("verify", str(file), "--key", str(log.key), "-o", "json")
        found = json.loads(ended.out)
        assert (ended.code, ended.err, found["verdict"]) == (code, "", verdict)
        assert all({"code", "params", "message"} == set(one) for one in found["findings"])


def test_wrong_keys_and_checkpoints_give_a_message_and_no_traceback(rumbo: Rumbo, tmp_path: Path) -> None:
    log, file = Log(), tmp_path / "plan.bundle"
    file.write_bytes(log.bundle())
    for wrong in (("--key", "nothing"), ("--checkpoint", "nothing"), ("--witness", str(log.key)), ("--key", "/")):
        ended = rumbo("verify", str(file), *wrong)
        assert (ended.code, ended.err) == (1, "")
        assert ended.out.endswith("CANNOT TELL.\n")
    assert rumbo("verify", str(tmp_path / "none")).code == 1


def test_a_witness_is_made_and_watches_a_log_and_nothing_else(rumbo: Rumbo, tmp_path: Path) -> None:
    folder = str(tmp_path / "gazette")
    assert rumbo("witness", "watch", folder, str(Log().key)).code == 3
    assert rumbo("witness", "new", folder, "--name", "two words").code == 2
    made = rumbo("witness", "new", folder, "--name", "gazette.example", "-o", "json")
    assert json.loads(made.out)["name"] == "gazette.example"
    key = str(Log().key)
    watched = rumbo("witness", "watch", folder, key)
    assert (watched.code, watched.out) == (0, key + "\n")
    assert rumbo("witness", "watch", folder, json.loads(made.out)["key"]).code == 2
    (tmp_path / "asked").write_bytes(b"nonsense")
    assert rumbo("witness", "cosign", folder, str(tmp_path / "asked")).code == 1

"""What a program said in its log counts from when it was told to begin."""

from pathlib import Path

import pytest

from embedded.log_watch import LogWatch


@pytest.mark.parametrize(
    "line", ["2026-11-25T23:49:14Z [info     ] ready  [worker]", '{"event": "ready", "level": "info"}']
)
def test_it_is_heard_in_either_form(tmp_path: Path, line: str) -> None:
    log = tmp_path / "worker.log"
    log.write_text("2026 [warning] already\nnot ready\n")
    ready = LogWatch(log, "ready")
    assert not ready.yet()
    with log.open("a") as file:
        file.write(line + "\n")
    assert ready.yet()


def test_what_an_earlier_run_said_does_not_count(tmp_path: Path) -> None:
    log = tmp_path / "worker.log"
    log.write_text("[info] ready\n" * 9)
    ready = LogWatch(log, "ready")
    ready.forget()
    assert not ready.yet()
    log.write_text("[info] ready\n")  # the old log was put away meanwhile
    assert ready.yet()

"""A log watch sees an event that was logged after its restart."""

from pathlib import Path

import pytest

from embedded.log_watch import LogWatch


@pytest.mark.parametrize(
    "line", ["2026-11-25T23:49:14Z [info     ] ready  [worker]", '{"event": "ready", "level": "info"}']
)
def test_an_event_is_seen_in_both_log_formats(tmp_path: Path, line: str) -> None:
    log = tmp_path / "worker.log"
    log.write_text("2026 [warning] already\nnot ready\n")
    ready = LogWatch(log, "ready")
    assert not ready.seen()
    with log.open("a") as file:
        file.write(line + "\n")
    assert ready.seen()


def test_an_event_of_an_earlier_run_is_ignored(tmp_path: Path) -> None:
    log = tmp_path / "worker.log"
    log.write_text("[info] ready\n" * 9)
    ready = LogWatch(log, "ready")
    ready.restart()
    assert not ready.seen()
    log.write_text("[info] ready\n")  # the log was rotated meanwhile
    assert ready.seen()

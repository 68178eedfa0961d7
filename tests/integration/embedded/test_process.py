"""Processes: leftovers of earlier runs, starts, stops, ports and logs."""

import json
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from embedded import ports, process
from embedded.messages import StackFault
from embedded.process import Program


@pytest.fixture
def stranger() -> Iterator[subprocess.Popen[bytes]]:
    with subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"]) as one:
        yield one
        one.kill()


@pytest.fixture
def program(tmp_path: Path) -> Program:
    return Program("sleeper", [sys.executable, "-c", "import time; time.sleep(60)"], tmp_path / "log")


def write(pid_file: Path, pid: int, born: float) -> None:
    pid_file.write_text(json.dumps({"pid": pid, "born": born}))


def test_a_process_left_by_an_earlier_run_is_ended(
    tmp_path: Path, stranger: subprocess.Popen[bytes], program: Program
) -> None:
    write(tmp_path / "pid", stranger.pid, psutil.Process(stranger.pid).create_time())

    assert process.end_leftover(tmp_path / "pid", program) == stranger.pid
    assert not psutil.pid_exists(stranger.pid)
    assert not (tmp_path / "pid").exists()


def test_another_process_with_a_reused_pid_is_left_alone(
    tmp_path: Path, stranger: subprocess.Popen[bytes], program: Program
) -> None:
    write(tmp_path / "pid", stranger.pid, psutil.Process(stranger.pid).create_time() - 60)

    assert process.end_leftover(tmp_path / "pid", program) is None
    assert stranger.poll() is None


@pytest.mark.parametrize("written", ["", "{", "[]", '{"pid": "x"}', '{"pid": 1}', '{"pid": -1, "born": 0}'])
def test_a_malformed_pid_file_is_removed(tmp_path: Path, program: Program, written: str) -> None:
    (tmp_path / "pid").write_text(written)

    assert process.end_leftover(tmp_path / "pid", program) is None
    assert not (tmp_path / "pid").exists()


def test_a_program_that_does_not_stop_in_time_is_killed(tmp_path: Path) -> None:
    stubborn = (
        "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('on', flush=True); time.sleep(60)"
    )
    program = Program("stubborn", [sys.executable, "-c", stubborn], tmp_path / "log", patience=0.2)

    with process.running(program, lambda: "on" in process.tail(program.log)) as started:
        pass

    assert started.returncode == -signal.SIGKILL


def test_a_failed_start_shows_the_end_of_the_log(tmp_path: Path) -> None:
    program = Program("broken", [sys.executable, "-c", "raise SystemExit('no such ledger')"], tmp_path / "log")

    with pytest.raises(StackFault, match="no such ledger") as fault, process.running(program, lambda: False):
        pass

    assert fault.value.code == "does_not_start"


def test_the_end_of_a_log_leaves_out_go_stack_traces(tmp_path: Path) -> None:
    log = tmp_path / "log"
    stack = "".join(f"main.call{number}(0x1)\n\t/src/main.go:{number} +0x8e\n" for number in range(100))
    panic = f"time=1 bind: address already in use\npanic: nil pointer\n\ngoroutine 1 [running]:\n{stack}"

    log.write_text(panic)
    assert process.tail(log) == "time=1 bind: address already in use\npanic: nil pointer"

    log.write_text(f"{panic}time=2 started again\n")
    assert process.tail(log).endswith("panic: nil pointer\ntime=2 started again")


def test_a_chosen_port_is_never_in_the_ephemeral_range() -> None:
    first, last = 32_768, 65_535  # contains the ephemeral ranges of Linux and of RFC 6335
    with socket.create_server(("127.0.0.1", 0)) as taken:
        chosen = ports.choose([0, 0, 0, taken.getsockname()[1]])

    assert len(set(chosen)) == 4
    assert not [port for port in chosen if first <= port <= last]


def test_no_port_is_chosen_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    few = range(ports.OURS.start, ports.OURS.start + 40)
    monkeypatch.setattr(ports, "OURS", few)
    chosen = ports.choose([0] * 20)
    assert len(set(chosen)) == 20
    with pytest.raises(OSError, match="no port is free"):
        ports.choose([0] * 41)


def test_a_long_log_is_rotated(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(process, "LOG_LIMIT", 10)
    program = Program("speaker", [sys.executable, "-c", "print('new')"], tmp_path / "speaker.log")
    program.log.write_text("old " * 10)

    process.run(program)

    assert program.log.read_text() == "new\n"
    assert (tmp_path / "speaker.log.1").read_text().startswith("old")


def test_a_response_from_another_process_does_not_make_a_program_ready(
    program: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(process, "START_LIMIT", 0.5)
    with socket.create_server(("127.0.0.1", 0)) as another:
        sharing = replace(program, port=another.getsockname()[1])
        with pytest.raises(StackFault, match="does not start"), process.running(sharing, lambda: True):
            pass


def test_a_program_that_listens_on_its_port_is_ready_when_it_answers(tmp_path: Path) -> None:
    (port,) = ports.choose([0])
    listening = f"import socket, time; one = socket.create_server(('127.0.0.1', {port})); time.sleep(60)"
    program = Program("listener", [sys.executable, "-c", listening], tmp_path / "log", port=port)
    with process.running(program, lambda: True) as started:
        assert process.listens(started, program)

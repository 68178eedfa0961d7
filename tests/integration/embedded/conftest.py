"""Stacks as separate processes; if the tests run as root, also under another account."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from embedded.process import Account, Program

ROOT = Path(__file__).parents[3]
UP = Path(__file__).with_name("up.py")
PATIENCE = 60.0

Message = dict[str, Any]
Start = Callable[..., "Up"]


class Up:
    """A started ``up.py`` with its messages and processes. It ends if the test run is killed."""

    def __init__(self, command: list[str], environment: dict[str, str], account: Account | None) -> None:
        leashed = Program("up", command, Path(os.devnull), orphaned=signal.SIGTERM, account=account).leashed()
        self.process = subprocess.Popen(
            leashed, stdout=subprocess.PIPE, env=environment, cwd="/", start_new_session=True
        )
        self.messages: list[Message] = []

    def until(self, code: str) -> Message:
        """Reads messages up to the next with this code; fails if the stack is up, or ends, before that."""
        assert self.process.stdout
        for line in self.process.stdout:
            self.messages.append(json.loads(line))
            latest = self.messages[-1]["code"]
            if latest == code:
                return self.messages[-1]
            if latest == "up":
                break
        pytest.fail(f"did not report {code}: {self.messages}")

    def pids(self) -> dict[str, int]:
        return {name: pid for name, pid in self.until("pids").items() if name != "code"}

    def end(self, how: int) -> None:
        """Signals its process group, as a terminal does, reads its messages, and waits until it has ended."""
        assert self.process.stdout
        os.killpg(self.process.pid, how)
        self.messages += [json.loads(line) for line in self.process.stdout]
        self.process.wait(PATIENCE)

    def codes(self, code: str) -> list[str]:
        return [str(one["service"]) for one in self.messages if one["code"] == code]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Starts a stack: ``start(folder, port=0, migrate="pass")``. Stacks that still run at the end are stopped."""
    started = []

    def start(
        folder: Path, port: int = 0, migrate: str = "pass", python: str = sys.executable, account: Account | None = None
    ) -> Up:
        home = folder.parent
        environment = os.environ | {"HOME": str(home), "XDG_CONFIG_HOME": str(home / "config"), "PYTHONPATH": path()}
        started.append(Up([python, str(UP), str(folder), str(port), migrate], environment, account))
        return started[-1]

    yield start
    for one in started:
        with contextlib.suppress(ProcessLookupError):
            one.process.terminate()
        one.process.communicate(timeout=PATIENCE)


def path() -> str:
    """A ``PYTHONPATH`` with which another interpreter finds our modules."""
    return os.pathsep.join([str(ROOT), str(Path(psutil.__file__).parents[1])])


def are_gone(pids: list[int], within: float = 15) -> bool:
    deadline = time.monotonic() + within
    while any(psutil.pid_exists(pid) for pid in pids):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True

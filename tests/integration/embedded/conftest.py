"""Stacks in processes of their own, as somebody else when we are root and may be."""

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

Said = dict[str, Any]
Start = Callable[..., "Up"]


class Up:
    """A started ``up.py``: what it has said, and what it runs. It ends with us, should we be killed."""

    def __init__(self, command: list[str], environment: dict[str, str], account: Account | None) -> None:
        leashed = Program("up", command, Path(os.devnull), orphaned=signal.SIGTERM, account=account).leashed()
        self.process = subprocess.Popen(
            leashed, stdout=subprocess.PIPE, env=environment, cwd="/", start_new_session=True
        )
        self.said: list[Said] = []

    def until(self, code: str) -> Said:
        """Reads on to the next thing said under this code; being up, or ending, without having said it is a failure."""
        assert self.process.stdout
        for line in self.process.stdout:
            self.said.append(json.loads(line))
            said = self.said[-1]["code"]
            if said == code:
                return self.said[-1]
            if said == "up":
                break
        pytest.fail(f"did not say {code}: {self.said}")

    def pids(self) -> dict[str, int]:
        return {name: pid for name, pid in self.until("pids").items() if name != "code"}

    def end(self, how: int) -> None:
        """Signals its process group, as a terminal does, reads what it has to say, and waits until it has ended."""
        assert self.process.stdout
        os.killpg(self.process.pid, how)
        self.said += [json.loads(line) for line in self.process.stdout]
        self.process.wait(PATIENCE)

    def codes(self, code: str) -> list[str]:
        return [str(one["service"]) for one in self.said if one["code"] == code]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Starts a stack: ``start(folder, port=0, migrate="pass")``. Whatever still runs at the end is ended."""
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
    """Where another interpreter finds what this one imports."""
    return os.pathsep.join([str(ROOT), str(Path(psutil.__file__).parents[1])])


def are_gone(pids: list[int], within: float = 15) -> bool:
    deadline = time.monotonic() + within
    while any(psutil.pid_exists(pid) for pid in pids):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True

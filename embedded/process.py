"""A program of the stack as a process: started through `embedded.leash`, stopped, and found again after a crash.

Each process has its own session: Ctrl-C in a terminal reaches only the parent, which stops its children in order. On
Linux the kernel ends a process when the *thread* that started it ends: start from the main thread.
"""

import contextlib
import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import psutil

from embedded.messages import StackFault

LEASH: Final = Path(__file__).with_name("leash.py")
LOG_LIMIT: Final = 10 * 1024 * 1024
START_LIMIT: Final = 60.0
"""Seconds a program may take to become ready."""
GO_STACK: Final = re.compile(r"\n\ngoroutine .*?(?=\ntime=|\Z)", re.DOTALL)


@dataclass(frozen=True)
class Account:
    """The account that a program runs as, if not this process's own."""

    name: str
    uid: int
    gid: int


@dataclass(frozen=True)
class Program:
    """A command with its log, environment and signals."""

    name: str
    command: Sequence[str]
    log: Path
    environment: Mapping[str, str] | None = None
    """``None``: this process's environment."""
    stop: signal.Signals = signal.SIGTERM
    """The signal on which it ends cleanly."""
    orphaned: signal.Signals = signal.SIGKILL
    """The signal that the kernel sends it if this process is killed."""
    account: Account | None = None
    held: Path | None = None
    """A folder to hold open for it; the argument ``@`` becomes its path (see `embedded.leash`)."""
    waits: bool = False
    """Whether it loads at once but begins only when its standard input is closed."""
    patience: float = 20.0
    """Seconds between the stop signal and SIGKILL."""
    port: int | None = None
    """Where it listens. Until this process listens, a response comes from another process."""

    def leashed(self) -> list[str]:
        account = f"{self.account.uid}:{self.account.gid}" if self.account else "-"
        leash = [sys.executable, "-I", "-S", str(LEASH), str(os.getpid()), str(int(self.orphaned)), account]
        return [*leash, str(self.held or "-"), *self.command]


Process = subprocess.Popen[bytes]


def start(program: Program, pid_file: Path | None = None, *, piped: bool = False) -> Process:
    """Starts the program and appends its output to its log (above 10 MiB the old log is renamed to ``.1``).

    If ``piped``, its standard input and output are pipes to this process, and only its errors go to the log.
    """
    if program.log.exists() and program.log.stat().st_size > LOG_LIMIT:
        program.log.replace(program.log.with_suffix(".log.1"))
    with program.log.open("ab") as log:
        process = subprocess.Popen(
            program.leashed(),
            stdin=subprocess.PIPE if piped or program.waits else subprocess.DEVNULL,
            stdout=subprocess.PIPE if piped else log,
            stderr=log,
            env=program.environment,
            cwd="/" if program.account else None,
            start_new_session=True,
        )
    if pid_file:
        with contextlib.suppress(psutil.NoSuchProcess):
            born = psutil.Process(process.pid).create_time()
            pid_file.write_text(json.dumps({"pid": process.pid, "born": born}))
    return process


def run(program: Program, name: str | None = None) -> None:
    """Runs the program to its end. Raises `StackFault` (step_failed) if it fails."""
    process = start(program)
    try:
        status = process.wait()
    except BaseException:
        stop(process, program)
        raise
    if status:
        raise StackFault(
            "step_failed",
            service=name or program.name,
            status=exit_text(status),
            log=program.log,
            tail=tail(program.log),
        )


def stop(process: Process, program: Program) -> None:
    """Sends the stop signal, and SIGKILL if the process has not ended in time. Returns when it has ended."""
    if process.poll() is None:
        process.send_signal(program.stop)
    try:
        process.wait(program.patience)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


@contextlib.contextmanager
def running(program: Program, ready: Callable[[], bool]) -> Iterator[Process]:
    """Runs the program while the block runs; enters when ``ready()`` is true. Raises `StackFault` (does_not_start)."""
    process = start(program)
    try:
        deadline = time.monotonic() + START_LIMIT
        while not (listens(process, program) and ready()):
            if process.poll() is not None or time.monotonic() > deadline:
                raise does_not_start(program, process)
            time.sleep(0.02)
        yield process
    finally:
        stop(process, program)


def listens(process: Process, program: Program) -> bool:
    """Whether this process listens on the program's port; true for a program without a port."""
    if program.port is None:
        return True
    try:
        connections = psutil.Process(process.pid).net_connections("tcp")
    except psutil.NoSuchProcess:
        return False
    except psutil.AccessDenied:  # of another account: its connections cannot be read
        return True
    return any(one.status == psutil.CONN_LISTEN and one.laddr.port == program.port for one in connections)


def does_not_start(program: Program, process: Process) -> StackFault:
    status = exit_text(process.poll())
    return StackFault("does_not_start", service=program.name, status=status, log=program.log, tail=tail(program.log))


def end_leftover(pid_file: Path, program: Program) -> int | None:
    """Ends the process of an earlier run that the pid file names, if it still runs; returns its pid if so.

    Pids are reused, so the process must also have the start time in the file.
    """
    try:
        left = json.loads(pid_file.read_text())
        process = psutil.Process(int(left["pid"]))
        ours = abs(process.create_time() - float(left["born"])) < 1
    except (OSError, ValueError, KeyError, TypeError, psutil.Error):
        ours = False
    if ours:
        end(process, program.orphaned)
    pid_file.unlink(missing_ok=True)
    return process.pid if ours else None


def end(process: psutil.Process, how: signal.Signals) -> None:
    """Ends a process that is not a child of this one, and waits until it has ended."""
    with contextlib.suppress(psutil.NoSuchProcess):
        process.send_signal(how)
        try:
            process.wait(10)
        except psutil.TimeoutExpired:
            process.kill()
            process.wait(10)


def exit_text(status: int | None) -> str:
    """An exit status as text: ``exit 1``, ``SIGKILL``, ``no answer`` while it runs."""
    match status:
        case None:
            return "no answer"
        case code if code >= 0:
            return f"exit {code}"
        case code:
            return signal.Signals(-code).name


def tail(log: Path, lines: int = 8) -> str:
    """The last lines of a log, without Go stack traces: the cause of a panic is logged before them."""
    try:
        with log.open("rb") as file:
            file.seek(max(0, log.stat().st_size - 32768))
            text = GO_STACK.sub("", file.read().decode(errors="replace"))
            return "\n".join(text.splitlines()[-lines:])
    except OSError:
        return ""

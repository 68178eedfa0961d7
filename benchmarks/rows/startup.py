"""Starting: `rumbo up` on a folder that was kept, beside its two servers alone; and the command line's help."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from benchmarks.bench import Bench
from benchmarks.contender import Lost
from benchmarks.row import Claim, middle
from embedded import ports, postgres, process, temporal

AIM_UP, AIM_HELP = 1.5, 0.1
LONGEST = 60.0
RUMBO = (sys.executable, "-P", "-m", "cli")
USUAL = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
"""A user's environment, in which Python keeps compiled modules."""


async def measure(bench: Bench) -> list[Claim]:
    return await asyncio.to_thread(_measure, bench)


def _measure(bench: Bench) -> list[Claim]:
    kept, beside = bench.folder / "kept", bench.folder / "beside"
    _up(kept)
    _servers(beside)
    whole, alone, helped = [], [], []
    for _ in range(bench.of(3, 5, 9)):
        whole.append(_up(kept))
        alone.append(_servers(beside))
        helped.append(_help())
    more, help_ = middle(whole) - middle(alone), middle(helped)
    detail = f"ready after {middle(whole):.2f} s, Postgres and Temporal started at once {middle(alone):.2f} s"
    return [
        Claim(row="rumbo up on a kept folder", ratio=more, bound="at most", aim=AIM_UP, unit="s", detail=detail),
        Claim(
            row="rumbo --help",
            ratio=help_,
            bound="at most",
            aim=AIM_HELP,
            unit="s",
            detail=f"the program's whole life; Python alone {_python():.3f} s",
        ),
    ]


def _up(folder: Path) -> float:
    """From the command to ``ready``. Its profile goes to a folder of its own."""
    began = time.perf_counter()
    command = [*RUMBO, "up", "--data", str(folder), "--port", str(ports.choose([0])[0])]
    environment = USUAL | {"XDG_CONFIG_HOME": str(folder.parent)}
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment) as up:
        assert up.stdout is not None
        try:
            line = up.stdout.readline()
            took = time.perf_counter() - began
            if not line.startswith(b"ready"):
                raise Lost(f"rumbo up printed {line!r}")
        finally:
            up.send_signal(signal.SIGINT)
            up.communicate(timeout=LONGEST)
    return took


def _servers(folder: Path) -> float:
    """Postgres and Temporal alone, on folders that were kept, started at once."""
    folder.mkdir(exist_ok=True)
    cluster = postgres.cluster(folder / "postgres", folder / "postgres.log")
    port, ui_port = ports.choose([0, 0])
    server = temporal.Server(folder / "temporal.db", folder / "temporal.log", port, ui_port)
    began = time.perf_counter()
    cluster.prepare()
    programs = [cluster.program(), server.program()]
    started = [process.start(one) for one in programs]
    try:
        while not (process.listens(started[1], programs[1]) and cluster.is_ready() and server.is_ready()):
            if time.perf_counter() - began > LONGEST:
                raise Lost("the servers alone do not start")
            time.sleep(0.03)  # as the stack asks
        return time.perf_counter() - began
    finally:
        for one, program in zip(started, programs, strict=True):
            process.stop(one, program)
        cluster.remove_sockets()


def _help() -> float:
    began = time.perf_counter()
    subprocess.run([*RUMBO, "--help"], check=True, capture_output=True, env=USUAL)
    return time.perf_counter() - began


def _python() -> float:
    began = time.perf_counter()
    subprocess.run([sys.executable, "-c", ""], check=True)
    return time.perf_counter() - began

"""The real stack as processes, each of which can be killed, frozen or stopped, and is restarted.

It starts what `rumbo up` starts, by the same programs, and two gateways of it. What it ends are the processes that it
started, by their handles; whatever happens to it, they end with it (`embedded.leash`).
"""

import asyncio
import contextlib
import os
import shutil
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Final

from embedded import ports, postgres, process, temporal
from embedded.process import Process, Program
from settings import Settings
from tests.chaos.wire import Wire

AGAIN: Final = 0.3
"""Seconds after which a dead process is restarted."""
DISK: Final = "400m"
"""The size of the ledger's own disk, if there is one."""


class Part:
    """One process: kept running as long as it is ``wanted``."""

    def __init__(self, program: Program, is_ready: Callable[[], bool], prepare: Callable[[], None] = lambda: None):
        self.program = program
        self.wanted = False
        self._is_ready = is_ready
        self._prepare = prepare
        self._process: Process | None = None

    @property
    def runs(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def signal(self, signum: signal.Signals) -> None:
        if self._process and self.runs:
            self._process.send_signal(signum)

    def kill(self) -> None:
        """Sends SIGKILL. The process is restarted unless it is no longer wanted."""
        self.signal(signal.SIGKILL)
        if self._process:
            self._process.wait()

    async def keep(self) -> None:
        """Restarts it whenever it should run and does not; for ever."""
        while True:
            if self.wanted and not self.runs:
                with contextlib.suppress(Exception):  # the disk is full or the port not yet free: try again
                    await asyncio.to_thread(self._prepare)
                    self._process = process.start(
                        self.program
                    )  # in the main thread: the child ends with the thread that starts it
            await asyncio.sleep(AGAIN)

    async def ready(self, seconds: float = 60.0) -> None:
        """Waits until it answers."""
        end = time.monotonic() + seconds
        while not (self.runs and await asyncio.to_thread(self._is_ready)):
            if time.monotonic() > end:
                raise TimeoutError(f"{self.program.name} does not come back:\n{process.tail(self.program.log, 20)}")
            await asyncio.sleep(0.1)

    async def stop(self) -> None:
        """Stops it and waits until it has ended. Its proxy must still carry its last messages."""
        if self._process:
            self.signal(signal.SIGCONT)
            await asyncio.to_thread(process.stop, self._process, self.program)


class Rig:
    """The whole stack in one folder. Made by `standing`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.parts: dict[str, Part] = {}
        self.wires: dict[str, Wire] = {}
        self.disk: Path | None = None
        """The mount point of the ledger's own small disk, if there is one."""
        self.cluster = postgres.cluster(folder / "disk" / "postgres", folder / "postgres.log")
        port, ui_port, *self.gateway_ports = ports.choose([0] * 4)
        (folder / "temporal").mkdir()
        self.temporal = temporal.Server(folder / "temporal" / "temporal.db", folder / "temporal.log", port, ui_port)

    @property
    def dsn(self) -> str:
        """The URL of Postgres without a proxy, as superuser, for observation."""
        return self.cluster.url()

    @property
    def gateways(self) -> list[str]:
        return [f"http://{ports.LOOPBACK}:{port}" for port in self.gateway_ports]

    def settings(self, name: str, port: int = 0) -> Settings:
        """The environment of one of our programs: its own proxy, and the shared settings."""
        return Settings(
            database_url=f"postgresql://{postgres.ROLE}@/{postgres.DATABASE}?host={self.wires[name].folder}",
            temporal_address=self.temporal.address,
            temporal_namespace=temporal.NAMESPACE,
            keyring=self.folder / "keyring",
            gateway_host=ports.LOOPBACK,
            gateway_port=port or 1,
            origin="rumbo.localhost/chaos",
            mode="live",
        )

    def _ours(
        self, name: str, settings: Settings, is_ready: Callable[[], bool], prepare: Callable[[], None] = lambda: None
    ) -> Part:
        command = [sys.executable, "-P", "-m", name.partition("-")[0]]
        return Part(Program(name, command, self.log(name), settings.environment()), is_ready, prepare)

    def log(self, name: str) -> Path:
        return self.folder / f"{name}.log"

    def worker(self, name: str) -> Part:
        """Whether the worker has logged ``ready`` since it was restarted."""
        log, begins = self.log(name), 0

        def prepare() -> None:
            nonlocal begins
            begins = log.stat().st_size if log.exists() else 0

        return self._ours(name, self.settings(name), lambda: b" ready " in log.read_bytes()[begins:], prepare)

    def gateway(self, name: str, port: int) -> Part:
        return self._ours(name, self.settings(name, port), lambda: healthy(port))

    async def all_ready(self) -> None:
        """Waits until every wanted process runs and answers."""
        for part in self.parts.values():
            if part.wanted:
                await part.ready()


def healthy(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://{ports.LOOPBACK}:{port}/healthz", timeout=2) as answer:
            return bool(answer.status == 200)
    except (OSError, urllib.error.URLError):
        return False


@contextlib.contextmanager
def disk(folder: Path) -> Iterator[Path | None]:
    """Mounts a small disk at ``folder``, if root on Linux. Else makes an ordinary folder and returns ``None``."""
    folder.mkdir()
    mount = shutil.which("mount") if os.getuid() == 0 and sys.platform == "linux" else None
    if (
        not mount
        or subprocess.run(
            [mount, "-t", "tmpfs", "-o", f"size={DISK},mode=0755", "tmpfs", str(folder)],
            check=False,
            capture_output=True,
        ).returncode
    ):
        yield None
        return
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=False)


@contextlib.asynccontextmanager
async def standing(folder: Path) -> AsyncIterator[Rig]:
    """The stack, running and answering, while the block runs. The second worker runs only when a fault wants it."""
    async with contextlib.AsyncExitStack() as undo:
        mounted = undo.enter_context(disk(folder / "disk"))
        rig = Rig(folder)
        rig.disk = mounted
        for name in ("worker-1", "worker-2", "gateway-1", "gateway-2"):
            wire = Wire(folder / name, rig.cluster.sockets)
            rig.wires[name] = await undo.enter_async_context(wire.laid())
        undo.callback(rig.cluster.remove_sockets)
        rig.parts = {
            "postgres": Part(rig.cluster.program(), rig.cluster.is_ready, rig.cluster.prepare),
            "temporal": Part(rig.temporal.program(), rig.temporal.is_ready),
            "worker-1": rig.worker("worker-1"),
            "worker-2": rig.worker("worker-2"),
            "gateway-1": rig.gateway("gateway-1", rig.gateway_ports[0]),
            "gateway-2": rig.gateway("gateway-2", rig.gateway_ports[1]),
        }
        for name, part in rig.parts.items():
            undo.push_async_callback(part.stop)
            await undo.enter_async_context(_kept(part))
            part.wanted = name != "worker-2"
            if part.wanted:
                await part.ready()
            if name == "postgres":
                await asyncio.to_thread(_prepare_ledger, rig)
        yield rig


@contextlib.asynccontextmanager
async def _kept(part: Part) -> AsyncIterator[None]:
    task = asyncio.create_task(part.keep())
    try:
        yield
    finally:
        part.wanted = False
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


def _prepare_ledger(rig: Rig) -> None:
    asked = [str(rig.cluster.programs / "psql"), "--quiet", "--dbname", rig.dsn]
    for statement in ("ALTER SYSTEM SET max_wal_size = '96MB'", "ALTER SYSTEM SET min_wal_size = '32MB'"):
        subprocess.run([*asked, "-c", statement], check=True, capture_output=True)
    subprocess.run(
        [sys.executable, "-P", "-m", "ledger.migrate", "--raise-reader"],
        check=True,
        env=os.environ | {"RUMBO_DATABASE_URL": rig.dsn},
    )

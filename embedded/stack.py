"""The whole stack on one machine, with its data in one folder:

    lock        held while the stack runs
    postgres/   the ledger: the truth
    temporal/   Temporal's own state, which the ledger can replace
    keyring/    the keys, and the token of the first administrator
    log/        what each program said
    run/        the process ids, for whoever comes after a crash

PostgreSQL with the migrations and Temporal start at once, then the worker and the gateway, which have loaded
meanwhile; they stop in the reverse order. Each is a process of its own. One that dies is started again; none outlives
us. The stack runs once the gateway can accept a command and the worker is there to handle it.
"""

import asyncio
import contextlib
import http
import http.client
import signal
import sys
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

import platformdirs

from embedded import lock, ports, postgres, process, profile, temporal
from embedded.log_watch import LogWatch
from embedded.messages import Listener, StackEvent, StackFault, ignore_event
from embedded.process import Program
from embedded.service import Service
from settings import Settings

USUAL_PORT: Final = 8700
USUAL_TEMPORAL_PORT: Final = 7233
USUAL_UI_PORT: Final = 8233
ENDING: Final = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def _module(name: str) -> Sequence[str]:
    # -P: a file of the same name in the folder that somebody happens to be in is not ours.
    return (sys.executable, "-P", "-m", name)


@dataclass(frozen=True)
class Commands:
    """How to run our own programs. They find each other and the servers through `Settings`."""

    migrate: Sequence[str] = (*_module("ledger.migrate"), "--raise-reader")
    """All of them are of one version here, so none is left that could not read what another writes."""
    worker: Sequence[str] = (*_module("worker"), "--when-told")
    gateway: Sequence[str] = (*_module("gateway"), "--when-told")


class Stack:
    """``async with Stack(folder) as running: running.url``. To be used in the main thread.

    Raises `StackFault` where it cannot start; what had started is stopped again before.
    """

    def __init__(
        self,
        folder: Path | None = None,
        port: int | None = None,
        on_event: Listener = ignore_event,
        ours: Commands | None = None,
    ) -> None:
        """Without a folder the data lies in the user's own; without a port it is 8700, or a free one if it is taken."""
        self.folder = (folder or Path(platformdirs.user_data_dir("rumbo"))).absolute()
        self.services: dict[str, Service] = {}
        """By name, in the order of their start: postgres, temporal, worker, gateway."""
        self.url = ""
        """The gateway's. Known, like the two below, once the stack runs."""
        self.temporal_address = ""
        self.ui_url = ""
        self._port = port
        self._on_event = on_event
        self._ours = ours or Commands()
        self._undo = contextlib.AsyncExitStack()

    async def __aenter__(self) -> Self:
        async with contextlib.AsyncExitStack() as undo:
            self._make_folders()
            undo.enter_context(lock.held(self.folder))
            await self._start(undo)
            self._write_profile(undo)
            self._undo = undo.pop_all()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._undo.__aexit__(kind, error, trace)

    async def run_forever(self, on_ready: Callable[[Self], None] | None = None) -> None:
        """Runs until Ctrl-C, SIGTERM or SIGHUP, then returns with all stopped. A second Ctrl-C changes nothing."""
        task = asyncio.current_task()
        asked = False

        def end() -> None:
            nonlocal asked
            if task and not asked:
                asked = True
                task.cancel()

        loop = asyncio.get_running_loop()
        for one in ENDING:
            loop.add_signal_handler(one, end)
        try:
            async with self:
                if on_ready:
                    on_ready(self)
                await asyncio.Event().wait()
        except asyncio.CancelledError:
            if not (task and asked):
                raise
            task.uncancel()
        finally:
            for one in ENDING:
                loop.remove_signal_handler(one)

    def _make_folders(self) -> None:
        try:
            for one in (self.folder, *(self.folder / name for name in ("temporal", "keyring", "log", "run"))):
                one.mkdir(mode=0o700, parents=True, exist_ok=True)
            (self.folder / "lock").touch()
        except OSError as error:
            raise StackFault("folder_unusable", folder=self.folder, reason=error.strerror) from error

    async def _start(self, undo: contextlib.AsyncExitStack) -> None:
        port, temporal_port, ui_port = self._choose_ports()
        cluster = postgres.cluster(self.folder / "postgres", self._log("postgres"), self._on_event)
        server = temporal.Server(
            self.folder / "temporal" / "temporal.db", self._log("temporal"), temporal_port, ui_port
        )
        settings = Settings(
            database_url=cluster.url(),
            temporal_address=server.address,
            temporal_namespace=temporal.NAMESPACE,
            keyring=self.folder / "keyring",
            gateway_host=ports.LOOPBACK,
            gateway_port=port,
            mode="live",
        )
        self.temporal_address, self.ui_url = server.address, server.ui_url
        self.url = f"http://{ports.LOOPBACK}:{port}"

        def ours(name: str, command: Sequence[str], port: int | None = None, *, waits: bool = False) -> Program:
            return Program(name, command, self._log(name), settings.environment(), port=port, waits=waits)

        def service(name: str, program: Program, ready: Callable[[], bool], prepare: Callable[[], None]) -> Service:
            one = Service(program, self.folder / "run" / f"{name}.pid", self._on_event, ready, prepare)
            self.services[name] = one
            undo.push_async_callback(one.stop)
            return one

        async def ledger() -> None:
            await database.start()
            await asyncio.to_thread(process.run, ours("migrate", self._ours.migrate))

        undo.callback(cluster.remove_sockets)
        database = service("postgres", cluster.program(), cluster.is_ready, cluster.prepare)
        loop = service("temporal", server.program(), server.is_ready, _nothing)
        polls = LogWatch(self._log("worker"), "ready")
        worker = service("worker", ours("worker", self._ours.worker, waits=True), polls.yet, polls.forget)
        door = ours("gateway", self._ours.gateway, port, waits=True)
        gateway = service("gateway", door, lambda: _healthy(port), _nothing)
        for one in (gateway, worker):
            await one.load()  # which takes longer than both servers take to start
        await _together(ledger(), loop.start())
        await _together(worker.start(), gateway.start())

    def _choose_ports(self) -> list[int]:
        """The gateway's, Temporal's and its web UI's. A port that was asked for is used or refused, never replaced."""
        if self._port and not ports.is_free(self._port):
            raise StackFault("port_taken", port=self._port)
        usual = {"gateway": self._port or USUAL_PORT, "temporal": USUAL_TEMPORAL_PORT, "web UI": USUAL_UI_PORT}
        chosen = ports.choose(list(usual.values()))
        for (service, wanted), port in zip(usual.items(), chosen, strict=True):
            if port != wanted:
                self._on_event(StackEvent("port_chosen", {"service": service, "usual": wanted, "port": port}))
        return chosen

    def _write_profile(self, undo: contextlib.AsyncExitStack) -> None:
        """Let the command line find this stack for as long as it runs, or until another takes its place."""
        ours, before = self._profile(), profile.read()
        if before and before.data != ours.data:
            self._on_event(StackEvent("profile_replaced", {"folder": before.data}))
        profile.write(ours)
        undo.callback(profile.remove, ours)

    def _log(self, name: str) -> Path:
        return self.folder / "log" / f"{name}.log"

    def _profile(self) -> profile.Profile:
        token = self.folder / "keyring" / "admin.token"
        return profile.Profile(
            url=self.url,
            token=token.read_text().strip() if token.exists() else "",
            data=str(self.folder),
            temporal_address=self.temporal_address,
            temporal_ui=self.ui_url,
        )


def _healthy(port: int) -> bool:
    """Whether the gateway answers, and says that it can work."""
    connection = http.client.HTTPConnection(ports.LOOPBACK, port, timeout=2)
    try:
        connection.request("GET", "/healthz")
        return connection.getresponse().status == http.HTTPStatus.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


async def _together(*ways: Coroutine[Any, Any, None]) -> None:
    """All of them at once; when one fails none goes on."""
    tasks = [asyncio.create_task(way) for way in ways]
    try:
        await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def _nothing() -> None:
    pass

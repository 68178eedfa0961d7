"""The whole stack on one machine, with its data in one folder:

    lock        held while the stack runs
    postgres/   the ledger, the source of truth
    temporal/   Temporal's state, which can be rebuilt from the ledger
    keyring/    the keys, and the token of the first administrator
    log/        one log per program
    run/        the process ids, for a start after a crash

PostgreSQL (with its migrations) and Temporal start together, then the worker and the gateway, which have loaded
meanwhile; they stop in reverse order. Each is a process. One that dies is restarted; none outlives this process. The
stack is ready once the gateway can accept a command and the worker polls.
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
    # -P: do not import a file of the same name from the current folder.
    return (sys.executable, "-P", "-m", name)


@dataclass(frozen=True)
class Commands:
    """The commands of our own programs. They find each other and the servers through `Settings`."""

    migrate: Sequence[str] = (*_module("ledger.migrate"), "--raise-reader")
    """All programs are of one version here, so each can read what the others write."""
    worker: Sequence[str] = (*_module("worker"), "--when-told")
    gateway: Sequence[str] = (*_module("gateway"), "--when-told")


class Stack:
    """``async with Stack(folder) as running: running.url``. To be used in the main thread.

    Raises `StackFault` if it cannot start; programs that had started are stopped first.
    """

    def __init__(
        self,
        folder: Path | None = None,
        port: int | None = None,
        on_event: Listener = ignore_event,
        commands: Commands | None = None,
    ) -> None:
        """By default the data is in the user's data folder, and the port is 8700, or a free one if that is taken."""
        self.folder = (folder or Path(platformdirs.user_data_dir("rumbo"))).absolute()
        self.services: dict[str, Service] = {}
        """By name: postgres, temporal, worker, gateway."""
        self.url = ""
        """The gateway's URL. Set, like the two below, once the stack runs."""
        self.temporal_address = ""
        self.ui_url = ""
        self._port = port
        self._on_event = on_event
        self._commands = commands or Commands()
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
        """Runs until SIGINT, SIGTERM or SIGHUP, then returns with all programs stopped. Further signals change nothing.

        The handlers are set explicitly, so SIGINT works even if it was inherited as ignored (a background job).
        """
        task = asyncio.current_task()
        ending = False

        def end() -> None:
            nonlocal ending
            if task and not ending:
                ending = True
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
            if not (task and ending):
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

        def program(name: str, command: Sequence[str], port: int | None = None, *, waits: bool = False) -> Program:
            return Program(name, command, self._log(name), settings.environment(), port=port, waits=waits)

        def service(name: str, program: Program, ready: Callable[[], bool], prepare: Callable[[], None]) -> Service:
            one = Service(program, self.folder / "run" / f"{name}.pid", self._on_event, ready, prepare)
            self.services[name] = one
            undo.push_async_callback(one.stop)
            return one

        async def ledger() -> None:
            await database.start()
            await asyncio.to_thread(process.run, program("migrate", self._commands.migrate))

        undo.callback(cluster.remove_sockets)
        database = service("postgres", cluster.program(), cluster.is_ready, cluster.prepare)
        loop = service("temporal", server.program(), server.is_ready, _nothing)
        polls = LogWatch(self._log("worker"), "ready")
        worker = service("worker", program("worker", self._commands.worker, waits=True), polls.seen, polls.restart)
        http_server = program("gateway", self._commands.gateway, port, waits=True)
        gateway = service("gateway", http_server, lambda: _healthy(port), _nothing)
        for one in (gateway, worker):
            await one.load()  # loading takes longer than both servers take to start
        await _together(ledger(), loop.start())
        await _together(worker.start(), gateway.start())

    def _choose_ports(self) -> list[int]:
        """The ports of gateway, Temporal and web UI. Raises `StackFault` if the caller's port is taken."""
        if self._port and not ports.is_free(self._port):
            raise StackFault("port_taken", port=self._port)
        usual = {"gateway": self._port or USUAL_PORT, "temporal": USUAL_TEMPORAL_PORT, "web UI": USUAL_UI_PORT}
        chosen = ports.choose(list(usual.values()))
        for (service, wanted), port in zip(usual.items(), chosen, strict=True):
            if port != wanted:
                self._on_event(StackEvent("port_chosen", {"service": service, "usual": wanted, "port": port}))
        return chosen

    def _write_profile(self, undo: contextlib.AsyncExitStack) -> None:
        """Writes the profile, by which the command line finds this stack until it stops or another stack starts."""
        own, before = self._profile(), profile.read()
        if before and before.data != own.data:
            self._on_event(StackEvent("profile_replaced", {"folder": before.data}))
        profile.write(own)
        undo.callback(profile.remove, own)

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
    """Whether the gateway answers that it can accept commands."""
    connection = http.client.HTTPConnection(ports.LOOPBACK, port, timeout=2)
    try:
        connection.request("GET", "/healthz")
        return connection.getresponse().status == http.HTTPStatus.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


async def _together(*ways: Coroutine[Any, Any, None]) -> None:
    """Runs all at once; if one fails, the others are cancelled."""
    tasks = [asyncio.create_task(way) for way in ways]
    try:
        await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def _nothing() -> None:
    pass

"""The gateway: ``python -m gateway``. Listens where the settings say, until it is told to stop.

With ``--when-told`` it loads itself and begins when its standard input ends: so it need not wait for its servers first.

It writes its log to stderr and says ``ready`` there once it listens. SIGTERM and SIGINT let requests under way finish,
and it is gone within ten seconds whoever does not answer.
Exit codes: 0 stopped, 1 it could not start (the log says why), 2 unusable settings, 75 Postgres unreachable.
"""

import asyncio
import contextlib
import gc
import signal
import socket
import sys
from collections.abc import Iterator
from types import FrameType
from typing import Final, NoReturn

import structlog
import uvicorn
from fastapi import FastAPI

import logs
from gateway.app import create_app
from gateway.state import GatewayState, gateway_state
from ledger.connection import is_transient
from ledger.identity import NewerLedger, OtherLedger
from ledger.keyring import UnusableKey
from settings import Settings, UnusableSetting

UNREACHABLE: Final = 75
"""EX_TEMPFAIL of sysexits.h: starting it again later may help."""
FAREWELL: Final = 5
"""Seconds that requests under way have to finish."""

log = structlog.get_logger("gateway")


class GatewayServer(uvicorn.Server):
    """uvicorn's, which when told to stop also sends away those who watch a plan and would never leave."""

    def __init__(self, app: FastAPI, settings: Settings) -> None:
        super().__init__(
            uvicorn.Config(
                app,
                host=settings.gateway_host,
                port=settings.gateway_port,
                log_config=None,
                access_log=False,
                server_header=False,
                timeout_graceful_shutdown=FAREWELL,
            )
        )
        self._app = app

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            log.info("ready", url=f"http://{self.config.host}:{self.config.port}")

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """uvicorn's own raises the signal again when it has stopped, and so would end us before the house is closed."""
        loop = asyncio.get_running_loop()
        for signum in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(signum, self.handle_exit, signum, None)
        yield

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        if not self.should_exit:
            logs.exit_after()
        super().handle_exit(sig, frame)
        gateway: GatewayState | None = getattr(self._app.state, "house", None)
        if gateway is not None:
            gateway.stopping.set()


async def run(settings: Settings) -> int:
    """Serve until told to stop. Returns the exit code; what went wrong is in the log."""
    # The house is opened before the port: who can connect is served.
    try:
        async with contextlib.AsyncExitStack() as stack:
            gateway = await stack.enter_async_context(gateway_state(settings))
            server = GatewayServer(create_app(contextlib.nullcontext(gateway)), settings)
            await server.serve()
            return 0 if server.started else 1
    except (OtherLedger, NewerLedger, UnusableKey) as error:
        log.error(error.code, why=str(error))
        return 1
    except Exception as error:
        if not is_transient(error):
            raise
        log.error("unreachable", why=type(error).__name__, hint="start Postgres, or correct RUMBO_DATABASE_URL")
        return UNREACHABLE


def main() -> NoReturn:
    """The program."""
    gc.freeze()  # what was loaded stays: looking for garbage there would stop everybody for a twentieth of a second
    if "--when-told" in sys.argv[1:]:
        sys.stdin.read()
    try:
        settings = Settings()
        logs.configure(settings.log_format)
        code = asyncio.run(run(settings))
    except UnusableSetting as error:
        logs.configure("text")
        log.error(error.code, why=str(error))
        code = 2
    logs.exit_process(code)


if __name__ == "__main__":
    main()

"""The gateway program: ``python -m gateway``. Serves HTTP at the address in the settings until it is stopped.

With ``--when-told`` it loads its code at once and starts when its standard input ends. So it can load while its servers
start.

It logs to stderr, and logs ``ready`` once it listens. On SIGTERM or SIGINT it finishes the requests in progress; it
exits within ten seconds even if Postgres or Temporal does not answer.
Exit codes: 0 stopped, 1 could not start (the log says why), 2 unusable settings, 75 Postgres unreachable.
"""

import asyncio
import contextlib
import gc
import os
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

SHUTDOWN_TIMEOUT: Final = 5
"""Seconds that requests in progress have to finish."""

log = structlog.get_logger("gateway")


class GatewayServer(uvicorn.Server):
    """uvicorn's server, which on shutdown also ends the ``watch`` streams: their clients would never disconnect."""

    def __init__(self, app: FastAPI, settings: Settings) -> None:
        super().__init__(
            uvicorn.Config(
                app,
                host=settings.gateway_host,
                port=settings.gateway_port,
                log_config=None,
                access_log=False,
                server_header=False,
                timeout_graceful_shutdown=SHUTDOWN_TIMEOUT,
            )
        )
        self._app = app

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            log.info("ready", url=f"http://{self.config.host}:{self.config.port}")

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Handle SIGTERM and SIGINT. uvicorn's own method raises the signal again, before our resources are closed."""
        loop = asyncio.get_running_loop()
        for signum in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(signum, self.handle_exit, signum, None)
        yield

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        if not self.should_exit:
            logs.exit_after()
        super().handle_exit(sig, frame)
        gateway: GatewayState | None = getattr(self._app.state, "gateway", None)
        if gateway is not None:
            gateway.stopping.set()


async def run(settings: Settings) -> int:
    """Serve until stopped. Returns the exit code; errors are in the log."""
    # The state is ready before the port opens, so every accepted connection is served.
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
        return os.EX_TEMPFAIL  # 75: a later start may succeed


def main() -> NoReturn:
    """The program."""
    gc.freeze()  # loaded code stays: a full collection over it would pause all requests for 0.05 s
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

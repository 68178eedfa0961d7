"""A gateway on a port of its own, on a real ledger and a real Temporal, with or without a worker."""

import asyncio
import contextlib
import functools
import itertools
import socket
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from fastapi import FastAPI
from starlette.routing import BaseRoute
from temporalio.client import Client

from activities.converter import data_converter
from activities.handle import handler_for
from embedded import temporal
from gateway.__main__ import GatewayServer
from gateway.app import create_app
from gateway.state import gateway_state
from settings import Settings
from tests.integration.gateway.running import Running
from worker import build_worker, register_search_attributes

_numbers = itertools.count(1)


class QuietServer(GatewayServer):
    """A server that does not handle the signals of the test process, and can be waited for."""

    def __init__(self, app: FastAPI, settings: Settings) -> None:
        super().__init__(app, settings)
        self.listening = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.listening.set()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


@pytest.fixture
def settings(database: str, tmp_path: Path, temporal_server: temporal.Server) -> Settings:
    number = next(_numbers)
    return Settings(
        database_url=database,
        temporal_address=temporal_server.address,
        temporal_namespace="default",
        task_queue=f"gateway-{number}",
        keyring=tmp_path / "keyring",
        gateway_host="127.0.0.1",
        gateway_port=0,
        origin=f"test.example/{number}",
        mode="live",
        log_format="text",
    )


@functools.cache
def routes() -> list[BaseRoute]:
    """The routes of every gateway here: FastAPI works out each one at its first request, which takes half a second."""
    return create_app(contextlib.nullcontext()).router.routes  # type: ignore[arg-type]  # it never starts


@contextlib.asynccontextmanager
async def serving(settings: Settings) -> AsyncIterator[Running]:
    """A gateway that serves while the block runs."""
    async with gateway_state(settings) as state:
        app = create_app(contextlib.nullcontext(state))
        app.router.routes[:] = routes()
        server = QuietServer(app, settings)
        task = asyncio.create_task(server.serve())
        await server.listening.wait()
        host, port = server.servers[0].sockets[0].getsockname()[:2]
        try:
            async with Running(f"http://{host}:{port}", settings, state, f"water-{next(_numbers)}") as running:
                yield running
        finally:
            state.stopping.set()
            server.should_exit = True
            await task


@pytest.fixture
async def alone(settings: Settings) -> AsyncIterator[Running]:
    """A gateway with Temporal and without a worker: commands are accepted and wait."""
    async with serving(settings) as running:
        yield running


@pytest.fixture
async def cut_off(settings: Settings) -> AsyncIterator[Running]:
    """A gateway whose Temporal does not answer."""
    async with serving(replace(settings, temporal_address="127.0.0.1:9")) as running:
        yield running


@contextlib.asynccontextmanager
async def working(settings: Settings) -> AsyncIterator[None]:
    """A worker of its own while the block runs."""
    client = await Client.connect(settings.temporal_address, data_converter=data_converter())
    await register_search_attributes(client)
    async with handler_for(settings) as handle, build_worker(client, handle, settings.task_queue):
        yield


@pytest.fixture
async def gateway(alone: Running) -> AsyncIterator[Running]:
    """A gateway, its Temporal and a worker."""
    async with working(alone.settings):
        yield alone

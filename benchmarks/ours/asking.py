"""A gateway and a client that reads a plan, the list of plans and a page of a history; each plan drawn at random."""

import asyncio
import contextlib
import random
import socket
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager

import httpx2
from fastapi import FastAPI

from benchmarks.contender import Lost
from benchmarks.ours.engine import settings_of
from benchmarks.rounds import Message, Round, play
from gateway.__main__ import GatewayServer
from gateway.app import create_app
from gateway.state import gateway_state
from settings import Settings


class ManualServer(GatewayServer):
    """Leaves signals alone and says when it listens."""

    def __init__(self, app: FastAPI, settings: Settings) -> None:
        super().__init__(app, settings)
        self.listening = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.listening.set()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


@asynccontextmanager
async def program(setup: Message) -> AsyncIterator[Round]:
    settings = settings_of(setup)
    drawn = random.Random(20_26)
    async with gateway_state(settings) as gateway:
        server = ManualServer(create_app(contextlib.nullcontext(gateway)), settings)
        task = asyncio.create_task(server.serve())
        await server.listening.wait()
        port = server.servers[0].sockets[0].getsockname()[1]
        token = (settings.keyring / "admin.token").read_text().strip()
        async with httpx2.AsyncClient(
            base_url=f"http://127.0.0.1:{port}", headers={"Authorization": f"Bearer {token}"}, trust_env=False
        ) as client:

            async def one(request: Message) -> Message:
                seconds: dict[str, list[float]] = {"plan": [], "list": [], "history": []}
                for _ in range(request["count"]):
                    plan = f"filled-{drawn.randrange(setup['plans']):06}"
                    ways = {"plan": f"/v1/plans/{plan}", "list": "/v1/plans", "history": f"/v1/plans/{plan}/history"}
                    for name, path in ways.items():
                        began = time.perf_counter()
                        answer = await client.get(path)
                        seconds[name].append(time.perf_counter() - began)
                        if answer.status_code != 200 or not answer.content:
                            raise Lost(f"{path}: {answer.status_code} {answer.text[:200]}")
                return {"seconds": seconds}

            yield one
        gateway.stopping.set()
        server.should_exit = True
        await task


if __name__ == "__main__":
    play(program)

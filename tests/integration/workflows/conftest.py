"""A client, a fake ``handle`` and a worker for each test, on the session's Temporal server."""

import uuid
from collections.abc import AsyncIterator

import pytest
from temporalio.client import Client

from activities.converter import data_converter
from embedded.temporal import Server
from tests.integration.workflows.plans import Desk, Plan
from worker import build_worker


@pytest.fixture
async def client(temporal_server: Server) -> Client:
    return await Client.connect(temporal_server.address, data_converter=data_converter())


@pytest.fixture
def task_queue() -> str:
    return f"q{uuid.uuid4().hex[:8]}"


@pytest.fixture
def desk() -> Desk:
    return Desk()


@pytest.fixture
async def worker(client: Client, desk: Desk, task_queue: str) -> AsyncIterator[None]:
    async with build_worker(client, desk.handle, task_queue):
        yield


@pytest.fixture
def plan(client: Client, desk: Desk, task_queue: str) -> Plan:
    return Plan(client, task_queue, desk)

"""The real servers that tests run against: started once a session, on demand, and gone with it."""

import itertools
import re
from collections.abc import AsyncIterator, Iterator

import asyncpg
import pytest

from embedded import postgres, temporal

_numbers = itertools.count(1)


@pytest.fixture(scope="session")
def postgres_cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[postgres.Cluster]:
    """A PostgreSQL of the session's own; ``url(database)`` says where."""
    with postgres.running(tmp_path_factory.mktemp("postgres") / "data") as cluster:
        yield cluster


@pytest.fixture(scope="session")
def postgres_dsn(postgres_cluster: postgres.Cluster) -> str:
    """The URL of the session's PostgreSQL, as its superuser, in a database that all tests share."""
    return postgres_cluster.url()


@pytest.fixture
async def database(postgres_cluster: postgres.Cluster, request: pytest.FixtureRequest) -> AsyncIterator[str]:
    """The URL of an empty database of the test's own, dropped after it."""
    name = re.sub(r"\W+", "_", request.node.name)[:40].lower() + f"_{next(_numbers)}"
    connection = await asyncpg.connect(postgres_cluster.url())
    try:
        await connection.execute(f'CREATE DATABASE "{name}"')
        yield postgres_cluster.url(name)
        await connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')
    finally:
        await connection.close()


@pytest.fixture(scope="session")
def temporal_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[temporal.Server]:
    """A Temporal server of the session's own; ``address`` says where. Use a task queue and plan ids of your own."""
    with temporal.running(tmp_path_factory.mktemp("temporal")) as server:
        yield server


@pytest.fixture(scope="session")
def temporal_skipping_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[temporal.Server]:
    """A Temporal server on which workflows may skip time."""
    with temporal.running(tmp_path_factory.mktemp("temporal_skipping"), time_skipping=True) as server:
        yield server

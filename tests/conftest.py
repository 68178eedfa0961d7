"""The real servers that tests run against: started once a session, on demand, and gone with it."""

import itertools
import os
import re
import subprocess
import venv
from collections.abc import AsyncIterator, Iterator
from importlib.metadata import distribution
from pathlib import Path

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


@pytest.fixture
def bare_python(tmp_path: Path) -> Path:
    """A virtual environment in which there is ``cryptography``, what it needs itself, and nothing else."""
    where = tmp_path / "bare"
    venv.create(where, with_pip=False, symlinks=True)
    python = where / "bin" / "python"
    packages = Path(
        subprocess.check_output([python, "-c", "import site; print(site.getsitepackages()[0])"], text=True).strip()
    )
    for name in ("cryptography", "cffi", "pycparser"):
        for file in distribution(name).files or []:
            top = file.parts[0]
            if top != ".." and not (packages / top).exists():
                os.symlink(str(distribution(name).locate_file(top)), packages / top)
    return python

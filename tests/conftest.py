"""The real servers that tests run against, started on demand once per session and stopped at its end."""

import itertools
import os
import re
import signal
import subprocess
import venv
from collections.abc import AsyncIterator, Iterator
from importlib.metadata import distribution
from pathlib import Path

import asyncpg
import pytest

from embedded import postgres, temporal

_numbers = itertools.count(1)


def pytest_configure() -> None:
    """A non-interactive shell starts background jobs with SIGINT ignored, and every child would inherit that."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session")
def postgres_cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[postgres.Cluster]:
    """The session's PostgreSQL; ``url(database)`` is the URL of a database."""
    with postgres.running(tmp_path_factory.mktemp("postgres") / "data") as cluster:
        yield cluster


@pytest.fixture(scope="session")
def postgres_dsn(postgres_cluster: postgres.Cluster) -> str:
    """The URL of a database that all tests of the session share, as superuser."""
    return postgres_cluster.url()


@pytest.fixture
async def database(postgres_cluster: postgres.Cluster, request: pytest.FixtureRequest) -> AsyncIterator[str]:
    """The URL of an empty database for one test, dropped after it."""
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
    """The session's Temporal server, at ``address``. Tests use their own task queues and plan ids."""
    with temporal.running(tmp_path_factory.mktemp("temporal")) as server:
        yield server


@pytest.fixture(scope="session")
def temporal_skipping_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[temporal.Server]:
    """A Temporal server on which workflows may skip time."""
    with temporal.running(tmp_path_factory.mktemp("temporal_skipping"), time_skipping=True) as server:
        yield server


@pytest.fixture
def bare_python(tmp_path: Path) -> Path:
    """A virtual environment with ``cryptography`` and its dependencies, and nothing else."""
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

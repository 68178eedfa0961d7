"""The real servers that tests run against, started on demand once per session and stopped at its end.

In `make test` each worker of pytest-xdist has its own servers.
"""

import itertools
import os
import re
import signal
import subprocess
import venv
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from importlib.metadata import distribution
from pathlib import Path
from typing import Any, Final

import asyncpg
import pytest
import pytest_asyncio
from hypothesis import settings
from xdist.scheduler import LoadScopeScheduling

from embedded import postgres, temporal
from ledger.migrate import migrate

_numbers = itertools.count(1)

TEMPLATE: Final = "migrated"

WHOLE_STACKS: Final = ("tests/e2e/cli/", "tests/integration/embedded/")
"""Folders whose tests start whole stacks. One worker runs them all: two stacks that start at the same moment would both
choose the usual ports, and the second would fail to listen."""


class ByFile(LoadScopeScheduling):  # type: ignore[misc]  # it comes without types
    """Gives each file to one worker, because its tests share module fixtures."""

    def _split_scope(self, nodeid: str) -> str:
        return "stacks" if nodeid.startswith(WHOLE_STACKS) else nodeid.partition("::")[0]


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> ByFile:
    """Keeps the order of the folders, so that long tests start first and short ones fill the end."""
    config.option.loadscopereorder = False
    return ByFile(config, log)


# Speed is measured in benchmarks/: a busy machine makes no property wrong.
settings.register_profile("rumbo", deadline=None)
settings.load_profile("rumbo")


def pytest_configure() -> None:
    """A non-interactive shell starts background jobs with SIGINT ignored, and every child would inherit that."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session")
def postgres_cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[postgres.Cluster]:
    """The session's PostgreSQL; ``url(database)`` is the URL of a database.

    It does not sync to disk, so it survives a kill but not a power cut. Tests of durability start their own clusters.
    """
    with postgres.running(tmp_path_factory.mktemp("postgres") / "data", durable=False) as cluster:
        yield cluster


@pytest.fixture(scope="session")
def postgres_dsn(postgres_cluster: postgres.Cluster) -> str:
    """The URL of a database that all tests of the session share, as superuser."""
    return postgres_cluster.url()


@pytest.fixture
async def empty_database(postgres_cluster: postgres.Cluster, request: pytest.FixtureRequest) -> AsyncIterator[str]:
    """The URL of an empty database for one test, dropped after it."""
    async with _database(postgres_cluster, request) as url:
        yield url


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def _template(postgres_cluster: postgres.Cluster) -> str:
    """The name of a database with an empty ledger. Copying it takes a tenth of the time of the migrations."""
    connection = await asyncpg.connect(postgres_cluster.url())
    await connection.execute(f"CREATE DATABASE {TEMPLATE}")
    await connection.close()
    await migrate(postgres_cluster.url(TEMPLATE))
    return TEMPLATE


@pytest.fixture
async def database(
    postgres_cluster: postgres.Cluster, _template: str, request: pytest.FixtureRequest
) -> AsyncIterator[str]:
    """The URL of a database with an empty ledger for one test, dropped after it."""
    async with _database(postgres_cluster, request, _template) as url:
        yield url


@asynccontextmanager
async def _database(
    cluster: postgres.Cluster, request: pytest.FixtureRequest, template: str | None = None
) -> AsyncIterator[str]:
    name = re.sub(r"\W+", "_", request.node.name)[:40].lower() + f"_{next(_numbers)}"
    connection = await asyncpg.connect(cluster.url())
    try:
        await connection.execute(f'CREATE DATABASE "{name}" TEMPLATE {template or "template1"}')
        # A copy lacks the settings that ALTER DATABASE made for its template.
        settings = await connection.fetchval(
            "SELECT setconfig FROM pg_db_role_setting WHERE setrole = 0 AND setdatabase = "
            "(SELECT oid FROM pg_database WHERE datname = $1)",
            template,
        )
        for setting in settings or ():
            option, _, value = setting.partition("=")
            await connection.execute(f"ALTER DATABASE \"{name}\" SET {option} = '{value}'")
        yield cluster.url(name)
        await connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')
    finally:
        await connection.close()


@pytest.fixture(scope="session")
def temporal_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[temporal.Server]:
    """The session's Temporal server, at ``address``. Tests use their own task queues and plan ids."""
    with temporal.running(tmp_path_factory.mktemp("temporal"), in_memory=True) as server:
        yield server


@pytest.fixture(scope="session")
def temporal_skipping_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[temporal.Server]:
    """A Temporal server on which workflows may skip time."""
    folder = tmp_path_factory.mktemp("temporal_skipping")
    with temporal.running(folder, time_skipping=True, in_memory=True) as server:
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

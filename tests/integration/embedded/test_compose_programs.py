"""The programs of the compose file, run with its environment on real servers, without containers."""

import os
import re
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from embedded import ports, temporal

SERVICES: dict[str, Any] = yaml.safe_load((Path(__file__).parents[3] / "docker-compose.yml").read_text())["services"]


@pytest.fixture
def environment(empty_database: str, temporal_server: temporal.Server, tmp_path: Path) -> dict[str, str]:
    """The gateway's environment, with the containers' names replaced by local addresses."""
    [port] = ports.choose([0])
    here = {
        "RUMBO_DATABASE_URL": empty_database,
        "RUMBO_TEMPORAL_ADDRESS": temporal_server.address,
        "RUMBO_TEMPORAL_NAMESPACE": temporal.NAMESPACE,
        "RUMBO_KEYRING": str(tmp_path / "keyring"),
        "RUMBO_GATEWAY_HOST": ports.LOOPBACK,
        "RUMBO_GATEWAY_PORT": str(port),
        "RUMBO_ORIGIN": "plans.example.org/ledger",
        "PGPASSWORD": "unused",
    }
    said = {name: defaulted(value) for name, value in SERVICES["gateway"]["environment"].items()}
    assert here.keys() <= said.keys()
    return os.environ | said | here


def defaulted(value: str) -> str:
    """The default of Compose's `${NAME:-default}`."""
    return re.sub(r"\$\{\w+:-(.*?)\}", r"\1", value)


def command(service: str) -> list[str]:
    return [sys.executable, *SERVICES[service]["command"][1:]]


@pytest.fixture
def migrated(environment: dict[str, str]) -> dict[str, str]:
    subprocess.run(command("migrate"), env=environment, check=True)
    return environment


@pytest.fixture
def worker(migrated: dict[str, str], tmp_path: Path) -> Iterator[Path]:
    """Runs the worker; its log."""
    log = tmp_path / "worker.log"
    with log.open("wb") as file, subprocess.Popen(command("worker"), env=migrated, stderr=file) as process:
        yield log
        process.terminate()


@pytest.fixture
def gateway(migrated: dict[str, str]) -> Iterator[str]:
    """Runs the gateway; its URL."""
    with subprocess.Popen(command("gateway"), env=migrated, stderr=subprocess.DEVNULL) as process:
        yield f"http://{ports.LOOPBACK}:{migrated['RUMBO_GATEWAY_PORT']}"
        process.terminate()


def test_migrations_may_run_twice(migrated: dict[str, str]) -> None:
    subprocess.run(command("migrate"), env=migrated, check=True)


def test_the_worker_becomes_ready(worker: Path) -> None:
    deadline = time.monotonic() + 30
    while '"event": "ready"' not in worker.read_text():
        assert time.monotonic() < deadline, worker.read_text()
        time.sleep(0.05)


def test_the_gateway_becomes_healthy(gateway: str) -> None:
    deadline = time.monotonic() + 30
    while not answers(f"{gateway}/healthz"):
        assert time.monotonic() < deadline
        time.sleep(0.05)


def answers(url: str) -> bool:
    try:
        return bool(urllib.request.urlopen(url).status == 200)
    except OSError:
        return False

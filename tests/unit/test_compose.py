"""The compose file, as far as it can be held to its word without containers."""

import importlib.util
import re
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest
import yaml

from settings import PREFIX, Settings

ROOT = Path(__file__).parents[2]
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
OURS = {"migrate": "ledger.migrate", "worker": "worker", "gateway": "gateway"}
ONE_SHOTS = {"migrate", "temporal-schema", "temporal-namespace"}


def scalars(part: Any) -> Iterator[tuple[str, str]]:
    """Every key and value below, however deep."""
    for key, value in part.items() if isinstance(part, dict) else ():
        if isinstance(value, dict | list):
            yield from scalars(value)
        else:
            yield str(key), str(value)


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_waits_for_what_exists_and_can_be_waited_for(name: str) -> None:
    for other, wait in SERVICES[name].get("depends_on", {}).items():
        assert other in SERVICES
        match wait["condition"]:
            case "service_healthy":
                assert "healthcheck" in SERVICES[other]
            case "service_completed_successfully":
                assert other in ONE_SHOTS
            case condition:
                pytest.fail(f"{name} waits for {other} to be {condition}, which proves nothing")


def test_nobody_waits_in_a_circle() -> None:
    done: set[str] = set()
    while len(done) < len(SERVICES):
        able = {name for name, one in SERVICES.items() if set(one.get("depends_on", {})) <= done} - done
        assert able, f"these wait for each other: {set(SERVICES) - done}"
        done |= able


def test_everything_starts_after_the_migrations_and_the_namespace() -> None:
    for name in ("worker", "gateway"):
        waits = SERVICES[name]["depends_on"]
        assert waits["migrate"]["condition"] == "service_completed_successfully"
        assert waits["temporal-namespace"]["condition"] == "service_completed_successfully"


@pytest.mark.parametrize("name", OURS)
def test_our_services_run_programs_that_exist(name: str) -> None:
    python, flag, module = SERVICES[name]["command"]

    assert (python, flag, module) == ("python", "-m", OURS[name])
    spec = importlib.util.find_spec(module)
    assert spec is not None
    if spec.submodule_search_locations:
        assert importlib.util.find_spec(f"{module}.__main__")


@pytest.mark.parametrize("name", OURS)
def test_our_services_are_told_only_what_the_settings_know(name: str) -> None:
    known = {PREFIX + one.name.upper() for one in fields(Settings)}
    told = {variable for variable in SERVICES[name]["environment"] if variable.startswith(PREFIX)}

    assert told <= known
    gateway = {f"{PREFIX}GATEWAY_HOST", f"{PREFIX}GATEWAY_PORT"}
    assert known - told == (set() if name == "gateway" else gateway)


def test_what_we_run_agrees_on_everything() -> None:
    assert SERVICES["migrate"]["environment"] == SERVICES["worker"]["environment"]
    assert SERVICES["worker"]["environment"].items() <= SERVICES["gateway"]["environment"].items()
    for name in OURS:
        assert SERVICES[name]["volumes"] == ["keyring:/var/lib/rumbo/keyring"]


@pytest.mark.parametrize("name", SERVICES)
def test_every_image_has_an_exact_version(name: str) -> None:
    assert re.fullmatch(r"[a-z/-]+:\d+\.\d+(\.\d+)?", SERVICES[name]["image"])


def test_the_images_of_one_system_have_one_version() -> None:
    assert SERVICES["temporal"]["image"].split(":")[1] == SERVICES["temporal-schema"]["image"].split(":")[1]
    assert SERVICES["temporal-namespace"]["image"] == SERVICES["temporal-schema"]["image"]
    stages = re.findall(r"^FROM (\S+)", (ROOT / "Dockerfile").read_text(), re.MULTILINE)
    assert len(set(stages)) == 1
    assert re.fullmatch(r"python:3\.\d+\.\d+-slim-\w+", stages[0])


def test_no_secret_stands_in_the_file_and_a_missing_one_stops_the_start() -> None:
    secrets = [value for key, value in scalars(COMPOSE) if re.search("PASSWORD|PWD|SECRET|TOKEN", key)]

    assert len(secrets) >= 5
    for value in secrets:
        assert re.fullmatch(r"\$\{[A-Z_]+:\?[^}]+\}", value), value
    assert not [value for _key, value in scalars(COMPOSE) if re.search(r"://[^/@]+:[^/@]+@", value)]


def test_only_loopback_is_published() -> None:
    published = [port for one in SERVICES.values() for port in one.get("ports", [])]

    assert published
    assert all(port.startswith("127.0.0.1:") for port in published)


def test_every_volume_is_declared_and_postgres_keeps_its_data_in_one() -> None:
    for one in SERVICES.values():
        for volume in one.get("volumes", []):
            assert volume.split(":")[0] in COMPOSE["volumes"]
    for name in ("ledger", "temporal-db"):
        assert [volume.split(":")[1] for volume in SERVICES[name]["volumes"]] == ["/var/lib/postgresql"]


def test_the_ledger_and_temporal_never_share_a_database() -> None:
    assert "@ledger:5432/rumbo" in SERVICES["gateway"]["environment"]["RUMBO_DATABASE_URL"]
    assert SERVICES["temporal"]["environment"]["POSTGRES_SEEDS"] == "temporal-db"


def test_the_image_is_built_from_what_is_named_and_nothing_else() -> None:
    lines = (ROOT / ".dockerignore").read_text().splitlines()

    assert "*" in lines
    sent = {line[1:] for line in lines if line.startswith("!")}
    assert not sent & {".git", ".venv", ".rumbo", "tests", "keyring"}
    assert {name for name in sent if not (ROOT / name).exists()} == set()

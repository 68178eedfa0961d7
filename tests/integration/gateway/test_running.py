"""Running a gateway: tokens, doctor, read model, OpenAPI, start and stop."""

import asyncio
import os
import socket
import stat
import sys
from dataclasses import replace
from datetime import timedelta

import httpx2
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from domain import PLAN
from gateway.state import gateway_state
from ledger.appender import appending
from ledger.clock import database_time
from ledger.gateway_keys import introduce_gateway_key, trusted_gateway_keys
from ledger.keyring import public_bytes
from settings import Settings
from tests.integration.gateway.conftest import working
from tests.integration.gateway.running import PLAN_FILE, YAML, Running, report


async def test_the_first_start_writes_a_token_that_only_its_owner_may_read(alone: Running) -> None:
    file = alone.settings.keyring / "admin.token"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert file.stat().st_uid == os.getuid()
    stored = await alone.state.pool.fetch("SELECT hash, actor FROM ledger.tokens")
    assert file.read_text().strip().encode() not in b"".join(row["hash"] for row in stored)


async def test_a_second_start_makes_no_second_token_and_trusts_the_same_key(settings: Settings) -> None:
    async with gateway_state(settings) as first:
        token, key = (settings.keyring / "admin.token").read_text(), first.gateway_key
    async with gateway_state(settings) as second:
        assert ((settings.keyring / "admin.token").read_text(), second.gateway_key) == (token, key)
        assert await second.pool.fetchval("SELECT count(*) FROM ledger.tokens") == 1


async def test_the_name_behind_a_token_is_stored_sealed_and_shown_to_administrators(alone: Running) -> None:
    asked = {"name": "Xóchitl Quetzalli", "roles": ["partner"], "bodies": ["works"]}
    made = (await alone.admin.post("/v1/admin/tokens", json=asked)).json()
    [listed] = [one for one in (await alone.admin.get("/v1/admin/tokens")).json()["tokens"] if one["id"] == made["id"]]
    assert (listed["name"], listed["roles"], listed["bodies"]) == ("Xóchitl Quetzalli", ["partner"], ["works"])
    assert "token" not in listed
    row = await alone.state.pool.fetchrow("SELECT name, key_id FROM ledger.people WHERE actor = $1", made["actor"])
    assert row is not None
    assert b"Quetzalli" not in row["name"]
    alone.state.keyring.destroy(row["key_id"])
    [erased] = [one for one in (await alone.admin.get("/v1/admin/tokens")).json()["tokens"] if one["id"] == made["id"]]
    assert erased["name"] is None


@pytest.mark.parametrize(
    "asked", [{"name": "x", "roles": ["king"]}, {"name": "x", "roles": []}, {"roles": ["admin"]}, []]
)
async def test_an_invalid_token_request_is_refused(alone: Running, asked: object) -> None:
    answer = await alone.admin.post("/v1/admin/tokens", json=asked)
    assert (answer.status_code, answer.json()["code"]) == (400, "malformed")


async def test_only_administrators_administer(alone: Running) -> None:
    operator = await alone.client("operator", "auditor", "reviewer", "partner")
    for method, path in (
        ("GET", "tokens"),
        ("POST", "tokens"),
        ("DELETE", "tokens/x"),
        ("POST", "rebuild"),
        ("GET", "gateway-keys"),
        ("DELETE", "gateway-keys/x"),
        ("GET", "doctor"),
    ):
        answer = await operator.request(method, f"/v1/admin/{path}")
        assert (answer.status_code, answer.json()["code"]) == (403, "role_needed"), path


async def test_an_administrator_retires_a_gateway_key_but_not_the_one_in_use(alone: Running) -> None:
    pool, old = alone.state.pool, public_bytes(Ed25519PrivateKey.generate())
    async with appending(pool) as appender:
        old_id = await introduce_gateway_key(pool, appender, old, await database_time(pool))
    listed = (await alone.admin.get("/v1/admin/gateway-keys")).json()["keys"]
    assert [(one["id"], one["retired_at"]) for one in listed] == [(alone.state.gateway_key, None), (old_id, None)]
    assert listed[1]["public_key"] == old.hex()
    retired = await alone.admin.delete(f"/v1/admin/gateway-keys/{old_id}")
    assert retired.status_code == 200, retired.text
    key = (await trusted_gateway_keys(pool))[old_id]
    assert key.until is not None
    assert key.trusted_at(key.until - timedelta(microseconds=1))
    assert not key.trusted_at(key.until)
    assert (await alone.admin.delete(f"/v1/admin/gateway-keys/{old_id}")).json() == retired.json()
    unknown = await alone.admin.delete("/v1/admin/gateway-keys/0123456789abcdef")
    assert (unknown.status_code, unknown.json()["code"]) == (404, "no_such_gateway_key")
    in_use = await alone.admin.delete(f"/v1/admin/gateway-keys/{alone.state.gateway_key}")
    assert (in_use.status_code, in_use.json()["code"]) == (409, "gateway_key_in_use")
    assert "gateway.pem" in in_use.json()["hint"]


async def test_the_doctor_finds_that_no_worker_runs(alone: Running) -> None:
    checks = {one["name"]: one for one in (await alone.admin.get("/v1/admin/doctor")).json()["checks"]}
    assert {name for name, one in checks.items() if not one["ok"]} == {"worker"}
    assert checks["worker"]["hint"]


async def test_all_checks_of_the_doctor_pass_on_a_healthy_installation(gateway: Running) -> None:
    await gateway.start()
    checks = (await gateway.admin.get("/v1/admin/doctor")).json()["checks"]
    assert [one for one in checks if not one["ok"]] == []


async def test_the_read_model_is_rebuilt_from_the_ledger(gateway: Running) -> None:
    await gateway.start()
    before = (await gateway.admin.get("/v1/plans")).json()
    rebuilt = await gateway.admin.post("/v1/admin/rebuild")
    assert rebuilt.json() == {"plans": 1}
    assert (await gateway.admin.get("/v1/plans")).json() == before


async def test_the_read_model_does_not_list_the_system_stream_as_a_plan(alone: Running) -> None:
    assert (await alone.admin.get("/v1/plans")).json() == {"plans": [], "next": None}


async def test_plans_are_listed_page_by_page_and_by_status(gateway: Running) -> None:
    first = gateway.plan
    for suffix in ("-a", "-b", "-c"):
        gateway.plan = first + suffix
        await gateway.start()
    close = {"command": "close_plan", "id": "close", "reason": "Done"}
    closed = await gateway.admin.post(f"/v1/plans/{first}-b/commands", json=close)
    assert closed.json()["outcome"] == "recorded"
    page = (await gateway.admin.get("/v1/plans", params={"limit": 1, "status": "open"})).json()
    assert ([one["id"] for one in page["plans"]], page["next"]) == ([f"{first}-a"], f"{first}-a")
    page = (await gateway.admin.get("/v1/plans", params={"limit": 1, "status": "open", "after": page["next"]})).json()
    assert ([one["id"] for one in page["plans"]], page["next"]) == ([f"{first}-c"], None)
    late = await (await gateway.client("partner", bodies=("works",))).post(
        f"/v1/plans/{first}-b/commands", json=report("r1")
    )
    assert late.json()["outcome"] == "recorded"


async def test_health_needs_no_token(alone: Running) -> None:
    anybody = await alone.with_token(None)
    assert (await anybody.get("/healthz")).json() == {"status": "ok"}


async def test_every_route_is_described_in_openapi(alone: Running) -> None:
    described = (await (await alone.with_token(None)).get("/openapi.json")).json()
    operations = {
        (path, method): operation for path, item in described["paths"].items() for method, operation in item.items()
    }
    ids = [operation["operationId"] for operation in operations.values()]
    assert len(ids) == len(set(ids))
    assert set(ids) >= {
        "start_plan", "check_plan_file", "list_plans", "read_plan", "send_command", "read_outcome", "read_history",
        "diff_history", "watch_plan", "list_corrections", "read_correction", "list_lessons", "read_plan_file_schema",
        "read_commands_schema", "read_command_schema", "make_token", "list_tokens", "revoke_token", "rebuild", "doctor",
        "healthz",
    }  # fmt: skip
    for (path, _), operation in operations.items():
        assert operation["summary"], path
        if path.startswith("/v1"):
            assert operation["security"] == [{"token": []}], path
    schemas = described["components"]["schemas"]
    assert _refs(described) <= {f"#/components/schemas/{name}" for name in schemas}
    body = operations["/v1/plans/{plan}/commands", "post"]["requestBody"]["content"]["application/json"]
    assert PLAN.parse(body["example"]).id


async def test_no_page_loads_resources_from_another_host(alone: Running) -> None:
    for path in ("/docs", "/redoc"):
        assert (await alone.admin.get(path)).status_code == 404


def _refs(value: object) -> set[str]:
    match value:
        case dict():
            own = {value["$ref"]} if isinstance(value.get("$ref"), str) else set()
            return own.union(*map(_refs, value.values()))
        case list():
            return set().union(*map(_refs, value))
        case _:
            return set()


async def test_the_program_logs_ready_and_stops_in_order_on_sigterm(settings: Settings) -> None:
    """Also while a client has a ``watch`` stream open."""
    settings = replace(settings, gateway_port=free_port())
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "gateway", env=settings.environment(), stderr=asyncio.subprocess.PIPE
    )
    assert process.stderr is not None
    try:
        while b"ready" not in await asyncio.wait_for(process.stderr.readline(), 60):
            pass
        token = (settings.keyring / "admin.token").read_text().strip()
        headers = {"Authorization": f"Bearer {token}"}
        url = f"http://127.0.0.1:{settings.gateway_port}"
        async with httpx2.AsyncClient(base_url=url, headers=headers, trust_env=False) as client, working(settings):
            body = PLAN_FILE.format(plan="leaving")
            started = await client.post("/v1/plans", content=body, headers=YAML | {"Prefer": "wait=20"}, timeout=30)
            assert started.status_code == 201
            async with client.stream("GET", "/v1/plans/leaving/watch") as watched:
                process.terminate()
                assert [line async for line in watched.aiter_lines()] == []
        assert await asyncio.wait_for(process.wait(), 20) == 0
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def test_a_gateway_without_its_ledger_exits_with_75(settings: Settings) -> None:
    away = replace(settings, gateway_port=free_port(), database_url="postgresql://rumbo@127.0.0.1:9/rumbo")
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "gateway", env=away.environment(), stderr=asyncio.subprocess.PIPE
    )
    _, said = await asyncio.wait_for(process.communicate(), 60)
    assert process.returncode == 75
    assert b"RUMBO_DATABASE_URL" in said
    assert b"Traceback" not in said


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port: int = one.getsockname()[1]
        return port

"""Erasing a person's name: the actor id can no longer be linked to a name, and nothing else changes."""

from pathlib import Path
from typing import Any

import httpx2
import pytest

from ledger import system_stream
from ledger.system_stream import NameErased
from tests.integration.gateway.running import Running, report

NAME = "Ana Bautista Robles"
WHY = {"reason": "Left the office and asked for it", "authority": "Request 31/2027"}


async def _hired(gateway: Running) -> tuple[str, httpx2.AsyncClient]:
    """Make a token for a person; returns the actor id and a client."""
    asked = {"name": NAME, "roles": ["partner"], "bodies": ["works"]}
    made = (await gateway.admin.post("/v1/admin/tokens", json=asked)).json()
    return made["actor"], await gateway.with_token(made["token"])


async def _erase(gateway: Running, actor: str, **said: Any) -> httpx2.Response:
    return await gateway.admin.post(f"/v1/admin/people/{actor}/erasure", json=WHY | said)


async def _told(gateway: Running) -> list[NameErased]:
    return [
        entry.event async for entry in system_stream.entries(gateway.state.pool) if isinstance(entry.event, NameErased)
    ]


def _keys(gateway: Running) -> set[str]:
    return {file.name for file in Path(gateway.settings.keyring / "sealed").iterdir()}


async def test_erasing_a_name_destroys_its_key_and_revokes_its_tokens_but_keeps_the_entries(gateway: Running) -> None:
    await gateway.start()
    actor, ana = await _hired(gateway)
    assert (await ana.post(gateway.commands, json=report("r1"))).json()["outcome"] == "recorded"
    before = await gateway.entries()
    key = await gateway.state.pool.fetchval("SELECT key_id FROM ledger.people WHERE actor = $1", actor)
    assert key in _keys(gateway)

    answer = await _erase(gateway, actor)
    assert (answer.status_code, answer.json()) == (200, {"actor": actor, "tokens_revoked": 1})
    assert key not in _keys(gateway)
    assert await gateway.state.pool.fetchval("SELECT count(*) FROM ledger.people WHERE actor = $1", actor) == 0
    (listed,) = [one for one in (await gateway.admin.get("/v1/admin/tokens")).json()["tokens"] if one["actor"] == actor]
    assert listed["name"] is None
    assert listed["revoked_at"] is not None
    assert (await ana.get("/v1/plans")).status_code == 401
    assert await gateway.entries() == before
    assert before[-1]["actor"] == actor


async def test_the_ledger_records_reason_and_authority_but_not_the_actor(gateway: Running) -> None:
    actor, _ = await _hired(gateway)
    await _erase(gateway, actor)
    (told,) = await _told(gateway)
    assert (told.authority, told.reason) == (WHY["authority"], WHY["reason"])
    assert actor not in told.model_dump_json()


async def test_erasing_a_name_twice_makes_one_entry(gateway: Running) -> None:
    actor, _ = await _hired(gateway)
    await _erase(gateway, actor)
    again = await _erase(gateway, actor)
    assert (again.status_code, again.json()["code"]) == (404, "no_such_person")
    assert len(await _told(gateway)) == 1


async def test_administrators_cannot_erase_their_own_name(gateway: Running) -> None:
    (admin,) = (await gateway.admin.get("/v1/admin/tokens")).json()["tokens"]
    answer = await _erase(gateway, admin["actor"])
    assert (answer.status_code, answer.json()["code"]) == (409, "own_name")
    assert (await gateway.admin.get("/v1/admin/tokens")).json()["tokens"][0]["name"] == "admin"


@pytest.mark.parametrize("role", ["operator", "auditor", "partner", "reviewer"])
async def test_only_an_administrator_erases_a_name(gateway: Running, role: str) -> None:
    actor, _ = await _hired(gateway)
    client = await gateway.client(role, bodies=("works",))
    answer = await client.post(f"/v1/admin/people/{actor}/erasure", json=WHY)
    assert (answer.status_code, answer.json()["code"]) == (403, "role_needed")


async def test_no_name_is_erased_without_a_reason_and_an_authority(gateway: Running) -> None:
    actor, _ = await _hired(gateway)
    answer = await gateway.admin.post(f"/v1/admin/people/{actor}/erasure", json={})
    assert answer.status_code == 400
    assert {fault["path"] for fault in answer.json()["faults"]} == {"reason", "authority"}
    assert await _told(gateway) == []

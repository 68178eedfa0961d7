"""Sealed texts are unsealed only for readers who may see them, only on reading, and until they are erased."""

import hashlib
import json
from typing import Any

import httpx2
import pytest

from ledger.canonical import canonical
from ledger.keyring import Keyring
from ledger.sealed import SALT
from tests.integration.gateway.running import Running, report

SECRET = "The-quarry-pays-the-mayors-brother"
WHY = {"reason": "It named a person", "authority": {"document": "Ruling", "number": "12"}}
CHANGE = {"item": "1.1", "field": "due", "from": "2040-06-30", "to": "2040-12-31"}
RESTRICTED: list[dict[str, Any]] = [
    {"command": "observe_power", "id": "p1", "stakeholder": "quarry", "authority": "low", "text": SECRET},
    report("r1", text=SECRET, visibility="restricted", source=f"Minutes-of-{SECRET}"),
    {
        "command": "propose_correction",
        "id": "later",
        "trigger": "roadblock",
        "rests_on": ["p1"],
        "rationale": SECRET,
        "changes": [CHANGE],
        "visibility": "restricted",
    },
    {
        "command": "record_lesson",
        "id": "l1",
        "lesson": {"id": "slow", "text": {"es": SECRET, "en": SECRET}},
        "visibility": "restricted",
    },
]
PATHS = (
    "",
    "?at_version=6",
    "/history",
    "/history/replay",
    "/history/diff?from=1&to=6",
    "/history/trace/p1",
    "/corrections",
    "/lessons",
    "/pending",
)
UNSAID = {"/history/diff?from=1&to=6", "/pending"}
"""Paths without restricted texts: no change took effect, and pending pages are sent to bodies."""
READERS = [("auditor", True), ("operator", True), ("admin", True), ("partner", False), ("reviewer", False)]


async def _told(gateway: Running) -> None:
    """Start a plan with restricted entries of several kinds: versions 3 to 6."""
    await gateway.start()
    works = await gateway.client("partner", bodies=("works",))
    for said in RESTRICTED:
        answer = (await works.post(gateway.commands, json=said)).json()
        assert answer["outcome"] == "recorded", answer


async def _read(gateway: Running, reader: httpx2.AsyncClient) -> dict[str, str]:
    """The answers that a reader gets, by path."""
    base = f"/v1/plans/{gateway.plan}"
    told = {path: (await reader.get(base + path)).text for path in PATHS}
    async with reader.stream("GET", base + "/watch?after=2") as watched:
        lines = watched.aiter_lines()
        told["/watch"] = "".join([await anext(lines) for _ in RESTRICTED])
    return told


@pytest.mark.parametrize(("role", "may"), READERS)
async def test_only_readers_of_restricted_data_get_the_unsealed_texts(gateway: Running, role: str, may: bool) -> None:
    await _told(gateway)
    told = await _read(gateway, await gateway.client(role, bodies=("watch",)))
    reading = {path for path, text in told.items() if SECRET in text}
    assert reading == (told.keys() - UNSAID if may else set())


async def test_an_unsealed_value_is_beside_its_digest_and_matches_it(gateway: Running) -> None:
    await _told(gateway)
    power, told = (await gateway.entries())[2:4]
    assert (power["data"]["authority"]["opened"], power["data"]["text"]["opened"]) == ("low", SECRET)
    assert told["source"]["document"]["opened"] == f"Minutes-of-{SECRET}"
    keyring, pool = Keyring(gateway.settings.keyring), gateway.state.pool
    (row,) = await pool.fetch("SELECT * FROM ledger.sealed WHERE command = 'p1' AND path = '/text'")
    plain = keyring.decrypt(row["ciphertext"], plan=gateway.plan, command="p1", path="/text", key_id=row["key_id"])
    digest = hashlib.sha256(plain[:SALT] + canonical(SECRET)).hexdigest()
    assert power["data"]["text"] == {"sealed": digest, "opened": SECRET}


async def test_a_value_that_does_not_match_its_digest_is_not_shown(gateway: Running) -> None:
    await _told(gateway)
    keyring, pool = Keyring(gateway.settings.keyring), gateway.state.pool
    (row,) = await pool.fetch("SELECT * FROM ledger.sealed WHERE command = 'p1' AND path = '/text'")
    forged = keyring.encrypt(
        bytes(SALT) + canonical("Nobody pays"), plan=gateway.plan, command="p1", path="/text", key_id=row["key_id"]
    )
    async with pool.acquire() as connection:
        await connection.execute("SET ROLE rumbo_owner")
        await connection.execute(
            "UPDATE ledger.sealed SET ciphertext = $1 WHERE command = 'p1' AND path = '/text'", forged
        )
        await connection.execute("RESET ROLE")
    text = (await gateway.entries())[2]["data"]["text"]
    assert set(text) == {"sealed"}


async def test_an_erased_text_is_marked_as_erased_and_other_texts_are_still_unsealed(gateway: Running) -> None:
    await _told(gateway)
    said = {"command": "redact", "id": "x1", "entry": 3, **WHY}
    assert (await gateway.admin.post(gateway.commands, json=said)).json()["outcome"] == "recorded"
    entries = await gateway.entries()
    assert entries[2]["data"]["text"].keys() == {"sealed", "erased"}
    assert entries[2]["data"]["authority"]["erased"] is True
    assert entries[3]["data"]["text"]["opened"] == SECRET
    view = (await gateway.admin.get(f"/v1/plans/{gateway.plan}")).json()
    assert view["power"][0]["text"]["erased"] is True
    assert view["commitments"][0]["milestones"][0]["text"]["opened"] == SECRET


async def test_no_export_contains_unsealed_texts_whatever_its_reach(gateway: Running) -> None:
    await _told(gateway)
    for write_as in ("csv", "cloudevents", "html", "ocel", "prov", "ocds", "bundle"):
        answer = await gateway.admin.get(
            f"/v1/plans/{gateway.plan}/export", params={"format": write_as, "reach": "restricted"}
        )
        assert answer.status_code in (200, 404), answer.text  # no worker signs checkpoints here, so there is no bundle
        assert SECRET not in answer.text


async def test_reading_leaves_no_text_in_the_programs_log(gateway: Running, capfd: pytest.CaptureFixture[str]) -> None:
    await _told(gateway)
    told = json.dumps(await _read(gateway, gateway.admin))
    assert SECRET in told
    assert SECRET not in "".join(capfd.readouterr())

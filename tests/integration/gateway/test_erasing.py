"""Erasing a power observation: without its key it cannot be restored, and nothing else changes."""

import shutil
from pathlib import Path
from typing import Any

import httpx2
import pytest

from audit.soundness import unsound
from ledger import journal
from ledger.erasing import erase
from ledger.keyring import Keyring, UnusableKey
from ledger.sealed import SALT, seal
from tests.integration.gateway.conftest import working
from tests.integration.gateway.running import Running

SECRET = "The-quarry-pays-the-mayors-brother"
SEEN = {"stakeholder": "quarry", "authority": "low", "text": SECRET}
OBSERVED = {"command": "observe_power", "id": "p1", "source": f"Minutes-of-{SECRET}", **SEEN}
WHY = {"reason": "It named a person", "authority": {"document": "Ruling", "number": "12"}}
LEVELS = ("high", "medium", "low", "none", "unknown")

Rows = dict[str, list[dict[str, Any]]]


async def _observed(gateway: Running, works: httpx2.AsyncClient | None = None) -> int:
    """Start a plan with one power observation; returns the version of its entry."""
    await gateway.start()
    works = works or await gateway.client("partner", bodies=("works",))
    answer = (await works.post(gateway.commands, json=OBSERVED)).json()
    assert answer["outcome"] == "recorded", answer
    (version,) = answer["versions"]
    return int(version)


async def _redact(gateway: Running, entry: int, id_: str = "x1", **headers: str) -> dict[str, Any]:
    said = {"command": "redact", "id": id_, "entry": entry, **WHY}
    answer: dict[str, Any] = (await gateway.admin.post(gateway.commands, json=said, headers=headers)).json()
    return answer


async def _stolen(gateway: Running) -> Rows:
    """The whole content of the database: a backup would still have it after the erasure."""
    tables = ("journal", "sealed", "events", "outcomes", "plans")
    return {
        table: [dict(row) for row in await gateway.state.pool.fetch(f"SELECT * FROM ledger.{table}")]  # noqa: S608
        for table in tables
    }


def _opened(rows: Rows, keyring: Keyring) -> set[str]:
    """Every sealed value that some existing key can decrypt."""
    found: set[str] = set()
    for row in rows["sealed"]:
        try:
            plain = keyring.decrypt(
                row["ciphertext"], plan=row["plan"], command=row["command"], path=row["path"], key_id=row["key_id"]
            )
        except UnusableKey:
            continue
        found.add(plain[SALT:].decode().strip('"'))
    return found


def _guessed(rows: Rows, keyring: Keyring) -> set[str]:
    """The candidates whose digest, with some existing salt, is in the record: texts that can be guessed."""
    written = "".join(row["data"] + row["envelope"] for row in rows["events"])
    salts = [row["salt"] for row in rows["events"]] + [row["commitment"] for row in rows["journal"]] + [bytes(32)]
    for row in rows["journal"]:
        salts.append(row["salt"])
        for key_id in (row["key_id"], None):
            try:
                salts.append(
                    keyring.decrypt(
                        row["salt"], plan=row["plan"], command=row["command"], path="journal/salt", key_id=key_id
                    )
                )
            except UnusableKey:
                continue
    places = [("authority",), ("text",), ("source", "document")]
    return {
        value
        for value in (*LEVELS, SECRET)
        for salt in salts
        for place in places
        if seal(value, salt, place)["sealed"] in written
    }


def _as_recorded(said: Any) -> Any:
    """An answer with each seal as recorded, without what was unsealed for this reader."""
    match said:
        case {"sealed": digest}:
            return {"sealed": digest}
        case dict():
            return {name: _as_recorded(part) for name, part in said.items()}
        case list():
            return list(map(_as_recorded, said))
        case _:
            return said


async def test_an_erased_text_cannot_be_restored_without_its_key(gateway: Running, tmp_path: Path) -> None:
    entry = await _observed(gateway)
    before, folder = await _stolen(gateway), gateway.settings.keyring
    shutil.copytree(folder, tmp_path / "then")
    then = Keyring(tmp_path / "then")
    assert _opened(before, then) == {"low", SECRET, f"Minutes-of-{SECRET}"}, "who has the key reads it"
    assert _guessed(before, then) == {"low", SECRET}, "or guesses it with the salt alone"

    assert (await _redact(gateway, entry))["outcome"] == "recorded"
    after, now = await _stolen(gateway), Keyring(folder)
    gone = {file.name for file in (tmp_path / "then" / "sealed").iterdir()} - {
        file.name for file in (folder / "sealed").iterdir()
    }
    assert gone == {row["key_id"] for row in before["sealed"]}
    for rows in (before, after):  # a backup from before, and the present database
        assert _opened(rows, now) == set()
        assert _guessed(rows, now) == set()
    assert after["sealed"] == []
    assert [row["salt"] for row in after["journal"] if row["command"] == "p1"] == [b""]


async def test_erasing_changes_neither_the_record_nor_the_plan(gateway: Running) -> None:
    entry = await _observed(gateway)
    base = f"/v1/plans/{gateway.plan}"
    plan, entries = (await gateway.admin.get(base)).json(), await gateway.entries()
    (version,) = (await _redact(gateway, entry))["versions"]
    again = await gateway.entries()
    assert _as_recorded(again[:-1]) == _as_recorded(entries), "every hash is what it was"
    erased = again[-1]
    assert (erased["version"], erased["kind"], erased["visibility"]) == (version, "erased", "public")
    assert erased["data"] == {"kind": "erased", "entry": entry, **WHY}
    now, then = (await gateway.admin.get(base)).json(), (await gateway.admin.get(base, params={"at_version": entry}))
    assert _as_recorded(now) == _as_recorded(plan | {"version": version})
    assert _as_recorded(then.json()) == _as_recorded(plan)
    assert [found async for found in unsound(gateway.state.pool)] == []


async def test_erasing_twice_makes_one_entry(gateway: Running) -> None:
    entry = await _observed(gateway)
    assert (await _redact(gateway, entry))["outcome"] == "recorded"
    again = await _redact(gateway, entry, "x2")
    assert (again["outcome"], again["code"]) == ("refused", "already_erased")
    assert [one["kind"] for one in await gateway.entries()].count("erased") == 1


async def test_resending_an_erased_command_does_not_confirm_its_content(gateway: Running) -> None:
    works = await gateway.client("partner", bodies=("works",))
    entry = await _observed(gateway, works)
    assert (await works.post(gateway.commands, json=OBSERVED)).json()["outcome"] == "duplicate"
    await _redact(gateway, entry)
    for said in (OBSERVED, OBSERVED | {"authority": "high"}):
        assert (await works.post(gateway.commands, json=said)).json()["outcome"] == "conflict"


async def test_the_texts_of_a_refused_command_are_erased_by_the_entry_of_its_refusal(alone: Running) -> None:
    """The ledger has none of its texts. A backup from while it waited has its body, and the keyring has the key."""
    await alone.start(wait=0)
    works = await alone.client("partner", bodies=("works",))
    said = OBSERVED | {"stakeholder": "nobody"}
    await works.post(alone.commands, json=said, headers={"Prefer": "wait=0"})
    keyring = Keyring(alone.settings.keyring)
    [waited] = [row for row in (await journal.pending(alone.state.pool, alone.plan)).rows if row.command == "p1"]
    async with working(alone.settings):
        again = (await works.post(alone.commands, json=said, headers={"Prefer": "wait=30"})).json()
        assert (again["outcome"], again["code"]) == ("duplicate", "unknown_stakeholder")
        assert SECRET.encode() in journal.body_of(keyring, waited), "so that its sender is told the same again"
        [refusal] = again["versions"]
        assert (await _redact(alone, refusal, "x1"))["outcome"] == "recorded"
        assert (await _redact(alone, refusal, "x2"))["code"] == "already_erased"
        for opened in (journal.body_of, journal.salt_of):
            with pytest.raises(UnusableKey):
                opened(keyring, waited)
        assert (await works.post(alone.commands, json=said)).json()["outcome"] == "conflict"
        assert [found async for found in unsound(alone.state.pool)] == []


async def test_an_interrupted_erasure_is_recorded_by_the_next_one(alone: Running) -> None:
    async with working(alone.settings):
        entry = await _observed(alone)
    waiting = await _redact(alone, entry, Prefer="wait=0")
    assert waiting["outcome"] == "accepted"
    # A worker destroys the key and dies before it records the erasure.
    assert await erase(alone.state.pool, Keyring(alone.settings.keyring), alone.plan, entry)
    async with working(alone.settings):
        assert (await _redact(alone, entry, Prefer="wait=30"))["outcome"] == "duplicate"
    assert [one["kind"] for one in await alone.entries()][-1] == "erased"


@pytest.mark.parametrize(("entry", "code"), [(1, "no_seal"), (99, "unknown_entry"), (2**40, "unknown_entry")])
async def test_an_entry_that_cannot_be_erased_is_refused_with_a_code(gateway: Running, entry: int, code: str) -> None:
    await _observed(gateway)
    answer = await _redact(gateway, entry)
    assert (answer["outcome"], answer["code"]) == ("refused", code)
    assert str(entry) in answer["message"]


@pytest.mark.parametrize("role", ["operator", "auditor", "partner", "reviewer"])
async def test_only_an_administrator_erases(alone: Running, role: str) -> None:
    client = await alone.client(role, bodies=("works",))
    answer = await client.post(alone.commands, json={"command": "redact", "id": "x1", "entry": 3, **WHY})
    assert (answer.status_code, answer.json()["code"]) == (403, "role_needed")


async def test_nothing_is_erased_without_a_reason_and_an_authority(alone: Running) -> None:
    await alone.start(wait=0)
    said = {"command": "redact", "id": "x1", "entry": 3}
    answer = await alone.admin.post(alone.commands, json=said)
    assert answer.status_code == 400
    assert {fault["path"] for fault in answer.json()["faults"]} == {"reason", "authority"}

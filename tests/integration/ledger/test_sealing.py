"""What hurts is nowhere in clear, is read by who may, and is gone when it is erased."""

import asyncio
import json
import os
import stat
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from embedded import postgres
from ledger import log
from ledger.appender import Appender, WriteRefused, appending
from ledger.connection import Pool, open_pool
from ledger.erasing import erase
from ledger.gateway_keys import introduce_gateway_key, retire_gateway_key, trusted_gateway_keys
from ledger.journal import accept, body_of, salt_of, standing
from ledger.keyring import SPARE, Keyring, UnusableKey, public_bytes
from ledger.migrate import migrate
from ledger.sealed import pointer, seal, seal_paths, sealed_values, unseal
from tests.integration.ledger.tally import NOON, append, write
from tests.integration.ledger.test_journal import command

SECRET = "the-mayors-brother-in-law-holds-the-purse"
SALT = b"c" * 32


def test_sealing_replaces_a_value_in_place() -> None:
    why, text = ("answers", "why.now"), ("lessons", 0, "text")
    body = {"answers": {"why.now": SECRET}, "lessons": [{"text": SECRET}], "open": "to all"}
    sealed, secrets = seal_paths(body, [why, text], SALT)
    assert SECRET not in json.dumps(sealed)
    assert body["answers"] == {"why.now": SECRET}
    assert sealed["open"] == "to all"
    assert set(secrets) == {"/answers/why.now", "/lessons/0/text"}
    assert sealed["answers"]["why.now"] == seal(SECRET, SALT, why)
    assert sealed["answers"]["why.now"] != sealed["lessons"][0]["text"], "equal values must not be recognised as equal"
    assert seal_paths(body, [why], SALT)[0]["answers"] == sealed["answers"], "handled twice, sealed alike"
    assert seal_paths(sealed, [why], SALT) == (sealed, {})


def test_different_paths_have_different_pointers() -> None:
    places: list[tuple[str | int, ...]] = [("a", "b"), ("a.b",), ("a/b",), ("a~1b",), ("a", "0", "b"), ("a/0", "b")]
    assert len({pointer(place) for place in places}) == len(places)


async def _record_sealed(pool: Pool, appender: Appender, keyring: Keyring) -> str:
    """The way of a command with a secret: journalled, opened, sealed, recorded. Returns its data key."""
    key_id = keyring.new()
    body = json.dumps({"text": SECRET}).encode()
    row = (await accept(pool, command(keyring, "roads", "c1", body, key_id))).row
    sealed, secrets = seal_paths(json.loads(body_of(keyring, row)), [("text",)], SALT)
    opening = sealed_values(keyring, key_id, "roads", "ana", "c1", secrets)
    await append(
        appender, write("roads", command="c1", handled=[row.number], sealed_values=opening, said=sealed["text"])
    )  # fmt: skip
    return key_id


async def test_a_sealed_value_is_readable_with_the_keyring_until_it_is_erased(
    pool: Pool, appender: Appender, keyring: Keyring, tmp_path: Path
) -> None:
    key_id = await _record_sealed(pool, appender, keyring)
    (entry,) = await log.page(pool)
    digest = json.loads(entry.data)["said"]["sealed"]
    assert await unseal(pool, keyring, "roads", [("ana", "c1")]) == {digest: SECRET}
    assert await unseal(pool, Keyring(tmp_path / "other"), "roads", [("ana", "c1")]) == {}
    assert await unseal(pool, keyring, "roads", [("bea", "c1")]) == {}

    for _ in range(2):  # whoever died in between may come again
        assert await erase(pool, keyring, "roads", 1)
        assert await unseal(pool, keyring, "roads", [("ana", "c1")]) == {}
    assert not await erase(pool, keyring, "roads", 2), "there is no such entry"
    assert await log.page(pool) == [entry], "erasing leaves the record as it was"
    row = await standing(pool, "roads", "ana", "c1")
    assert row is not None
    assert row.key_id == key_id
    with pytest.raises(UnusableKey, match="destroyed"):
        salt_of(keyring, row)


async def test_a_ciphertext_decrypts_only_in_its_own_place(keyring: Keyring) -> None:
    key_id = keyring.new()
    sealed = keyring.encrypt(b"x", plan="roads", command="c1", path="text", key_id=key_id)
    assert keyring.decrypt(sealed, plan="roads", command="c1", path="text", key_id=key_id) == b"x"
    for place in ({"plan": "parks"}, {"command": "c2"}, {"path": "why"}, {"key_id": keyring.new()}, {"key_id": None}):
        with pytest.raises(UnusableKey):
            keyring.decrypt(sealed, **{"plan": "roads", "command": "c1", "path": "text", "key_id": key_id} | place)


async def test_a_destroyed_key_is_overwritten_and_gone(keyring: Keyring, tmp_path: Path) -> None:
    key_id = keyring.new()
    file = tmp_path / "keyring" / "sealed" / key_id
    kept = file.read_bytes()
    os.link(file, tmp_path / "another name")
    keyring.destroy(key_id)
    assert not file.exists()
    assert kept not in (tmp_path / "another name").read_bytes()
    keyring.destroy(key_id)
    with pytest.raises(UnusableKey, match="destroyed"):
        keyring.encrypt(b"x", plan="p", command="c", path="t", key_id=key_id)
    for name in ("../journal.key", "", "."):
        with pytest.raises(UnusableKey):
            keyring.destroy(name)


async def test_each_data_key_is_issued_once_and_is_on_disk_by_then(tmp_path: Path) -> None:
    rings = [Keyring(tmp_path / "keyring") for _ in range(2)]
    given = [ring.new() for _ in range(SPARE + 1) for ring in rings]
    assert len(set(given)) == len(given)
    assert all(len((tmp_path / "keyring" / "sealed" / key_id).read_bytes()) == 32 for key_id in given)


async def test_every_key_file_is_private_and_created_once(tmp_path: Path) -> None:
    def first_use() -> bytes:
        return public_bytes(Keyring(tmp_path / "keyring").gateway_key())

    assert len(set(await asyncio.gather(*(asyncio.to_thread(first_use) for _ in range(8))))) == 1
    ring = Keyring(tmp_path / "keyring")
    ring.new()
    ring.encrypt(b"x", plan="p", command="c", path="t")
    files = [path for path in (tmp_path / "keyring").rglob("*") if path.is_file()]
    assert {path.suffix for path in files} == {"", ".key", ".pem"}
    assert {stat.S_IMODE(path.stat().st_mode) for path in files} == {0o600}


async def test_a_sealed_value_is_nowhere_on_disk_in_clear(tmp_path: Path, keyring: Keyring) -> None:
    """Not in tables, write-ahead log or server log; not while it waits, not after, not when a write fails."""
    plain = "a-word-that-may-be-read"
    with postgres.running(tmp_path / "server" / "data") as cluster:
        await migrate(cluster.url())
        async with open_pool(cluster.url()) as pool, appending(pool) as appender:
            await accept(pool, command(keyring, "parks", "waits", SECRET.encode()))
            await _record_sealed(pool, appender, keyring)
            await append(appender, write("schools", said=plain))
            leaf = write("trees", said=SECRET).entries[0]
            for broken in (leaf.data + " ", leaf.data + "}"):
                with pytest.raises(WriteRefused):
                    await appender.append(replace(write("trees"), entries=[replace(leaf, data=broken)]))
        superuser = await asyncpg.connect(cluster.url())
        await superuser.execute("CHECKPOINT")
        await superuser.close()
    files = [path for path in (tmp_path / "server").rglob("*") if path.is_file()]
    holding = {word: [path for path in files if word.encode() in path.read_bytes()] for word in (plain, SECRET)}
    assert any("pg_wal" in path.parts for path in holding[plain]), "the search finds what is there"
    assert any("base" in path.parts for path in holding[plain])
    assert holding[SECRET] == []
    log_text = (tmp_path / "server" / "data.log").read_text()
    assert "violates check constraint" in log_text
    assert "DETAIL" not in log_text


async def test_a_gateway_key_is_trusted_from_its_introduction_to_its_retirement(
    pool: Pool, appender: Appender, keyring: Keyring
) -> None:
    public = public_bytes(keyring.gateway_key())
    key_ids = await asyncio.gather(*(introduce_gateway_key(pool, appender, public, NOON) for _ in range(4)))
    assert await log.size(pool) == 1
    key_id = key_ids[0]
    later = NOON + timedelta(days=1)
    await retire_gateway_key(pool, appender, key_id, later)
    await retire_gateway_key(pool, appender, key_id, later + timedelta(days=1))
    await introduce_gateway_key(pool, appender, public, later)
    key = (await trusted_gateway_keys(pool))[key_id]
    second = timedelta(seconds=1)
    asked = [NOON - second, NOON, later - second, later]
    assert [key.trusted_at(moment) for moment in asked] == [False, True, True, False]
    assert (await log.stream_head(pool, "_ledger")).version == 2
    with pytest.raises(KeyError):
        await retire_gateway_key(pool, appender, "0" * 16, later)


async def test_the_server_log_of_this_database_is_terse(superuser: Any) -> None:
    assert await superuser.fetchval("SHOW log_error_verbosity") == "terse"
    assert await superuser.fetchval("SHOW log_min_error_statement") == "panic"

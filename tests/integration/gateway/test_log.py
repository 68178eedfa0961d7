"""The public log: checkpoints, tiles, keys; and forks."""

import asyncio
from dataclasses import replace
from typing import Any

import asyncpg
import httpx2
import pytest

from audit.log_folder import LogFolder
from audit.sealer import Sealer
from audit.verify import Checkpoint, CompactRange, parse_checkpoint, parse_key, signers
from ledger.appender import appending
from ledger.connection import open_pool
from settings import Settings
from tests.integration.gateway.conftest import serving, working
from tests.integration.gateway.running import Running, report
from tests.integration.ledger.tally import append, write

LONGEST = 20.0


async def until_sealed(reader: httpx2.AsyncClient, size: int) -> Checkpoint:
    """Wait for a checkpoint of at least ``size`` entries, and return it."""
    async with asyncio.timeout(LONGEST):
        while True:
            answer = await reader.get("/checkpoint")
            if answer.status_code == 200 and (found := parse_checkpoint(answer.content)).size >= size:
                return found
            await asyncio.sleep(0.05)


async def until_forked(connection: Any) -> None:
    for _ in range(int(LONGEST / 0.05)):
        if await connection.fetchval("SELECT count(*) FROM ledger.forks"):
            return
        await asyncio.sleep(0.05)
    pytest.fail("nobody noticed")


async def test_a_worker_seals_what_is_recorded_and_everybody_can_check_the_signature(gateway: Running) -> None:
    nobody = await gateway.with_token(None)
    assert (await gateway.start()).status_code == 201
    size = await gateway.state.pool.fetchval("SELECT size FROM ledger.head")
    checkpoint = await until_sealed(nobody, size)
    [key] = (await nobody.get("/key")).text.splitlines()
    assert checkpoint.origin == gateway.settings.origin
    assert signers(checkpoint, [parse_key(key)])
    old = await nobody.get(f"/checkpoint/{checkpoint.size}")
    assert old.headers["content-type"] == "text/plain; charset=utf-8"
    assert parse_checkpoint(old.content) == checkpoint


async def test_the_tiles_lead_to_the_signed_root(settings: Settings) -> None:
    async with serving(settings) as alone, appending(alone.state.pool) as appender:
        await append(appender, write("roads", amounts=(1,) * 699))
        async with open_pool(settings.database_url, "sealer") as own:
            await Sealer(own, LogFolder(settings.keyring / "log")).seal()
        nobody = await alone.with_token(None)
        checkpoint = await until_sealed(nobody, 700)
        assert checkpoint.size == 700

        async def tile(path: str) -> bytes:
            answer = await nobody.get(f"/tile/{path}")
            assert (answer.status_code, answer.headers["content-type"]) == (200, "application/octet-stream"), path
            return answer.content

        full, over, part = await tile("0/000"), await tile("0/001"), await tile(f"0/002.p/{700 - 512}")
        assert [len(one) for one in (full, over, part)] == [8192, 8192, 188 * 32]
        tree = CompactRange()
        roots = []
        for tile_ in (full, over, part):
            for n in range(0, len(tile_), 32):
                tree.append(tile_[n : n + 32])
                if tree.size in (256, 512):
                    roots.append(tree.roots[-1] if tree.size == 256 else b"")
        assert tree.root() == checkpoint.root
        assert (await tile("1/000.p/2"))[:32] == roots[0]
        assert (await tile("0/000.p/5")) == full[:160]


@pytest.mark.parametrize(
    "path",
    [
        "/checkpoint", "/checkpoint/7", "/checkpoint/0", "/checkpoint/99999999999999999999", "/key", "/tile/0/000",
        "/tile/0/000.p/1", "/tile/0/0", "/tile/0/x000/000", "/tile/64/000", "/tile/-1/000", "/tile/0/000.p/256",
        "/tile/0/000.p/0", "/tile/0/../../v1", "/tile/0/x999/x999/x999/x999/x999/999", "/tile/entries/000",
    ],
)  # fmt: skip
async def test_missing_tiles_and_checkpoints_are_not_found(alone: Running, path: str) -> None:
    answer = await alone.admin.get(path)
    assert answer.status_code in (400, 404), answer.text
    assert answer.json()["code"] in ("nothing_sealed", "no_such_tile", "not_found", "malformed")


async def test_a_rehearsal_is_never_sealed(settings: Settings) -> None:
    rehearsal = replace(settings, origin="rehearsal/water", mode="rehearsal")
    async with serving(rehearsal) as running, working(rehearsal):
        assert (await running.start()).status_code == 201
        assert (await running.admin.get("/checkpoint")).status_code == 404
        assert not (rehearsal.keyring / "log").exists()


@pytest.fixture
async def superuser(settings: Settings) -> Any:
    connection = await asyncpg.connect(settings.database_url)
    yield connection
    await connection.close()


RESTORED = """SET session_replication_role = replica;
    DELETE FROM ledger.events WHERE position >= 2; UPDATE ledger.head SET size = 2;
    DELETE FROM ledger.checkpoints; DELETE FROM ledger.outcomes;
    UPDATE ledger.streams SET version = 1"""
"""Sets the ledger back, as the restore of an older backup does."""


async def test_a_restored_backup_accepts_no_command_until_it_is_resolved(settings: Settings, superuser: Any) -> None:
    """A running gateway notices it, and one that starts on it does: commands are refused, reading works."""
    async with serving(settings) as running, working(settings):
        assert (await running.start()).status_code == 201
        sealed = await until_sealed(running.admin, await superuser.fetchval("SELECT size FROM ledger.head"))
        await superuser.execute(RESTORED)
        await until_forked(superuser)
        answer = await running.admin.post(running.commands, json=report("r1"))
        assert (answer.status_code, answer.json()["code"]) == (503, "log_forked")
        assert "rumbo admin fork" in answer.json()["hint"]
        assert LogFolder(settings.keyring / "log").last(settings.origin) == sealed
    await superuser.execute("ALTER TABLE ledger.forks DISABLE TRIGGER append_only; DELETE FROM ledger.forks")
    async with serving(settings) as running:
        answer = await running.start(0)
        assert (answer.status_code, answer.json()["code"]) == (503, "log_forked")
        assert (await running.admin.get("/v1/plans")).status_code == 200


async def test_after_an_administrator_continues_a_fork_commands_are_accepted_again(
    settings: Settings, superuser: Any
) -> None:
    async with serving(settings) as running, working(settings):
        asked = {"authority": "Minutes 14", "reason": "The disk failed"}
        answer = await running.admin.post("/v1/admin/fork", json=asked)
        assert (answer.status_code, answer.json()["code"]) == (409, "not_forked")
        assert (await running.start()).status_code == 201
        await until_sealed(running.admin, await superuser.fetchval("SELECT size FROM ledger.head"))
        await superuser.execute(RESTORED)
        await superuser.execute("DELETE FROM ledger.streams; DELETE FROM ledger.journal; DELETE FROM ledger.plans")
        await superuser.execute(
            """INSERT INTO ledger.streams SELECT DISTINCT ON (plan) plan, version, leaf_hash
               FROM ledger.events ORDER BY plan, version DESC"""
        )
        await until_forked(superuser)
        checks = (await running.admin.get("/v1/admin/doctor")).json()["checks"]
        [log] = [one for one in checks if one["name"] == "log"]
        assert (log["ok"], "rumbo admin fork" in log["hint"]) == (False, True)
        wrongs: list[Any] = [{}, {"authority": "", "reason": "x"}, asked | {"more": "1"}, []]
        for wrong in wrongs:
            assert (await running.admin.post("/v1/admin/fork", json=wrong)).status_code == 400
        partner = await running.client("operator", "auditor")
        assert (await partner.post("/v1/admin/fork", json=asked)).status_code == 403
        answer = await running.admin.post("/v1/admin/fork", json=asked)
        assert answer.status_code == 200, answer.text
        assert answer.json()["goes_on_as"] == f"{settings.origin}/2"
        assert (await running.start()).status_code == 201
        size = await superuser.fetchval("SELECT size FROM ledger.head")
        assert (await until_sealed(running.admin, size)).origin == f"{settings.origin}/2"


async def test_an_administrator_replaces_the_logs_key(gateway: Running) -> None:
    await until_sealed(gateway.admin, 1)
    [old] = (await gateway.admin.get("/v1/admin/log-keys")).json()["keys"]
    answer = await gateway.admin.post("/v1/admin/log-keys", json={"both_days": 7})
    assert answer.status_code == 201, answer.text
    [first, second] = answer.json()["keys"]
    assert (first, second["replaces"]) == (old, old["key"])
    size = await gateway.state.pool.fetchval("SELECT size FROM ledger.head")
    keys = [parse_key(line) for line in (await gateway.admin.get("/key")).text.splitlines()]
    assert [str(one) for one in keys] == [second["key"], old["key"]]
    assert {str(key) for key, _ in signers(await until_sealed(gateway.admin, size), keys)} == {
        old["key"],
        second["key"],
    }
    again = await gateway.admin.post("/v1/admin/log-keys", json={})
    assert (again.status_code, again.json()["code"]) == (409, "still_rotating")
    assert (await gateway.admin.post("/v1/admin/log-keys", json={"both_days": -1})).status_code == 400

"""A running ledger is backed up, lost and restored; an older backup is recognised as a fork."""

import asyncio
import contextlib
import json
import shutil
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from audit.log_folder import LogFolder
from audit.sealer import Sealer
from embedded import backup, lock, postgres
from embedded.messages import StackFault
from ledger.appender import LogIsForked, appending
from ledger.connection import open_pool
from ledger.gateway_keys import introduce_gateway_key
from ledger.identity import establish
from ledger.keyring import public_bytes
from ledger.migrate import migrate

ORIGIN = "drill.example/ledger"
ALL = "SELECT json_agg(e ORDER BY position)::text FROM ledger.events e"


@dataclass
class Up:
    """A data folder with a running ledger."""

    data: Path
    cluster: postgres.Cluster

    async def live(self) -> None:
        """Adds an entry and signs a checkpoint."""
        await self.write()
        await self.seal()

    async def write(self) -> None:
        public = public_bytes(Ed25519PrivateKey.generate())
        async with open_pool(self.cluster.url()) as pool, appending(pool) as appender:
            await introduce_gateway_key(pool, appender, public, datetime.now(UTC))

    async def seal(self) -> None:
        async with open_pool(self.cluster.url(), "sealer", max_size=2) as pool:
            await Sealer(pool, LogFolder(self.data / "keyring" / "log")).seal()

    async def holds(self) -> Any:
        connection = await asyncpg.connect(self.cluster.url())
        try:
            return json.loads(await connection.fetchval(ALL) or "[]")
        finally:
            await connection.close()


@contextlib.asynccontextmanager
async def running(data: Path) -> AsyncIterator[Up]:
    with postgres.running(data / "postgres") as cluster:
        yield Up(data, cluster)


@pytest.fixture
async def up(tmp_path: Path) -> AsyncIterator[Up]:
    data = tmp_path / "data"
    (data / "log").mkdir(parents=True)
    async with running(data) as up:
        await migrate(up.cluster.url())
        async with open_pool(up.cluster.url()) as pool:
            await establish(pool, ORIGIN, "live")
        await up.live()
        yield up


async def test_a_restored_ledger_equals_the_one_backed_up(up: Up, tmp_path: Path) -> None:
    before = await up.holds()
    await asyncio.to_thread(backup.make, up.data, tmp_path / "backup")
    shutil.copytree(up.data / "keyring", tmp_path / "again" / "keyring")
    *found, counted = await asyncio.to_thread(backup.restore, tmp_path / "backup", tmp_path / "again")
    assert found == []
    assert (counted["origin"], counted["entries"], counted["unsound"]) == (ORIGIN, len(before), 0)
    async with running(tmp_path / "again") as again:
        assert await again.holds() == before
        await again.live()
        assert len(await again.holds()) > len(before)


async def test_an_older_backup_is_a_fork_and_accepts_nothing_until_people_have_decided(up: Up, tmp_path: Path) -> None:
    await asyncio.to_thread(backup.make, up.data, tmp_path / "backup")
    await up.live()  # entries and a checkpoint after the backup
    shutil.copytree(up.data / "keyring", tmp_path / "again" / "keyring")
    found, counted = await asyncio.to_thread(backup.restore, tmp_path / "backup", tmp_path / "again")
    assert found["code"] == "log_forked"
    assert counted["unsound"] == 1
    async with running(tmp_path / "again") as again:
        with pytest.raises(LogIsForked):
            await again.seal()
        with pytest.raises(LogIsForked):
            await again.write()


async def test_a_backup_with_a_changed_byte_is_not_restored(up: Up, tmp_path: Path) -> None:
    await asyncio.to_thread(backup.make, up.data, tmp_path / "backup")
    largest = max((tmp_path / "backup" / "postgres" / "base").rglob("*"), key=lambda file: file.stat().st_size)
    bytes_ = bytearray(largest.read_bytes())
    bytes_[len(bytes_) // 2] ^= 1
    largest.write_bytes(bytes_)
    with pytest.raises(StackFault, match=largest.name) as refused:
        await asyncio.to_thread(backup.restore, tmp_path / "backup", tmp_path / "again")
    assert refused.value.code == "backup_unusable"
    assert not (tmp_path / "again" / "postgres").exists()


async def test_backup_and_restore_never_overwrite_anything(up: Up, tmp_path: Path) -> None:
    await asyncio.to_thread(backup.make, up.data, tmp_path / "backup")
    with pytest.raises(StackFault) as refused:
        await asyncio.to_thread(backup.make, up.data, tmp_path / "backup")
    assert refused.value.code == "backup_there"
    with pytest.raises(StackFault) as refused:
        await asyncio.to_thread(backup.restore, tmp_path / "backup", up.data)
    assert refused.value.code == "ledger_there"


async def test_impossible_backups_and_restores_raise_a_fault(tmp_path: Path) -> None:
    with pytest.raises(StackFault) as refused:
        await asyncio.to_thread(backup.make, tmp_path, tmp_path / "backup")
    assert refused.value.code == "not_running"
    with pytest.raises(StackFault) as refused:
        await asyncio.to_thread(backup.restore, tmp_path, tmp_path / "again")
    assert refused.value.code == "backup_unusable"
    with lock.held(tmp_path / "again"), pytest.raises(StackFault) as refused:
        await asyncio.to_thread(backup.restore, tmp_path, tmp_path / "again")
    assert refused.value.code == "folder_in_use"

"""A desk on a migrated ledger for one test."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from activities.handle import Handle
from ledger.appender import appending
from ledger.connection import open_pool
from ledger.gateway_keys import introduce_gateway_key
from ledger.identity import establish
from ledger.keyring import Keyring, public_bytes
from tests.integration.activities.desk import Desk


@pytest.fixture
async def desk(database: str, tmp_path: Path) -> AsyncIterator[Desk]:
    keyring = Keyring(tmp_path / "keyring")
    async with open_pool(database) as pool, appending(pool) as appender:
        identity = await establish(pool, "rehearsal/test", "rehearsal")
        long_ago = datetime(2020, 1, 1, tzinfo=UTC)
        await introduce_gateway_key(pool, appender, public_bytes(keyring.gateway_key()), long_ago)
        yield Desk(pool, keyring, identity, Handle(pool, appender, keyring, identity))

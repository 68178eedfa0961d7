"""Runs the commands of ``docs/auditing.md``."""

import asyncio
import re
import sys
from datetime import UTC, datetime
from pathlib import Path

import asyncpg

from tests.integration.activities.desk import Desk, report, soon

NOON = datetime(2027, 1, 15, 18, tzinfo=UTC)
PAGE = Path(__file__).parents[3] / "docs" / "auditing.md"


async def walk(dsn: str) -> tuple[int | None, str]:
    code = re.findall(r"```python\n(.*?)```", PAGE.read_text(), re.DOTALL)[0]
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", code, dsn, "canal", stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    output, _ = await process.communicate()
    return process.returncode, output.decode()


async def test_the_documented_walk_of_the_hash_chain_finds_a_changed_entry(desk: Desk, database: str) -> None:
    await desk.start(NOON)
    await desk.journal(report("r1"), soon(NOON, 1))
    await desk.call(soon(NOON, 2))
    code, output = await walk(database)
    assert code == 0
    assert output.startswith("canal holds together up to 3 ")
    superuser = await asyncpg.connect(database)
    await superuser.execute(
        """SET session_replication_role = replica;
           ALTER TABLE ledger.events DROP CONSTRAINT leaf_hash_fits;
           UPDATE ledger.events SET data = replace(data::text, 'hundred', 'thousand')::json WHERE version = 3"""
    )
    await superuser.close()
    assert (await walk(database))[0] == 1

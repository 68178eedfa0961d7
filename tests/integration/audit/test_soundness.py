"""A ledger that was doctored is found out, each way by its own name; one that was not is left in peace."""

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import asyncpg
import pytest

from audit.soundness import unsound
from settings import Settings
from tests.integration.activities.conftest import desk as desk  # noqa: PLC0414  for pytest to find
from tests.integration.activities.desk import Desk, power, report, soon

NOON = datetime(2027, 3, 1, 12, tzinfo=UTC)

UNGUARDED = """
    SET session_replication_role = replica;
    ALTER TABLE ledger.events DROP CONSTRAINT leaf_hash_fits,
      DROP CONSTRAINT readable, DROP CONSTRAINT events_plan_version_key;
    ALTER TABLE ledger.journal DROP CONSTRAINT body_until_handled;
    ALTER TABLE ledger.outcomes DROP CONSTRAINT outcomes_pkey;
"""
"""What a superuser takes away first, who means to rewrite."""

DOCTORED = {
    "position_gap": "UPDATE ledger.events SET position = 1000 WHERE plan = 'canal' AND version = 3",
    "stream_differs": "UPDATE ledger.streams SET version = version + 1 WHERE plan = 'canal'",
    "version_gap": "DELETE FROM ledger.events WHERE plan = 'canal' AND version = 3",
    "hash_differs": "UPDATE ledger.events SET leaf_hash = sha256('x') WHERE plan = 'canal' AND version = 3",
    "chain_broken": "UPDATE ledger.events SET version = 7 - version WHERE plan = 'canal' AND version IN (3, 4)",
    "unreadable": "UPDATE ledger.events SET data = '{}' WHERE plan = 'canal' AND version = 3",
    "list_differs": "UPDATE ledger.plans SET summary = '{\"status\": \"closed\"}' WHERE plan = 'canal'",
    "handled_without_outcome": "DELETE FROM ledger.outcomes WHERE command = 'r1'",
    "outcome_of_what_waits": "UPDATE ledger.journal SET handled_at = NULL WHERE command = 'r1'",
    "entry_without_outcome": "UPDATE ledger.outcomes SET versions = '{}' WHERE command = 'r1'",
    "outcome_differs": "UPDATE ledger.outcomes SET versions = '{1}' WHERE command = 'r1'",
    "told_twice": "INSERT INTO ledger.outcomes SELECT * FROM ledger.outcomes WHERE command = 'r1'",
}


@pytest.fixture
async def lived(desk: Desk) -> Desk:
    """A plan with reports, a refusal, a silence, a restricted word and a strange knock behind it."""
    await desk.start(NOON)
    for second, said in enumerate([report("r1"), report("r2"), power("p1"), report("r1-again") | {"milestone": "9.9"}]):
        await desk.journal(said, soon(NOON, second))
    await desk.call(soon(NOON, 60))
    return desk


@pytest.fixture
async def superuser(lived: Desk, database: str) -> AsyncIterator[Any]:
    connection = await asyncpg.connect(database)
    await connection.execute(UNGUARDED)
    yield connection
    await connection.close()


async def codes(desk: Desk) -> set[str]:
    return {found.code async for found in unsound(desk.pool)}


async def test_an_untouched_ledger_is_sound(lived: Desk) -> None:
    assert [found async for found in unsound(lived.pool)] == []


async def test_a_waiting_command_is_not_a_fault(lived: Desk) -> None:
    await lived.journal(report("r3"), soon(NOON, 90))
    assert await codes(lived) == set()


@pytest.mark.parametrize("code", DOCTORED)
async def test_every_change_behind_the_ledgers_back_is_reported(lived: Desk, superuser: Any, code: str) -> None:
    await superuser.execute(DOCTORED[code])
    assert code in await codes(lived)


async def test_the_program_prints_its_findings_and_exits_with_the_verdict(
    lived: Desk, superuser: Any, database: str
) -> None:
    async def asked() -> tuple[int | None, list[dict[str, Any]]]:
        settings = Settings(database_url=database)
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "audit.soundness", env=settings.environment(), stdout=asyncio.subprocess.PIPE
        )
        said, _ = await asyncio.wait_for(process.communicate(), 60)
        return process.returncode, [json.loads(line) for line in said.splitlines()]

    code, said = await asked()
    assert (code, said[-1]["unsound"], said[-1]["plans"], said[-1]["waiting"]) == (0, 0, 1, 0)
    await superuser.execute(DOCTORED["outcome_differs"])
    code, said = await asked()
    assert code == 1
    assert {"code": "outcome_differs", "plan": "canal", "detail": "r1 names entry 1"} in said

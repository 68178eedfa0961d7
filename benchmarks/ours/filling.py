"""A ledger that is large before anything is measured: real entries of one plan, copied to thousands of others.

Each copy is chained and hashed as its own. The checks, which these rows would pass, are set aside while they go in.
"""

import json
import uuid
from collections.abc import Iterator
from typing import Any

import asyncpg

from benchmarks.ours.recording import Recorder
from benchmarks.story import facts
from domain import PLAN
from ledger.canonical import canonical
from ledger.envelope import ZERO_HASH, EncodedEntry, digest, entry_hash

TEMPLATE = "template-000000"
LENGTH = 100
"""Entries of each plan."""
AT_ONCE = 20_000

COLUMNS = {
    "events": ("position", "plan", "version", "envelope", "data", "salt", "prev", "leaf_hash"),
    "outcomes": ("plan", "actor", "command", "outcome", "versions", "params"),
}

Rows = list[tuple[Any, ...]]


async def fill(dsn: str, plans: int, length: int = LENGTH, prefix: str = "filled") -> None:
    """Plans of so many entries each, into a ledger's tables."""
    template = _template(length)
    summary = canonical(PLAN.summary(template.state)).decode()
    connection = await asyncpg.connect(dsn)
    try:
        checks = await _without_checks(connection)
        size = await connection.fetchval("SELECT size FROM ledger.head")
        events: Rows = []
        outcomes: Rows = []
        for number in range(plans):
            plan = f"{prefix}-{number:06}"
            copies = list(_copied(template, plan))
            prev = ZERO_HASH
            for version, leaf in enumerate(copies, 1):
                events.append((size, plan, version, leaf.envelope, leaf.data, leaf.salt, prev, leaf.hash))
                prev = leaf.hash
                outcomes.append((plan, "ana", f"c{version}", "recorded", [version], "{}"))
                size += 1
            await connection.execute("INSERT INTO ledger.streams VALUES ($1, $2, $3)", plan, length, copies[-1].hash)
            await connection.execute("INSERT INTO ledger.plans VALUES ($1, $2, $3)", plan, length, summary)
            if len(events) >= AT_ONCE or number == plans - 1:
                await _copy(connection, events, outcomes)
        await connection.execute("UPDATE ledger.head SET size = $1", size)
        for name, check in checks:
            await connection.execute(f'ALTER TABLE ledger.events ADD CONSTRAINT "{name}" {check} NOT VALID')
        await connection.execute("VACUUM ANALYZE")
    finally:
        await connection.close()


async def _copy(connection: asyncpg.Connection, events: Rows, outcomes: Rows) -> None:
    for table, rows in (("events", events), ("outcomes", outcomes)):
        await connection.copy_records_to_table(table, schema_name="ledger", records=rows, columns=COLUMNS[table])
        rows.clear()


async def _without_checks(connection: asyncpg.Connection) -> list[tuple[str, str]]:
    rows = await connection.fetch(
        """SELECT conname, pg_get_constraintdef(oid) AS definition FROM pg_constraint
           WHERE conrelid = 'ledger.events'::regclass AND contype = 'c'"""
    )
    for row in rows:
        await connection.execute(f'ALTER TABLE ledger.events DROP CONSTRAINT "{row["conname"]}"')
    return [(row["conname"], row["definition"]) for row in rows]


def _template(length: int) -> Recorder:
    recorder = Recorder(TEMPLATE)
    recorder.start()
    for fact in facts(length - recorder.version):
        recorder.record(fact)
    assert recorder.version == length
    return recorder


def _copied(template: Recorder, plan: str) -> Iterator[EncodedEntry]:
    """The template's entries as another plan's, each with an id of its own."""
    prev = ZERO_HASH
    for version, leaf in enumerate(template.leaves, 1):
        data = leaf.data.replace(TEMPLATE, plan)
        envelope = leaf.envelope.replace(json.loads(leaf.envelope)["id"], str(uuid.uuid4()))
        prev = entry_hash(plan, version, prev, digest(envelope.encode()), digest(leaf.salt + data.encode()))
        yield EncodedEntry(envelope, data, leaf.salt, prev)

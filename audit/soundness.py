"""Checks a whole ledger for consistency: every number, hash, link, outcome and read-model row.

Run it with access to the database, after a restore or a crash. A rollback or a full rewrite with new hashes is
detectable only against a checkpoint kept elsewhere, so the ledger is also compared with the last checkpoint in the
folder of the log keys, if there is one.

    python -m audit.soundness       checks the ledger that RUMBO_DATABASE_URL names, with the keys of RUMBO_KEYRING:
                                    one JSON object a line for each fault, then a line with counts; exit code 0 sound,
                                    1 unsound, 75 unreachable

Safe during writes: each query is one statement, and its result is never newer than that of the next.
"""

import asyncio
import json
import os
import sys
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from dataclasses import asdict, dataclass
from typing import Any, Final

from audit import tree
from audit.log_folder import LogFolder
from audit.verify import Checkpoint
from domain import PLAN
from domain.kernel.entry import UnreadableEvent
from domain.port import UnknownKind
from ledger import log, system_stream
from ledger.connection import Pool, is_transient, open_pool
from ledger.envelope import ZERO_HASH
from ledger.identity import identify
from settings import Settings

_ACROSS: Final = {
    # Counts positions, so that a ledger of a million entries is not read to find that none is missing.
    "position_gap": """
        SELECT NULL AS plan, format('%s entries, positions %s to %s, the next is %s', count(*), min(position),
          max(position), (SELECT size FROM ledger.head)) AS detail
        FROM ledger.events
        HAVING count(*) <> (SELECT size FROM ledger.head)
          OR count(*) > 0 AND (min(position) <> 0 OR max(position) <> count(*) - 1)""",
    "stream_differs": """
        SELECT coalesce(s.plan, e.plan) AS plan, format('stream at %s, entries to %s', s.version, e.version) AS detail
        FROM ledger.streams s FULL JOIN (SELECT plan, max(version) AS version FROM ledger.events GROUP BY plan) e
          ON e.plan = s.plan
        WHERE s.version IS DISTINCT FROM e.version""",
    "handled_without_outcome": """
        SELECT j.plan, j.command || ' by ' || j.actor AS detail FROM ledger.journal j
        WHERE j.handled_at IS NOT NULL AND NOT EXISTS (
          SELECT FROM ledger.outcomes o WHERE o.plan = j.plan AND o.actor = j.actor AND o.command = j.command)
        ORDER BY j.number""",
    "outcome_of_what_waits": """
        SELECT j.plan, j.command || ' by ' || j.actor AS detail FROM ledger.journal j
        JOIN ledger.outcomes o ON o.plan = j.plan AND o.actor = j.actor AND o.command = j.command
        WHERE j.handled_at IS NULL ORDER BY j.number""",
}
"""Checks over all plans: a fault code, and a query that returns the faults."""


@dataclass(frozen=True, slots=True)
class Unsound:
    """One fault. ``detail`` contains numbers and ids, never text that a person wrote."""

    code: str
    plan: str | None
    """``None`` for the ledger as a whole."""
    detail: str


async def unsound(pool: Pool, signed: Checkpoint | None = None) -> AsyncGenerator[Unsound]:
    """All faults of this ledger; none if it is consistent and extends the checkpoint ``signed``."""
    if signed and (found := await _unextended(pool, signed)):
        yield found
    for code, query in _ACROSS.items():
        for row in await pool.fetch(query):
            yield Unsound(code, row["plan"], row["detail"])
    for row in await pool.fetch("SELECT plan FROM ledger.streams ORDER BY plan"):
        async for found in _of_plan(pool, row["plan"]):
            yield found


async def _unextended(pool: Pool, signed: Checkpoint) -> Unsound | None:
    """The fault if the ledger does not extend a checkpoint of its log."""
    identity = await identify(pool)
    if identity is None or identity.origin != signed.origin:
        return None  # a fork: the log goes on under another origin, and its system stream records that
    grown = await tree.from_entries(pool, signed.size, lambda entry: entry.leaf_hash)
    if grown.size < signed.size:
        return Unsound("log_forked", None, f"{signed.size} entries were signed, {grown.size} are there")
    if grown.root() != signed.root:
        return Unsound("log_forked", None, f"the first {signed.size} entries are not those that were signed")
    return None


async def _of_plan(pool: Pool, plan: str) -> AsyncIterator[Unsound]:
    """Faults of one stream: its hash chain, its outcomes, and its read-model row compared with the fold."""
    listed = await pool.fetchrow("SELECT version, summary::text FROM ledger.plans WHERE plan = $1", plan)
    head = await log.stream_head(pool, plan)
    of_ledger = plan == system_stream.STREAM
    state, before, expected = PLAN.empty, ZERO_HASH, 1
    causes: dict[int, tuple[str, str | None]] = {}
    async for one in log.entries(pool, plan, upto=head.version):
        if one.version != expected:
            yield Unsound("version_gap", plan, f"after {expected - 1} comes {one.version}")
        expected = one.version + 1
        envelope = json.loads(one.envelope)
        if one.computed_hash() != one.leaf_hash:
            yield Unsound("hash_differs", plan, f"entry {one.version}")
        if one.prev != before:
            yield Unsound("chain_broken", plan, f"before entry {one.version}")
        before = one.leaf_hash
        causes[one.version] = (envelope["actor"], envelope["cause"])
        try:
            entry = one.decode(system_stream.read if of_ledger else PLAN.read)
        except (UnknownKind, UnreadableEvent, ValueError):
            yield Unsound("unreadable", plan, f"entry {one.version}")
            return
        if not of_ledger:
            state = PLAN.evolve(state, entry)
            if listed and listed["version"] == one.version and json.loads(listed["summary"]) != PLAN.summary(state):
                yield Unsound("list_differs", plan, f"at entry {one.version}")
    if before != head.last_hash:
        yield Unsound("stream_differs", plan, f"the hash of entry {head.version}")
    if listed and listed["version"] > head.version:
        yield Unsound("list_differs", plan, f"at entry {listed['version']}, which is not there")
    async for found in _outcomes(pool, plan, head.version, causes):
        yield found


async def _outcomes(
    pool: Pool, plan: str, last: int, causes: dict[int, tuple[str, str | None]]
) -> AsyncIterator[Unsound]:
    """Faults of outcomes: an entry that a command caused must be in that command's outcome and in no other."""
    named: dict[int, str] = {}
    for row in await pool.fetch("SELECT actor, command, versions FROM ledger.outcomes WHERE plan = $1", plan):
        for version in row["versions"]:
            if version > last:  # recorded after the entries were read
                continue
            actor, cause = causes.get(version, (None, None))
            if version in named:
                yield Unsound("told_twice", plan, f"entry {version}: {named[version]} and {row['command']}")
            if actor != row["actor"] or cause not in (row["command"], None):
                yield Unsound("outcome_differs", plan, f"{row['command']} names entry {version}")
            named[version] = row["command"]
    for version, (actor, cause) in causes.items():
        if cause is not None and version not in named:
            yield Unsound("entry_without_outcome", plan, f"entry {version}: {cause} by {actor}")


async def _check(settings: Settings, keys: LogFolder | None) -> int:
    found = 0
    try:
        async with open_pool(settings.database_url, "reader") as pool:
            async with aclosing(unsound(pool, await _signed(pool, keys))) as everything:
                async for one in everything:
                    found += 1
                    _print(asdict(one))
            row = await pool.fetchrow(
                """SELECT (SELECT origin FROM ledger.identity) AS origin, (SELECT size FROM ledger.head) AS entries,
                     (SELECT count(*) FROM ledger.streams WHERE plan <> $1) AS plans,
                     (SELECT count(*) FROM ledger.journal WHERE handled_at IS NULL) AS waiting""",
                system_stream.STREAM,
            )
    except Exception as error:
        if not is_transient(error):
            raise
        sys.stderr.write(f"The database that RUMBO_DATABASE_URL names cannot be reached: {type(error).__name__}\n")
        return os.EX_TEMPFAIL
    _print({"unsound": found, **dict(row or {})})
    return 1 if found else 0


async def _signed(pool: Pool, keys: LogFolder | None) -> Checkpoint | None:
    """The last checkpoint signed under this ledger's origin; ``None`` without the folder of the log keys."""
    identity = await identify(pool)
    return keys.last(identity.origin) if identity and keys else None


def _print(line: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(line) + "\n")


def main() -> int:
    """Check the configured ledger; returns the exit code."""
    settings = Settings()
    folder = settings.keyring / "log"
    return asyncio.run(_check(settings, LogFolder(folder) if folder.exists() else None))


if __name__ == "__main__":
    raise SystemExit(main())

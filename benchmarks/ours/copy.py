"""The limit of appending: COPY of the same rows into a table with the same columns and keys, without any check."""

import itertools
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg

from benchmarks.contender import Lost
from benchmarks.ours.recording import encoded_entries
from benchmarks.rounds import Message, Round, play

COLUMNS = ("position", "plan", "version", "id", "kind", "envelope", "data", "salt", "prev", "leaf_hash")


@asynccontextmanager
async def program(setup: Message) -> AsyncIterator[Round]:
    leaves = list(itertools.islice(encoded_entries("copied"), setup["rows"]))
    connection = await asyncpg.connect(setup["dsn"])
    await connection.execute("CREATE TABLE copied (LIKE ledger.events INCLUDING DEFAULTS INCLUDING INDEXES)")

    async def one(setup: Message) -> Message:
        await connection.execute("TRUNCATE copied")
        rows = [
            (n, "copied", n + 1, f"id-{n}", "kind", leaf.envelope, leaf.data, leaf.salt, leaf.hash, leaf.hash)
            for n, leaf in enumerate(leaves)
        ]
        began = time.perf_counter()
        await connection.copy_records_to_table("copied", records=rows, columns=COLUMNS)
        took = time.perf_counter() - began
        if await connection.fetchval("SELECT count(*) FROM copied") != len(rows):
            raise Lost("COPY lost rows")
        return {"rate": len(rows) / took}

    yield one
    await connection.close()


if __name__ == "__main__":
    play(program)

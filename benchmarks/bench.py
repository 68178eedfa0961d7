"""What a run gives each of its rows: real servers, a database each, and the size of the run."""

import itertools
from collections.abc import AsyncIterator, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Literal, TypeVar

import asyncpg

from benchmarks.contender import Contender, contender
from embedded import postgres, temporal
from ledger.migrate import migrate

Size = Literal["small", "usual", "large"]
T = TypeVar("T")

SIZES: Final[tuple[Size, ...]] = ("small", "usual", "large")


@dataclass(frozen=True)
class Bench:
    """One run: the same Postgres and the same Temporal for every contender."""

    size: Size
    folder: Path
    cluster: postgres.Cluster
    server: temporal.Server
    _numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    def of(self, small: T, usual: T, large: T) -> T:
        """The value for a run of this size."""
        return {"small": small, "usual": usual, "large": large}[self.size]

    @asynccontextmanager
    async def database(self, *, ledger: bool = False) -> AsyncIterator[str]:
        """The URL of a database of its own, with a ledger's tables in it if asked for; dropped afterwards."""
        name = f"bench_{next(self._numbers)}"
        connection = await asyncpg.connect(self.cluster.url())
        try:
            await connection.execute(f'CREATE DATABASE "{name}"')
            try:
                if ledger:
                    await migrate(self.cluster.url(name))
                yield self.cluster.url(name)
            finally:
                await connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')
        finally:
            await connection.close()

    def engine(self, dsn: str, queue: str) -> dict[str, Any]:
        """The set-up of a contender of ours: a ledger, Temporal, a task queue, and a keyring for each queue."""
        keyring = str(self.folder / f"keyring-{queue}")
        return {"dsn": dsn, "temporal": self.server.address, "queue": f"ours-{queue}", "keyring": keyring}

    def contender(self, module: str, **setup: Any) -> AbstractAsyncContextManager[Contender]:
        """A contender's program; its stderr goes to a file in the run's folder."""
        return contender(module, self.folder, **setup)


@contextmanager
def servers(folder: Path) -> Iterator[tuple[postgres.Cluster, temporal.Server]]:
    """The embedded stack's own servers, with its own settings: what is committed is on disk."""
    with postgres.running(folder / "postgres") as cluster, temporal.running(folder / "temporal") as server:
        yield cluster, server

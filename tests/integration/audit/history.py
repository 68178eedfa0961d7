"""A short real history, sealed and taken away: what the verifier's tests change, cut and forge."""

from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from activities.handle import Handle
from audit import bundle
from audit.checkpoint import log_key
from audit.log_folder import LogFolder
from audit.log_keys import introduce
from audit.sealer import Sealer
from audit.verify import Checkpoint, Key, parse_checkpoint
from domain import PLAN
from domain.kernel.event import Visibility
from domain.plan import Plan
from ledger import fold
from ledger.appender import Appender, appending
from ledger.connection import Pool, open_pool
from ledger.gateway_keys import introduce_gateway_key
from ledger.identity import establish
from ledger.keyring import Keyring, public_bytes
from ledger.log import StoredEntry
from ledger.migrate import migrate
from tests.integration.activities.desk import Desk, power, report, soon

ORIGIN = "test.example/log"
BEGAN = datetime(2020, 1, 1, tzinfo=UTC)
NOON = datetime(2027, 1, 15, 18, tzinfo=UTC)
ALL: Collection[Visibility] = ("public", "partners", "restricted")
PUBLIC: frozenset[Visibility] = frozenset({"public"})


@dataclass
class Sealed:
    """A desk whose ledger is sealed by hand."""

    desk: Desk
    pool: Pool
    appender: Appender
    folder: LogFolder
    sealer: Sealer

    @property
    def key(self) -> Key:
        return log_key(ORIGIN, self.folder.key())

    async def seal(self) -> Checkpoint:
        note = await self.sealer.seal()
        assert note
        return parse_checkpoint(note)

    async def bundle(self, plan: str = "canal", may_see: Collection[Visibility] = ALL) -> bytes:
        return b"".join([part async for part in bundle.bundle(self.pool, await self.now(plan), may_see)])

    async def receipt(self, entries: list[StoredEntry], may_see: Collection[Visibility] = ALL) -> bytes:
        return await bundle.receipt(self.pool, await self.now(), entries, [str(self.key)], may_see)

    async def now(self, plan: str = "canal") -> Plan:
        """The plan as it stands."""
        return (await fold.current(PLAN, self.pool, plan)).state


@asynccontextmanager
async def sealed_desk(dsn: str, folder: Path) -> AsyncIterator[Sealed]:
    """A migrated ledger with a gateway key, a log key, and nothing else."""
    await migrate(dsn)
    keyring, log = Keyring(folder), LogFolder(folder / "log")
    async with open_pool(dsn) as pool, open_pool(dsn, "sealer") as own, appending(pool) as appender:
        await establish(pool, ORIGIN, "live")
        await introduce_gateway_key(pool, appender, public_bytes(keyring.gateway_key()), BEGAN)
        await introduce(pool, appender, ORIGIN, log, BEGAN)
        identity = await establish(pool, ORIGIN, "live")
        # The desk says what time it is, so it works as in a rehearsal; the ledger under it is a live one.
        desk = Desk(pool, keyring, identity, Handle(pool, appender, keyring, replace(identity, mode="rehearsal")))
        yield Sealed(desk, pool, appender, log, Sealer(own, log))


async def tell(sealed: Sealed, first: int = 1) -> None:
    """A plan's start, two reports, and what is seen of power: the last entry is restricted, its words are sealed."""
    desk = sealed.desk
    if first == 1:
        await desk.start(NOON)
    await desk.journal(report(f"r{first}"), soon(NOON, first))
    await desk.journal(report(f"r{first + 1}", "neighbours"), soon(NOON, first))
    await desk.journal(power(f"p{first}"), soon(NOON, first + 1))
    await desk.call(soon(NOON, first + 2))

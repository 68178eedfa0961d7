"""Checking a bundle offline: hashes, chains and tree; with the fold; and the limit, SHA-256 of the same bytes."""

import hashlib
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

from audit import verify
from audit.bundle import bundle
from audit.folding import fold
from audit.log_folder import LogFolder
from audit.log_keys import introduce
from audit.sealer import Sealer
from benchmarks.contender import Lost
from benchmarks.ours.engine import settings_of
from benchmarks.ours.filling import fill
from benchmarks.rounds import Message, Round, play
from domain import PLAN as PORT
from ledger.appender import appending
from ledger.connection import Pool, open_pool
from ledger.fold import current
from ledger.identity import establish

PLAN = "verified-000000"
BLOCK = 1 << 16


@asynccontextmanager
async def program(setup: Message) -> AsyncIterator[Round]:
    settings = settings_of(setup)
    folder = LogFolder(settings.keyring / "log")
    async with open_pool(settings.database_url) as pool, open_pool(settings.database_url, "sealer") as own:
        identity = await establish(pool, settings.origin, "live")
        async with appending(pool) as appender:
            await introduce(pool, appender, identity.origin, folder, datetime.now(UTC))
        await fill(settings.database_url, 1, setup["events"], PLAN.rpartition("-")[0])
        await Sealer(own, folder).seal()
        file = await _written(pool, settings.keyring / "plan.bundle")

        async def one(_: Message) -> Message:
            took = [_verified(file, None), _verified(file, fold), _hashed(file)]
            return dict(zip(("proof", "fold", "limit"), (setup["events"] / one for one in took), strict=True))

        yield one


async def _written(pool: Pool, file: Path) -> Path:
    now = (await current(PORT, pool, PLAN)).state
    with file.open("wb") as into:
        async for part in bundle(pool, now, {"public", "partners", "restricted"}):
            into.write(part)
    return file


def _verified(file: Path, folding: verify.Fold | None) -> float:
    began = time.perf_counter()
    report = verify.verify(str(file), verify.Expectations(), folding)
    took = time.perf_counter() - began
    if report.verdict != verify.HOLDS:
        raise Lost("\n".join(report.lines()))
    return took


def _hashed(file: Path) -> float:
    began = time.perf_counter()
    digest = hashlib.sha256()
    with file.open("rb") as whole:
        while block := whole.read(BLOCK):
            digest.update(block)
    return time.perf_counter() - began


if __name__ == "__main__":
    play(program)

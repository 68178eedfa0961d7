"""Sealing the log, beside the handling of plans: a task of every worker, of which one at a time seals.

It is no workflow: it has nothing to remember that would not lie beside its key, and it must go on, and stop everything
else where it has to, while Temporal is away.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Final

import structlog

from audit.cosigning import Cosigners
from audit.log_folder import LogFolder
from audit.log_keys import introduce
from audit.sealer import Sealer
from audit.verify import CheckFailed
from ledger.appender import Appender, LogIsForked
from ledger.connection import Pool, is_transient, open_pool
from ledger.identity import Identity
from settings import Settings

INTERVAL: Final = 1.0
"""Seconds between two looks whether there is something to seal."""

logger = structlog.get_logger()


@contextlib.asynccontextmanager
async def sealing(settings: Settings, pool: Pool, appender: Appender, identity: Identity) -> AsyncIterator[None]:
    """Seals for as long as the block runs. A forked log is found before the block begins, and stops it from writing.

    A rehearsal is never sealed. Raises ``UnusableKey``.
    """
    if identity.mode == "rehearsal":
        yield
        return
    async with open_pool(settings.database_url, "sealer", max_size=2) as own:
        folder = LogFolder(settings.keyring / "log")
        sealer = Sealer(own, folder)
        with contextlib.suppress(LogIsForked):  # from here on Postgres itself refuses, and the task says so
            await sealer.check()
            await introduce(pool, appender, identity.origin, folder, datetime.now(UTC))
        cosigners = Cosigners(own, settings.keyring / "log")
        tasks = [asyncio.create_task(_seal(sealer)), asyncio.create_task(_ask(cosigners))]
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)


async def _seal(sealer: Sealer) -> None:
    """Seal for ever, after one look at the whole log. Outlives a ledger that is away; says once what is wrong."""
    looked, said = False, ""
    while True:
        try:
            if not looked:
                await sealer.check_whole()
                looked = True
            await sealer.seal()
            said = ""
        except LogIsForked as forked:
            if said != forked.code:
                logger.error(forked.code, why=str(forked))
            said = forked.code
        except Exception as error:
            name = type(error).__name__
            if not is_transient(error):
                logger.exception("sealer.failed")
            elif said != name:
                logger.warning("sealer.waits", why=name)
            said = name
        await asyncio.sleep(INTERVAL)


async def _ask(cosigners: Cosigners) -> None:
    """Have witnesses cosign, for ever. One that is away or disagrees is said once, and asked again."""
    faults: dict[str, str] = {}
    while True:
        try:
            found = await cosigners.ask()
        except CheckFailed as wrong:
            found = {"witnesses": str(wrong)}
        except Exception as error:
            if not is_transient(error):
                logger.exception("witnesses.failed")
            found = {}
        for name in found.keys() - faults.keys():
            logger.warning("witness.did_not_cosign", witness=name, why=found[name])
        faults = found
        await asyncio.sleep(INTERVAL * (5 if found else 1))

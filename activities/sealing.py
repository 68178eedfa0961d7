"""Signs checkpoints of the log and has witnesses cosign them: two tasks of every worker; one worker at a time signs.

This is no workflow: its state lies beside the log's key, and it must go on while Temporal is down, and stop all writing
if the log is forked.
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
"""Seconds between two looks for new entries."""

logger = structlog.get_logger()


@contextlib.asynccontextmanager
async def sealing(settings: Settings, pool: Pool, appender: Appender, identity: Identity) -> AsyncIterator[None]:
    """Signs checkpoints while the block runs. A forked log is found before the block begins, and stops all writing.

    Does nothing in a rehearsal. Raises ``UnusableKey``.
    """
    if identity.mode == "rehearsal":
        yield
        return
    async with open_pool(settings.database_url, "sealer", max_size=2) as sealer_pool:
        folder = LogFolder(settings.keyring / "log")
        sealer = Sealer(sealer_pool, folder)
        with contextlib.suppress(LogIsForked):  # Postgres refuses to write from here on, and the task logs it
            await sealer.check()
            await introduce(pool, appender, identity.origin, folder, datetime.now(UTC))
        cosigners = Cosigners(sealer_pool, settings.keyring / "log")
        tasks = [asyncio.create_task(_seal(sealer)), asyncio.create_task(_cosign(cosigners))]
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)


async def _seal(sealer: Sealer) -> None:
    """Signs for ever, after one check of the whole log. Outlasts an unreachable ledger; logs each fault once."""
    checked, logged = False, ""
    while True:
        try:
            if not checked:
                await sealer.check_whole()
                checked = True
            await sealer.seal()
            logged = ""
        except LogIsForked as forked:
            if logged != forked.code:
                logger.error(forked.code, why=str(forked))
            logged = forked.code
        except Exception as error:
            name = type(error).__name__
            if not is_transient(error):
                logger.exception("sealer.failed")
            elif logged != name:
                logger.warning("sealer.waits", why=name)
            logged = name
        await asyncio.sleep(INTERVAL)


async def _cosign(cosigners: Cosigners) -> None:
    """Has witnesses cosign, for ever. One that does not answer or disagrees is logged once, and asked again."""
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

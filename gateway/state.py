"""The state of a running gateway: ledger, keys, Temporal client, and the tasks that run beside the requests."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from functools import partial
from typing import Final

import structlog
from temporalio.client import Client

from activities.converter import data_converter
from audit.log_folder import LogFolder
from audit.sealer import Sealer
from gateway.availability import record_availability
from gateway.commit_listener import CommitListener
from gateway.reading.reads import Reads
from gateway.recovery.sweeper import Sweeper
from gateway.sending.intake import CommandIntake
from gateway.sending.journal_queue import journal_queue
from gateway.sending.outcomes import Outcomes
from gateway.sending.signing import Signer
from gateway.supervision import supervised
from gateway.tokens import ensure_admin
from ledger.appender import Appender, LogIsForked, appending
from ledger.clock import database_time
from ledger.connection import Pool, open_pool
from ledger.gateway_keys import introduce_gateway_key
from ledger.identity import Identity, establish
from ledger.keyring import Keyring, key_id_of, public_bytes
from settings import Settings

CONNECTIONS: Final = 12
"""Database connections of one gateway process at most."""

log = structlog.get_logger("gateway")


@dataclass(frozen=True)
class GatewayState:
    """What request handlers use. One per gateway process."""

    settings: Settings
    pool: Pool
    keyring: Keyring
    identity: Identity
    gateway_key: str
    """The id of the key that signs commands."""
    client: Client
    commit_listener: CommitListener
    intake: CommandIntake
    reads: Reads
    export_slot: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(1))
    """Held while an export has a whole history in memory: one export at a time."""
    stopping: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when the process is asked to stop. Open ``watch`` streams then end."""


@contextlib.asynccontextmanager
async def gateway_state(settings: Settings) -> AsyncIterator[GatewayState]:
    """A gateway that can accept commands while the block runs. Temporal may be unavailable.

    Raises what Postgres does, ``OtherLedger``, ``UnusableKey``.
    """
    keyring = Keyring(settings.keyring)
    async with contextlib.AsyncExitStack() as stack:
        pool = await stack.enter_async_context(open_pool(settings.database_url, max_size=CONNECTIONS))
        identity = await establish(pool, settings.origin, settings.mode)
        await _check_fork(settings, identity)
        async with appending(pool) as appender:
            public = public_bytes(keyring.gateway_key())
            gateway_key = await _introduce_key(pool, appender, public)
        file = await ensure_admin(pool, keyring, settings.keyring)
        log.info("admin_token", file=str(file))
        client = await Client.connect(
            settings.temporal_address,
            namespace=settings.temporal_namespace,
            data_converter=data_converter(),
            lazy=True,  # commands are accepted while Temporal is unavailable, also at the start
        )
        commit_listener = CommitListener(pool)
        outcomes = Outcomes(pool, commit_listener)
        signer = Signer(keyring, identity.origin, keyring.gateway_key())
        queue = await stack.enter_async_context(journal_queue(pool, signer))
        intake = CommandIntake(pool, keyring, queue, client, settings.task_queue, outcomes)
        await stack.enter_async_context(supervised("commit_listener", commit_listener.run))
        await stack.enter_async_context(supervised("outcomes", outcomes.run))
        await stack.enter_async_context(supervised("sweeper", Sweeper(pool, client, settings.task_queue).run))
        await stack.enter_async_context(supervised("availability", partial(record_availability, pool)))
        stack.push_async_callback(intake.signals_done)
        yield GatewayState(settings, pool, keyring, identity, gateway_key, client, commit_listener, intake, Reads(pool))


async def _check_fork(settings: Settings, identity: Identity) -> None:
    """Check, before any command is accepted, that the ledger extends what its log signed.

    If it does not, the ledger is marked as forked: Postgres then rejects commands, while reading and administering
    still work.
    """
    if identity.mode == "live":
        async with open_pool(settings.database_url, "sealer", max_size=1) as sealer_pool:
            with contextlib.suppress(LogIsForked):
                await Sealer(sealer_pool, LogFolder(settings.keyring / "log")).check()


async def _introduce_key(pool: Pool, appender: Appender, public: bytes) -> str:
    """Record this gateway's public key in the ledger, if it is new; returns the key's id."""
    try:
        return await introduce_gateway_key(pool, appender, public, await database_time(pool))
    except LogIsForked as forked:
        log.error(forked.code, why=str(forked))
        return key_id_of(public)

"""What a running gateway holds: ledger, keys, a client of Temporal, and the tasks that run beside the requests."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from functools import partial

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

CONNECTIONS = 12

log = structlog.get_logger("gateway")


@dataclass(frozen=True)
class GatewayState:
    """One to a gateway process."""

    settings: Settings
    pool: Pool
    keyring: Keyring
    identity: Identity
    gateway_key: str
    """The id of the key that signs."""
    client: Client
    commit_listener: CommitListener
    intake: CommandIntake
    reads: Reads
    export_slot: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(1))
    """Held while a whole history is in memory to be written down: one at a time."""
    stopping: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when the process is told to stop: whoever watches is sent away."""


@contextlib.asynccontextmanager
async def gateway_state(settings: Settings) -> AsyncIterator[GatewayState]:
    """Everything ready to take commands; Temporal may be away.

    Raises what Postgres does, ``OtherLedger``, ``UnusableKey``.
    """
    keyring = Keyring(settings.keyring)
    async with contextlib.AsyncExitStack() as stack:
        pool = await stack.enter_async_context(open_pool(settings.database_url, max_size=CONNECTIONS))
        identity = await establish(pool, settings.origin, settings.mode)
        await _hold_unforked(settings, identity)
        async with appending(pool) as appender:
            public = public_bytes(keyring.gateway_key())
            gateway_key = await _introduced(pool, appender, public)
        file = await ensure_admin(pool, keyring, settings.keyring)
        log.info("admin_token", file=str(file))
        client = await Client.connect(
            settings.temporal_address,
            namespace=settings.temporal_namespace,
            data_converter=data_converter(),
            lazy=True,  # commands are accepted while Temporal is away, also at the start
        )
        commit_listener = CommitListener(pool)
        outcomes = Outcomes(pool, commit_listener)
        signer = Signer(keyring, identity.origin, keyring.gateway_key())
        journal = await stack.enter_async_context(journal_queue(pool, signer))
        intake = CommandIntake(pool, keyring, journal, client, settings.task_queue, outcomes)
        await stack.enter_async_context(supervised("bell", commit_listener.run))
        await stack.enter_async_context(supervised("outcomes", outcomes.run))
        await stack.enter_async_context(supervised("sweeper", Sweeper(pool, client, settings.task_queue).run))
        await stack.enter_async_context(supervised("door", partial(record_availability, pool)))
        stack.push_async_callback(intake.signals_done)
        yield GatewayState(settings, pool, keyring, identity, gateway_key, client, commit_listener, intake, Reads(pool))


async def _hold_unforked(settings: Settings, identity: Identity) -> None:
    """Look whether the ledger is an extension of what was signed, before anything is accepted into it.

    Where it is not, Postgres itself refuses commands from here on; reading and administering go on.
    """
    if identity.mode == "live":
        async with open_pool(settings.database_url, "sealer", max_size=1) as own:
            with contextlib.suppress(LogIsForked):
                await Sealer(own, LogFolder(settings.keyring / "log")).check()


async def _introduced(pool: Pool, appender: Appender, public: bytes) -> str:
    try:
        return await introduce_gateway_key(pool, appender, public, await database_time(pool))
    except LogIsForked as forked:
        log.error(forked.code, why=str(forked))
        return key_id_of(public)

"""Commands into the journal: those that came while others were written down go in together, under one time.

Each is signed by itself. Once a command's answer is here it cannot be lost.
"""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace

from gateway.access.callers import Sender
from gateway.sending.parsing import ParsedCommand
from gateway.sending.signing import Signer
from ledger import journal
from ledger.appender import LogIsForked
from ledger.clock import database_time
from ledger.connection import Pool
from ledger.group_commit import GroupCommit
from ledger.identity import identify
from ledger.journal import Accepted, Journalled


@dataclass(frozen=True, slots=True)
class CommandToJournal:
    """A command that may come in, and as whom its sender speaks."""

    plan: str
    sender: Sender
    parsed: ParsedCommand


JournalQueue = GroupCommit[CommandToJournal, Accepted]
"""Raises what `ledger.journal.accept` raises, and what asyncpg does where Postgres does not answer."""


@asynccontextmanager
async def journal_queue(pool: Pool, signer: Signer) -> AsyncIterator[JournalQueue]:
    """The way into the journal, for as long as a gateway runs."""

    async def call(coming: Sequence[CommandToJournal]) -> Sequence[Accepted | Exception]:
        await signer.keyring.ready(sum(any(one.parsed.command.words()) for one in coming))
        # One connection, so that in a burst the wait for it comes before the time is taken and none after it.
        async with pool.acquire() as connection:
            accepted_at = await database_time(connection)  # of many gateways, whatever their clocks say, one clock
            # Asked each time: after a fork the ledger goes on under another origin while gateways run.
            identity = await identify(connection)
            signing = replace(signer, origin=identity.origin) if identity else signer
            rows = [signing.signed(one.plan, one.sender, one.parsed, accepted_at) for one in coming]
            try:
                answers = await journal.accept_all(connection, rows)
            except LogIsForked:
                signer.keyring.discard(keys_of(rows))
                raise  # after any other failure nobody knows what stands in the journal, so all keys stay
        stand = {one.row.key_id for one in answers if isinstance(one, Accepted) and one.new}
        signer.keyring.discard(keys_of(rows) - stand)
        return answers

    async with JournalQueue(call, lambda coming: len(coming.parsed.body)) as gathered:
        yield gathered


def keys_of(rows: Sequence[Journalled]) -> set[str]:
    return {row.key_id for row in rows if row.key_id is not None}

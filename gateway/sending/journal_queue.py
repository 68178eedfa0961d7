"""The queue into the journal (group commit): commands that arrive during one write share the next one and its time.

Each command is signed on its own. Once its answer is here, it cannot be lost.
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
    """An authorised command, with its plan and sender."""

    plan: str
    sender: Sender
    parsed: ParsedCommand


JournalQueue = GroupCommit[CommandToJournal, Accepted]
"""Raises what `ledger.journal.accept` raises, and what asyncpg raises if Postgres does not answer."""


@asynccontextmanager
async def journal_queue(pool: Pool, signer: Signer) -> AsyncIterator[JournalQueue]:
    """The queue into the journal, for as long as the gateway runs."""

    async def call(commands: Sequence[CommandToJournal]) -> Sequence[Accepted | Exception]:
        await signer.keyring.ready(sum(any(one.parsed.command.words()) for one in commands))
        # One connection for all of it: in a burst, the wait for a connection comes before the time is read.
        async with pool.acquire() as connection:
            accepted_at = await database_time(connection)  # one clock for all gateways
            # Read each time: after a fork the ledger continues under another origin while gateways run.
            identity = await identify(connection)
            signing = replace(signer, origin=identity.origin) if identity else signer
            rows = [signing.signed(one.plan, one.sender, one.parsed, accepted_at) for one in commands]
            try:
                answers = await journal.accept_all(connection, rows)
            except LogIsForked:
                signer.keyring.discard(keys_of(rows))
                raise  # after any other failure the rows may be in the journal, so all their keys are kept
        journalled = {one.row.key_id for one in answers if isinstance(one, Accepted) and one.new}
        signer.keyring.discard(keys_of(rows) - journalled)
        return answers

    async with JournalQueue(call, lambda command: len(command.parsed.body)) as queue:
        yield queue


def keys_of(rows: Sequence[Journalled]) -> set[str]:
    """The ids of the data keys of these rows."""
    return {row.key_id for row in rows if row.key_id is not None}

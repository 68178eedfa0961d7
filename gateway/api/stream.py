"""A stream of commands: journalled as they come, answered in their order, each line as soon as it is known.

One faulty line has its own answer and stops nothing. Reading and answering run side by side, with a bound on what is
journalled and still without outcome, so a stream of any length neither fills the journal nor this process.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Any, Final

from starlette.requests import ClientDisconnect
from starlette.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

from gateway.access.callers import Caller, NotAllowed
from gateway.api.http import to_json
from gateway.errors import HANDLED_ERRORS, as_problem, send_result_view
from gateway.sending.intake import CommandIntake
from gateway.sending.parsing import MAX_COMMAND_BYTES, ParsedCommand, TooLarge, parse_command, read_json
from ledger.journal import Accepted

AT_ONCE: Final = 200
"""Commands of one stream that may wait for their outcome."""


class JSONLinesResponse(StreamingResponse):
    """A response of JSON lines to a request that may still be sending.

    Starlette's own listens for a disconnect by reading the request, and would take the commands that are still to come.
    """

    media_type = "application/jsonl"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self.stream_response(send)


async def answer_lines(
    intake: CommandIntake, caller: Caller, plan: str, chunks: AsyncIterator[bytes], wait: float
) -> AsyncIterator[bytes]:
    """One line of JSON for each line that says something, in order."""
    known: asyncio.Queue[asyncio.Task[dict[str, Any]] | None] = asyncio.Queue()
    slots = asyncio.Semaphore(AT_ONCE)

    async def feed() -> None:
        try:
            async for number, line in numbered_lines(chunks, MAX_COMMAND_BYTES):
                await slots.acquire()
                # Accepted one by one: the journal's order is the stream's.
                accepted = await _accepted(intake, caller, plan, line)
                task = asyncio.create_task(_outcome(intake, plan, number, accepted, wait))
                task.add_done_callback(lambda _: slots.release())
                known.put_nowait(task)
        except ClientDisconnect:
            pass  # what was journalled is handled; there is nobody left to tell
        finally:
            known.put_nowait(None)

    feeding = asyncio.create_task(feed())
    try:
        while (task := await known.get()) is not None:
            yield to_json(await task) + b"\n"
        await feeding
    finally:
        feeding.cancel()
        while not known.empty():
            if task := known.get_nowait():
                task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await feeding


async def numbered_lines(chunks: AsyncIterator[bytes], longest: int) -> AsyncIterator[tuple[int, bytes | None]]:
    """The lines that say something, with their numbers from 1; ``None`` for one longer than ``longest`` bytes."""
    held, too_long, number = bytearray(), False, 1

    async for chunk in chunks:
        *ended, rest = chunk.split(b"\n")
        for part in ended:
            line = None if too_long or len(held) + len(part) > longest else bytes(held + part)
            if line is None or line.strip():
                yield number, line
            held, too_long, number = bytearray(), False, number + 1
        too_long = too_long or len(held) + len(rest) > longest
        held = bytearray() if too_long else held + rest
    if too_long or held.strip():
        yield number, None if too_long else bytes(held)


async def _accepted(
    intake: CommandIntake, caller: Caller, plan: str, line: bytes | None
) -> tuple[str | None, tuple[Accepted, ParsedCommand] | Exception]:
    """The command's id as far as it can be told, and what became of it at the door."""
    command_id: str | None = None
    try:
        if line is None:
            raise TooLarge
        raw = read_json(line)
        if isinstance(raw, dict) and isinstance(raw.get("id"), str):
            command_id = raw["id"][:100]
        said = parse_command(raw)
        return command_id, (await intake.accept(caller, plan, said), said)
    except HANDLED_ERRORS as error:
        return command_id, error


async def _outcome(
    intake: CommandIntake,
    plan: str,
    number: int,
    accepted: tuple[str | None, tuple[Accepted, ParsedCommand] | Exception],
    wait: float,
) -> dict[str, Any]:
    command_id, found = accepted
    try:
        if not isinstance(found, Exception):
            settled = await intake.await_outcome(*found, wait)
            return send_result_view(settled, outcome_url(plan, settled.command_id)) | {"line": number}
    except HANDLED_ERRORS as error:  # the ledger went away; what was accepted is not lost
        found = error
    refused = as_problem(found)
    if refused.code == "malformed" or refused.status == 413:
        outcome = "malformed"
    else:
        outcome = "not_allowed" if isinstance(found, NotAllowed) else "refused"
    return {"command_id": command_id, "outcome": outcome, "line": number, "versions": [], **refused.body()}


def outcome_url(plan: str, command: str) -> str:
    """Where a command's outcome can be read."""
    return f"/v1/plans/{plan}/commands/{command}"

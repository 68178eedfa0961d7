"""Streams of commands: journalled in order as they arrive, and answered in the same order as outcomes are recorded.

A faulty line gets its own answer and stops nothing. Reading and answering run concurrently. The number of commands
without an outcome is bounded, so a stream of any length fills neither the journal nor the memory.
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
"""Commands of one stream that may wait for their outcome at the same time."""


class JSONLinesResponse(StreamingResponse):
    """A response of JSON lines to a request that may still be sending.

    Starlette's own class reads the request to notice a disconnect, and would consume the remaining commands.
    """

    media_type = "application/jsonl"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self.stream_response(send)


async def answer_lines(
    intake: CommandIntake, caller: Caller, plan: str, chunks: AsyncIterator[bytes], wait: float
) -> AsyncIterator[bytes]:
    """One line of JSON for each line that is not blank, in order."""
    known: asyncio.Queue[asyncio.Task[dict[str, Any]] | None] = asyncio.Queue()
    slots = asyncio.Semaphore(AT_ONCE)

    async def feed() -> None:
        try:
            async for number, line in numbered_lines(chunks, MAX_COMMAND_BYTES):
                await slots.acquire()
                # Accepted one by one, so that the journal keeps the order of the stream.
                accepted = await _accepted(intake, caller, plan, line)
                task = asyncio.create_task(_outcome(intake, plan, number, accepted, wait))
                task.add_done_callback(lambda _: slots.release())
                known.put_nowait(task)
        except ClientDisconnect:
            pass  # journalled commands are handled; no client is left to answer
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
    """The lines that are not blank, with their numbers from 1; ``None`` for a line longer than ``longest`` bytes."""
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
    """The command's id, if it can be read; and the accepted command, or the error that prevented it."""
    command_id: str | None = None
    try:
        if line is None:
            raise TooLarge
        raw = read_json(line)
        if isinstance(raw, dict) and isinstance(raw.get("id"), str):
            command_id = raw["id"][:100]
        parsed = parse_command(raw)
        return command_id, (await intake.accept(caller, plan, parsed), parsed)
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
            result = await intake.await_outcome(*found, wait)
            return send_result_view(result, outcome_url(plan, result.command_id)) | {"line": number}
    except HANDLED_ERRORS as error:  # the ledger does not answer; the accepted command is not lost
        found = error
    refused = as_problem(found)
    if refused.code == "malformed" or refused.status == 413:
        outcome = "malformed"
    else:
        outcome = "not_allowed" if isinstance(found, NotAllowed) else "refused"
    return {"command_id": command_id, "outcome": outcome, "line": number, "versions": [], **refused.body()}


def outcome_url(plan: str, command: str) -> str:
    """The URL of a command's outcome."""
    return f"/v1/plans/{plan}/commands/{command}"

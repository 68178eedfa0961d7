"""How a contender plays: a program that is set up once and then plays a round for each line that it reads.

stdin    a line of JSON for the set-up, then one for each round; its end is the end
stdout   a line of JSON when it is ready, then one for each round
"""

import asyncio
import gc
import json
import os
import sys
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from typing import Any

Message = dict[str, Any]
Round = Callable[[Message], Awaitable[Message]]
Program = Callable[[Message], AbstractAsyncContextManager[Round]]


def play(program: Program) -> None:
    """Be a contender: set up, say that it is ready, play until stdin ends."""
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "w", buffering=1)
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # whatever a library prints is no answer
    asyncio.run(_play(program, lambda request: print(json.dumps(request), file=answers)))


async def _play(program: Program, answer: Callable[[Message], None]) -> None:
    async with program(json.loads(await _line())) as one:
        gc.freeze()  # as our programs do once they are loaded; the peers' are given the same
        answer({"ready": True})
        while line := await _line():
            answer(await one(json.loads(line)))


async def _line() -> str:
    return await asyncio.to_thread(sys.stdin.readline)

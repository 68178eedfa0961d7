"""A contender from outside: its program started, asked for rounds, ended."""

import asyncio
import json
import os
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

LONGEST_LINE = 64 * 1024 * 1024
LONGEST_ROUND = 400.0
"""Seconds. One that takes longer hangs."""

Answer = dict[str, Any]


class Lost(Exception):
    """A contender did not do what it was asked to: its numbers say nothing, and the run fails."""


@dataclass(frozen=True)
class Contender:
    name: str
    process: Process
    log: Path

    async def round(self, **message: Any) -> Answer:
        """Play one round. Raises `Lost` where the program ends."""
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps(message).encode() + b"\n")
        return await self.answer()

    async def answer(self) -> Answer:
        assert self.process.stdout is not None
        try:
            line = await asyncio.wait_for(self.process.stdout.readline(), LONGEST_ROUND)
        except TimeoutError:
            raise Lost(f"{self.name} does not answer:\n{self.log.read_text()[-3000:]}") from None
        if not line:
            raise Lost(f"{self.name} ended:\n{self.log.read_text()[-3000:]}")
        answer: Answer = json.loads(line)
        return answer

    @property
    def pid(self) -> int:
        return self.process.pid


@asynccontextmanager
async def contender(
    module: str, folder: Path, environment: Mapping[str, str] | None = None, **message: Any
) -> AsyncIterator[Contender]:
    """The program ``benchmarks.<module>``, set up with what is asked, for as long as the block runs."""
    log = folder / f"{module}.log"
    with log.open("ab") as errors:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", f"benchmarks.{module}",
            stdin=PIPE, stdout=PIPE, stderr=errors, env=os.environ | (environment or {}), limit=LONGEST_LINE,
        )  # fmt: skip
    one = Contender(module, process, log)
    try:
        await one.round(**message)
        yield one
    finally:
        if process.stdin:
            process.stdin.close()
        try:
            await asyncio.wait_for(process.wait(), 30)
        except TimeoutError:
            process.kill()
            await process.wait()


async def in_turn(ours: Contender, theirs: Contender, rounds: int, **message: Any) -> tuple[list[Answer], list[Answer]]:
    """A B A B: so many rounds of each, one after the other."""
    answers: tuple[list[Answer], list[Answer]] = ([], [])
    for _ in range(rounds):
        answers[0].append(await ours.round(**message))
        answers[1].append(await theirs.round(**message))
    return answers

"""A worker in a process of its own. A round says how much memory it holds, and how many plans' states it keeps."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from benchmarks.machine import resident
from benchmarks.ours.engine import working
from benchmarks.rounds import Message, Round, play


@asynccontextmanager
async def program(setup: Message) -> AsyncIterator[Round]:
    async with working(setup, **setup.get("options", {})) as handle:

        async def one(_: Message) -> Message:
            return {"bytes": resident(), "kept": len(handle._states)}

        yield one


if __name__ == "__main__":
    play(program)

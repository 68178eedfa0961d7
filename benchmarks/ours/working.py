"""A worker in a process of its own. A round says how much memory it holds."""

import gc
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import psutil

from benchmarks.ours.engine import working
from benchmarks.rounds import Asked, Round, play


@asynccontextmanager
async def program(asked: Asked) -> AsyncIterator[Round]:
    async with working(asked, **asked.get("options", {})):

        async def one(_: Asked) -> Asked:
            gc.collect()
            return {"bytes": psutil.Process().memory_info().rss}

        yield one


if __name__ == "__main__":
    play(program)

"""A program that is to run all the time: started, waited for, started again when it dies, and stopped.

The waiting is asyncio's; each start happens in the event loop's own thread, on which the leash hangs
(`embedded.process`).
"""

import asyncio
import contextlib
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

from embedded import process
from embedded.messages import Listener, StackEvent, StackFault
from embedded.process import Process, Program

FIRST_DELAY: Final = 0.5
LONGEST_DELAY: Final = 30.0
STEADY: Final = 60.0
"""Seconds of life after which a death is a new story and not part of a series."""
ATTEMPTS: Final = 4
"""How often a program that ends before it is ready is tried: what a killed one left takes a moment to clear."""


class Service:
    """One program, kept running from `start` to `stop`."""

    def __init__(
        self,
        program: Program,
        pid_file: Path,
        on_event: Listener,
        ready: Callable[[], bool],
        prepare: Callable[[], None],
    ) -> None:
        """``prepare`` runs before each start; ``ready`` is asked until it says yes. Both may block."""
        self.program = program
        self._pid_file = pid_file
        self._on_event = on_event
        self._ready = ready
        self._prepare = prepare
        self._process: Process | None = None
        self._loaded = False
        self._keeper: asyncio.Task[None] | None = None

    @property
    def pid(self) -> int | None:
        """Its process, while it runs."""
        return self._process.pid if self._process and self._process.poll() is None else None

    async def load(self) -> None:
        """Ends what an earlier run left, and starts a program that waits; it begins with `start`."""
        await self._end_leftover()
        self._process = process.start(self.program, self._pid_file)
        self._loaded = True

    async def start(self) -> None:
        """Ends what an earlier run left, starts the program, and returns when it is ready. Raises `StackFault`."""
        if not self._loaded:
            await self._end_leftover()
        self._tell("starting")
        await self._launch()
        self._tell("ready")
        self._keeper = asyncio.create_task(self._keep(), name=f"keep {self.program.name}")

    async def stop(self) -> None:
        """Asks the program to end and returns when it has, or was killed after its patience."""
        if self._keeper:
            self._keeper.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._keeper
        if self._process:
            self._tell("stopping")
            await asyncio.to_thread(process.stop, self._process, self.program)
            self._process = None
            self._pid_file.unlink(missing_ok=True)

    async def _end_leftover(self) -> None:
        if left := await asyncio.to_thread(process.end_leftover, self._pid_file, self.program):
            self._tell("leftover", pid=left)

    async def _launch(self) -> None:
        for _ in range(ATTEMPTS):
            await asyncio.to_thread(self._prepare)
            if not (self._loaded and self.pid):
                self._process = process.start(self.program, self._pid_file)
            started, self._loaded = self._process, False
            assert started is not None
            if started.stdin:
                started.stdin.close()
            if await self._becomes_ready(started):
                return
            fault = process.does_not_start(self.program, started)
            if started.poll() is None:  # it had all its time
                await asyncio.to_thread(process.stop, started, self.program)
                break
            await asyncio.sleep(FIRST_DELAY)
        raise fault

    async def _becomes_ready(self, started: Process) -> bool:
        deadline = time.monotonic() + process.START_LIMIT
        while started.poll() is None and time.monotonic() < deadline:
            if process.listens(started, self.program) and await asyncio.to_thread(self._ready):
                return True
            await asyncio.sleep(0.03)
        return False

    async def _keep(self) -> None:
        """Starts the program again whenever it ends, sooner after a long life than after a short one."""
        delay = FIRST_DELAY
        while True:
            since = time.monotonic()
            while self.pid:  # noqa: ASYNC110 (no event tells of a child's end on every system)
                await asyncio.sleep(0.1)
            if time.monotonic() - since > STEADY:
                delay = FIRST_DELAY
            status = process.said(self._process.poll() if self._process else None)
            self._tell("ended", status=status, delay=delay, log=self.program.log)
            await asyncio.sleep(delay)
            delay = min(delay * 2, LONGEST_DELAY)
            with contextlib.suppress(StackFault, OSError):  # told as one more end
                await self._launch()
                self._tell("back")

    def _tell(self, code: str, **params: object) -> None:
        self._on_event(StackEvent(code, {"service": self.program.name, **params}))

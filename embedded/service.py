"""A program that runs all the time: started, awaited, restarted when it dies, and stopped.

Waiting is asynchronous; each start happens in the event loop's thread, because the kernel ends the process when the
thread that started it ends (`embedded.process`).
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
"""Seconds after which a run counts as successful, so that the restart delay begins anew."""
ATTEMPTS: Final = 4
"""Starts of a program that ends before it is ready: the locks of a killed one take a moment to be released."""


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
        """``prepare`` runs before each start; ``ready`` is polled until it is true. Both may block."""
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
        """Its process id, while it runs."""
        return self._process.pid if self._process and self._process.poll() is None else None

    async def load(self) -> None:
        """Ends what an earlier run left, and loads a program that waits; it begins with `start`."""
        await self._end_leftover()
        self._process = process.start(self.program, self._pid_file)
        self._loaded = True

    async def start(self) -> None:
        """Ends what an earlier run left, starts the program, and returns when it is ready. Raises `StackFault`."""
        if not self._loaded:
            await self._end_leftover()
        self._report("starting")
        await self._launch()
        self._report("ready")
        self._keeper = asyncio.create_task(self._keep(), name=f"keep {self.program.name}")

    async def stop(self) -> None:
        """Stops the program, by SIGKILL if it takes too long; returns when it has ended."""
        if self._keeper:
            self._keeper.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._keeper
        if self._process:
            self._report("stopping")
            await asyncio.to_thread(process.stop, self._process, self.program)
            self._process = None
            self._pid_file.unlink(missing_ok=True)

    async def _end_leftover(self) -> None:
        if left := await asyncio.to_thread(process.end_leftover, self._pid_file, self.program):
            self._report("leftover", pid=left)

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
            if started.poll() is None:  # it did not become ready in time
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
        """Restarts the program whenever it ends; the delay grows while runs are short."""
        delay = FIRST_DELAY
        while True:
            since = time.monotonic()
            while self.pid:  # noqa: ASYNC110 (not every system has an event for a child's end)
                await asyncio.sleep(0.1)
            if time.monotonic() - since > STEADY:
                delay = FIRST_DELAY
            status = process.exit_text(self._process.poll() if self._process else None)
            self._report("ended", status=status, delay=delay, log=self.program.log)
            await asyncio.sleep(delay)
            delay = min(delay * 2, LONGEST_DELAY)
            with contextlib.suppress(StackFault, OSError):  # reported as one more end
                await self._launch()
                self._report("back")

    def _report(self, code: str, **params: object) -> None:
        self._on_event(StackEvent(code, {"service": self.program.name, **params}))

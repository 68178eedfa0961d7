"""A proxy between a program and Postgres that can be slow, cut, or held at a chosen call.

It reads enough of the protocol (PostgreSQL 18, chapter 54, Message Formats) to recognise a call of one of the ledger's
functions. It can hold the call before Postgres receives it, or hold the answer after the commit.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Literal

SOCKET: Final = ".s.PGSQL.5432"
CHUNK: Final = 64 * 1024

Where = Literal["call", "answer"]
Function = Literal["append", "accept"]
"""The two functions through which workers and gateways write."""


@dataclass
class Hold:
    """One call to hold: ``caught`` when it is held, sent on when ``released``."""

    function: Function
    where: Where
    caught: asyncio.Event = field(default_factory=asyncio.Event)
    released: asyncio.Event = field(default_factory=asyncio.Event)


class Wire:
    """One program's proxy: a socket in its own folder. Opened by `laid`."""

    def __init__(self, folder: Path, postgres: Path) -> None:
        self.folder = folder
        self.delay = 0.0
        """Seconds by which every answer is delayed."""
        self.cut = False
        """Whether all connections are refused."""
        self._postgres = postgres
        self._hold: Hold | None = None
        self._lines: set[asyncio.Task[None]] = set()

    @contextlib.asynccontextmanager
    async def held(self, function: Function, where: Where) -> AsyncIterator[Hold]:
        """Holds the next call of a function until the end of the block."""
        hold = self._hold = Hold(function, where)
        try:
            yield hold
        finally:
            self._hold = None
            hold.released.set()

    def hang_up(self) -> None:
        """Breaks all open connections."""
        for line in self._lines:
            line.cancel()

    @contextlib.asynccontextmanager
    async def laid(self) -> AsyncIterator["Wire"]:
        """Listens while the block runs."""
        self.folder.mkdir(mode=0o700)
        server = await asyncio.start_unix_server(self._carry, self.folder / SOCKET, limit=CHUNK)
        try:
            yield self
        finally:
            server.close()
            self.hang_up()
            await asyncio.gather(*self._lines, return_exceptions=True)

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        line = asyncio.current_task()
        assert line
        self._lines.add(line)
        try:
            if not self.cut:
                await self._connect(reader, writer)
        except (OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass  # the client handles a broken connection
        finally:
            self._lines.discard(line)
            writer.transport.abort()

    async def _connect(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        ours, theirs = await asyncio.open_unix_connection(self._postgres / SOCKET, limit=CHUNK)
        answering = _Answering()
        try:
            ways = [
                asyncio.create_task(self._forth(reader, theirs, answering)),
                asyncio.create_task(self._back(ours, writer, answering)),
            ]
            try:
                await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
            finally:
                for way in ways:
                    way.cancel()
                await asyncio.gather(*ways, return_exceptions=True)
        finally:
            theirs.transport.abort()

    async def _forth(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, answering: "_Answering") -> None:
        """From the program to Postgres, message by message."""
        first = await reader.readexactly(4)
        writer.write(first + await reader.readexactly(int.from_bytes(first) - 4))
        prepared: dict[bytes, bytes] = {}
        while True:
            head = await reader.readexactly(5)
            body = await reader.readexactly(int.from_bytes(head[1:]) - 4)
            if head[:1] == b"P":
                name, query, _ = body.split(b"\0", 2)
                prepared[name] = query
            elif head[:1] == b"B" and (hold := self._take(prepared.get(body.split(b"\0", 2)[1], b""))):
                if hold.where == "answer":
                    answering.hold = hold
                else:
                    hold.caught.set()
                    await hold.released.wait()
            writer.write(head + body)
            await writer.drain()

    def _take(self, query: bytes) -> Hold | None:
        """The hold that waits for this query, if any; each holds one call."""
        if self._hold and f"ledger.{self._hold.function}(".encode() in query:
            hold, self._hold = self._hold, None
            return hold
        return None

    async def _back(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, answering: "_Answering") -> None:
        """From Postgres to the program. The answer to a call is one piece, sent after its commit."""
        while data := await reader.read(CHUNK):
            if hold := answering.hold:
                hold.caught.set()
                await hold.released.wait()
                answering.hold = None
            if self.delay:
                await asyncio.sleep(self.delay)
            writer.write(data)
            await writer.drain()


@dataclass
class _Answering:
    """State shared by the two directions of one connection."""

    hold: Hold | None = None

"""Sends commands from a file or a pipe in several requests, in order, and yields one outcome for each.

The gateway reads a request to its end before it answers. So a stream is sent in batches: each holds the lines that have
arrived so far, up to a bound, and a single line from a slow writer does not wait for the next.
"""

import queue
import threading
from collections.abc import Iterable, Iterator
from typing import Any, Final

from cli.client import Client

MAX_LINES: Final = 200
MAX_BYTES: Final = 2**20

_Line = tuple[int, bytes]


def send_in_batches(client: Client, plan: str, lines: Iterable[bytes]) -> Iterator[dict[str, Any]]:
    """Send every line that is not blank and yield the outcomes in order, with line numbers of the whole stream."""
    for batch in _batches(lines):
        for outcome in client.send_lines(plan, [line for _number, line in batch]):
            index = outcome.get("line")
            if isinstance(index, int) and 1 <= index <= len(batch):
                outcome["line"] = batch[index - 1][0]
            yield outcome


def _batches(lines: Iterable[bytes]) -> Iterator[list[_Line]]:
    """The numbered lines in batches: all that has arrived, within the bounds."""
    arrived: queue.Queue[_Line | Exception | None] = queue.Queue(maxsize=2 * MAX_LINES)

    def read() -> None:
        try:
            for numbered in enumerate(lines, 1):
                arrived.put(numbered)
            arrived.put(None)
        except (OSError, ValueError) as error:
            arrived.put(error)

    threading.Thread(target=read, daemon=True, name="lines").start()
    more = True
    while more:
        batch: list[_Line] = []
        size = 0
        while len(batch) < MAX_LINES and size < MAX_BYTES and not (batch and arrived.empty()):
            line = arrived.get()
            if line is None:
                more = False
                break
            if isinstance(line, Exception):
                raise line
            if line[1].strip():
                batch.append(line)
                size += len(line[1])
        if batch:
            yield batch

"""Streaming commands from a file or a pipe: many a request, in order, and an outcome for each.

A request is read to its end before its answer is, so a stream goes in several: what has been written so far goes out,
up to a bound, and a slow writer's single line does not wait for the next.
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
    """Send every line that says something and yield the outcomes in order. Line numbers are those of the whole."""
    for batch in _batches(lines):
        for outcome in client.send_lines(plan, [line for _number, line in batch]):
            place = outcome.get("line")
            if isinstance(place, int) and 1 <= place <= len(batch):
                outcome["line"] = batch[place - 1][0]
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

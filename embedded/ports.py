"""Ports on the loopback interface: the default one, or a free one."""

import contextlib
import errno
import random
import socket
from collections.abc import Sequence
from typing import Final

LOOPBACK: Final = "127.0.0.1"
OURS: Final = range(20_000, 32_768)
"""The range of free ports: below the ephemeral ports of outgoing connections (Linux from 32768, others from 49152,
after RFC 6335), which another program could take before ours listens."""


def choose(usual: Sequence[int]) -> list[int]:
    """For each default port, that port if it is free, else another free one. All chosen ports are different.

    Another program can still take a port before it is used; the program that should listen there then fails to start.
    """
    chosen: list[int] = []
    with contextlib.ExitStack() as held:
        for port in usual:
            one = held.enter_context(_bound(port, chosen))
            chosen.append(one.getsockname()[1])
    return chosen


def is_free(port: int) -> bool:
    return choose([port]) == [port]


def _bound(port: int, chosen: Sequence[int]) -> socket.socket:
    one = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    # A port with connections in TIME_WAIT counts as free; one that a program listens on does not.
    one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    for tried in (*([port] if port else []), *random.sample(OURS, len(OURS))):
        if tried not in chosen:  # none of ours listens there yet, so the same port could be bound twice
            with contextlib.suppress(OSError):
                one.bind((LOOPBACK, tried))
                return one
    one.close()
    raise OSError(errno.EADDRINUSE, "no port is free")

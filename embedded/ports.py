"""Ports on the loopback interface: the usual one, or a free one."""

import contextlib
import errno
import random
import socket
from collections.abc import Sequence
from typing import Final

LOOPBACK: Final = "127.0.0.1"
OURS: Final = range(20_000, 32_768)
"""Where free ports are looked for: below those that systems give to connections going out (Linux from 32768, others
from 49152, after RFC 6335). One of theirs that is free now can be somebody's before a program listens on it."""


def choose(usual: Sequence[int]) -> list[int]:
    """For each usual port, itself if it is free and otherwise one that is. All chosen are different.

    Nothing keeps another program from taking a port between this answer and its use; who then fails to start says so.
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
    # A port whose last connections are still in TIME_WAIT is free; one that somebody listens on is not.
    one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    for tried in (*([port] if port else []), *random.sample(OURS, len(OURS))):
        if tried not in chosen:  # so that none of ours listens there yet, and both could be bound
            with contextlib.suppress(OSError):
                one.bind((LOOPBACK, tried))
                return one
    one.close()
    raise OSError(errno.EADDRINUSE, "no port is free")

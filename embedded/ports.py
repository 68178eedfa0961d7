"""Ports on the loopback interface: the usual one, or a free one."""

import contextlib
import socket
from collections.abc import Sequence
from typing import Final

LOOPBACK: Final = "127.0.0.1"


def choose(usual: Sequence[int]) -> list[int]:
    """For each usual port, itself if it is free and otherwise one that is. All chosen are different.

    Nothing keeps another program from taking a port between this answer and its use; who then fails to start says so.
    """
    with contextlib.ExitStack() as held:
        return [held.enter_context(_bound(port)).getsockname()[1] for port in usual]


def is_free(port: int) -> bool:
    return choose([port]) == [port]


def _bound(port: int) -> socket.socket:
    one = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    # A port whose last connections are still in TIME_WAIT is free; one that somebody listens on is not.
    one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        one.bind((LOOPBACK, port))
    except OSError:
        one.bind((LOOPBACK, 0))
    return one

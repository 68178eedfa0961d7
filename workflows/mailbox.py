"""Buffers a plan's incoming signals (name, size, digest; never the payload) until ``handle`` has recorded them.

Every client of Temporal can send any signal, so nothing in this module may raise. From a well-formed `CommandSignal`
only the number is kept; whether the journal has a command of that number is for ``handle`` to check.
"""

import hashlib
from collections.abc import Sequence
from typing import Final

from pydantic import ValidationError
from temporalio.common import RawValue

from activities.contract import CANCEL, WAKE, CommandSignal, PlanRun, ReceivedSignal

MAX_NAME: Final = 100
MAX_COMMAND_SIGNAL: Final = 1_024
MAX_NUMBER: Final = 2**63 - 1
"""The journal numbers commands in 64 bits; a larger number cannot be one of its own."""


def outline(name: str, args: Sequence[RawValue]) -> ReceivedSignal:
    """A signal without its content: name, size, digest, and the number if it is a well-formed `CommandSignal`."""
    digest, size = hashlib.sha256(), 0
    for arg in args:
        digest.update(arg.payload.SerializeToString(deterministic=True))
        size += len(arg.payload.data)
    return ReceivedSignal(
        name=name[:MAX_NAME].encode("unicode_escape").decode("ascii")[:MAX_NAME],
        size=size,
        sha256=digest.hexdigest(),
        number=_number(args),
    )


def carried_signals(args: Sequence[RawValue]) -> tuple[ReceivedSignal, ...]:
    """The signals that a run takes over from the run before it; none if its argument is not a `PlanRun`."""
    if len(args) != 1:
        return ()
    try:
        return PlanRun.model_validate_json(args[0].payload.data).arrivals
    except ValidationError:
        return ()


def _number(args: Sequence[RawValue]) -> int | None:
    if len(args) != 1:
        return None
    payload = args[0].payload
    if payload.metadata.get("encoding") != b"json/plain" or len(payload.data) > MAX_COMMAND_SIGNAL:
        return None
    try:
        number = CommandSignal.model_validate_json(payload.data).number
    except ValidationError:
        return None
    return number if 0 <= number <= MAX_NUMBER else None


class Mailbox:
    """Received signals in the order of arrival, and whether a bare ``wake`` arrived."""

    def __init__(self, signals: Sequence[ReceivedSignal] = ()) -> None:
        self._signals = list(signals)
        self._woken = False

    def __len__(self) -> int:
        return len(self._signals)

    @property
    def waiting(self) -> bool:
        return self._woken or bool(self._signals)

    def receive(self, name: str, args: Sequence[RawValue]) -> None:
        """Buffers a signal. A bare ``wake`` only sets a flag: there is nothing in it to record."""
        if name == WAKE and not args:
            self.wake()
        else:
            self._signals.append(outline(name, args))

    def wake(self) -> None:
        """Has the plan look at its journal, with nothing to record."""
        self._woken = True

    def receive_cancel(self) -> None:
        """Buffers a cancel request as a signal named ``cancel``."""
        self._signals.append(outline(CANCEL, ()))

    def oldest(self, count: int) -> tuple[ReceivedSignal, ...]:
        """At most ``count`` signals, oldest first; they stay until dropped. Clears the flag that ``wake`` sets."""
        self._woken = False
        return tuple(self._signals[:count])

    def drop(self, count: int) -> None:
        """Removes the oldest signals, which ``handle`` has taken."""
        del self._signals[:count]

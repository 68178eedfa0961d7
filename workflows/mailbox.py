"""The mailbox of a plan: what came, in outline, until ``handle`` has been told of it.

Anybody who reaches Temporal can put anything in here, so nothing in this module may raise, and no body of a signal is
kept. A knock is believed only as far as its number goes, and only the journal can say whether that is true.
"""

import hashlib
from collections.abc import Sequence
from typing import Final

from pydantic import ValidationError
from temporalio.common import RawValue

from activities.contract import CANCEL, WAKE, CommandSignal, PlanRun, ReceivedSignal

LONGEST_NAME: Final = 100
LONGEST_KNOCK: Final = 1_024
LARGEST_NUMBER: Final = 2**63 - 1
"""The journal counts in 64 bits; a larger number names nothing."""


def outline(name: str, args: Sequence[RawValue]) -> ReceivedSignal:
    """A signal without its content: name, size, digest, and the journal number if it is a well-formed knock."""
    digest, size = hashlib.sha256(), 0
    for arg in args:
        digest.update(arg.payload.SerializeToString(deterministic=True))
        size += len(arg.payload.data)
    return ReceivedSignal(
        name=name[:LONGEST_NAME].encode("unicode_escape").decode("ascii")[:LONGEST_NAME],
        size=size,
        sha256=digest.hexdigest(),
        number=_number(args),
    )


def carried(args: Sequence[RawValue]) -> tuple[ReceivedSignal, ...]:
    """The arrivals a run takes over from the one before it; none, if it was started with anything else."""
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
    if payload.metadata.get("encoding") != b"json/plain" or len(payload.data) > LONGEST_KNOCK:
        return None
    try:
        number = CommandSignal.model_validate_json(payload.data).number
    except ValidationError:
        return None
    return number if 0 <= number <= LARGEST_NUMBER else None


class Mailbox:
    """Arrivals in the order in which they came, and whether somebody merely asked the plan to look."""

    def __init__(self, arrivals: Sequence[ReceivedSignal] = ()) -> None:
        self._arrivals = list(arrivals)
        self._woken = False

    def __len__(self) -> int:
        return len(self._arrivals)

    @property
    def waiting(self) -> bool:
        return self._woken or bool(self._arrivals)

    def receive(self, name: str, args: Sequence[RawValue]) -> None:
        """Take a signal, whatever it is. A bare ``wake`` says nothing that would have to be told."""
        if name == WAKE and not args:
            self.wake()
        else:
            self._arrivals.append(outline(name, args))

    def wake(self) -> None:
        """There is something to look for, and nothing to tell."""
        self._woken = True

    def receive_cancel(self) -> None:
        """Temporal's cancel button was pressed."""
        self._arrivals.append(outline(CANCEL, ()))

    def oldest(self, count: int) -> tuple[ReceivedSignal, ...]:
        """At most so many arrivals, oldest first. They stay until dropped; having looked, the plan is awake."""
        self._woken = False
        return tuple(self._arrivals[:count])

    def drop(self, count: int) -> None:
        """Forget the oldest arrivals: they have been told."""
        del self._arrivals[:count]

    def strip_oldest(self) -> None:
        """Bring the oldest arrival down to its size and digest; forget it when it is no more than that already."""
        arrival = self._arrivals[0]
        bare = ReceivedSignal(name="", size=arrival.size, sha256=arrival.sha256)
        self._arrivals[:1] = [] if arrival == bare else [bare]

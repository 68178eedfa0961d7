"""The one timer of a run: it stands through whatever happens before its deadline, and is set anew only for another.

A timer for each wait would be two more events of history for each command, and more for the server to write just when
somebody waits.
"""

import asyncio
from datetime import datetime, timedelta
from typing import Final

from temporalio import workflow

LONGEST: Final = timedelta(days=365)
SHORTEST: Final = timedelta(seconds=1)
"""A moment that has passed and is still waited for is not rung for again at once."""


def until(moment: datetime) -> timedelta:
    """How long to wait for a moment, in one go."""
    return min(max(moment - workflow.now(), SHORTEST), LONGEST)


class Alarm:
    """Rings once for each time it is set; for a moment further away than `LONGEST` it is set again when it has rung."""

    def __init__(self) -> None:
        self._moment: datetime | None = None
        self._timer: asyncio.Task[None] | None = None

    @property
    def rang(self) -> bool:
        """Whether the moment that it was set for, or the longest wait, is over."""
        return self._timer is not None and self._timer.done()

    def set(self, moment: datetime | None) -> None:
        """Have it ring at a moment, or not at all. What it is set for already it goes on waiting for."""
        if moment == self._moment and not self.rang:
            return
        if self._timer is not None:
            self._timer.cancel()
        self._moment = moment
        self._timer = None if moment is None else asyncio.create_task(workflow.sleep(until(moment)))

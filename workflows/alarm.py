"""The one timer of a run. It keeps running while signals are handled, and is replaced only for another deadline.

One timer per wait would add two events of history to every command, and the server would write the cancellation of the
timer while the sender of the command waits for an answer.
"""

import asyncio
from datetime import datetime, timedelta
from typing import Final

from temporalio import workflow

MAX_WAIT: Final = timedelta(days=365)
MIN_WAIT: Final = timedelta(seconds=1)
"""A deadline that has passed and stays on the agenda must not make the loop spin."""


class Alarm:
    """Rings once for each time it is set. For a moment further away than `MAX_WAIT` it rings early and is set again."""

    def __init__(self) -> None:
        self._moment: datetime | None = None
        self._timer: asyncio.Task[None] | None = None

    @property
    def rang(self) -> bool:
        """Whether the moment that it was set for has passed, or `MAX_WAIT`."""
        return self._timer is not None and self._timer.done()

    def set(self, moment: datetime | None) -> None:
        """Sets it for a moment, or for none. A timer that already runs for that moment is kept."""
        if moment == self._moment and not self.rang:
            return
        if self._timer is not None:
            self._timer.cancel()
        self._moment = moment
        self._timer = None if moment is None else asyncio.create_task(workflow.sleep(_until(moment)))


def _until(moment: datetime) -> timedelta:
    return min(max(moment - workflow.now(), MIN_WAIT), MAX_WAIT)

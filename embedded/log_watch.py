"""Watches a program's log for an event that it logs once it has come so far."""

import re
from pathlib import Path


class LogWatch:
    """Looks for an event in the part of a log that was written since the last `restart`."""

    def __init__(self, log: Path, event: str) -> None:
        self._log = log
        self._event = re.compile(rf'(\] |"event": "){event}\b'.encode())  # either format of `logs`
        self._offset = 0

    def restart(self) -> None:
        """Ignores what has been logged up to now."""
        self._offset = self._size()

    def seen(self) -> bool:
        """Whether the event was logged since then. A log that became shorter was rotated and is read from its start."""
        with self._log.open("rb") as log:
            log.seek(self._offset if self._offset <= self._size() else 0)
            return self._event.search(log.read()) is not None

    def _size(self) -> int:
        return self._log.stat().st_size if self._log.exists() else 0

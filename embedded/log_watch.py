"""Whether a program has said something in its log since it was last told to begin."""

import re
from pathlib import Path


class LogWatch:
    """An event that a program of ours logs once it has come so far."""

    def __init__(self, log: Path, word: str) -> None:
        self._log = log
        self._word = re.compile(rf'(\] |"event": "){word}\b'.encode())  # either form of `logs`
        self._heard = 0

    def forget(self) -> None:
        """What was said up to now no longer counts."""
        self._heard = self._size()

    def yet(self) -> bool:
        """Whether it was said since then. A log that became shorter was begun anew."""
        with self._log.open("rb") as log:
            log.seek(self._heard if self._heard <= self._size() else 0)
            return self._word.search(log.read()) is not None

    def _size(self) -> int:
        return self._log.stat().st_size if self._log.exists() else 0

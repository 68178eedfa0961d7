"""One stack per data folder, held by a lock that the kernel drops with its holder, however that one ends."""

import contextlib
import fcntl
import os
from collections.abc import Iterator
from pathlib import Path

from embedded.messages import StackFault


@contextlib.contextmanager
def held(folder: Path) -> Iterator[None]:
    """Holds the folder's lock while the block runs. Raises `StackFault` (folder_in_use) where another process holds it.

    The file stays when the lock is gone: removing it would let two processes lock two files of one name.
    """
    with (folder / "lock").open("a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            raise StackFault("folder_in_use", folder=folder, pid=file.read().strip() or "?") from None
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        yield

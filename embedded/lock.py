"""One stack per data folder: a file lock, which the kernel releases when its process ends, however it ends."""

import contextlib
import fcntl
import os
from collections.abc import Iterator
from pathlib import Path

from embedded.messages import StackFault


@contextlib.contextmanager
def held(folder: Path) -> Iterator[None]:
    """Holds the folder's lock while the block runs. Raises `StackFault` (folder_in_use) if another process holds it.

    The file stays afterwards: if it were removed, two processes could lock two files of the same name.
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

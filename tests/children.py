"""Child processes of tests."""

import os
import signal
from pathlib import Path

from embedded.process import Program


def child_command(*command: str) -> list[str]:
    """The command of a child process that can be interrupted, and that gets SIGTERM when the test run ends or is
    killed.

    So a stack that a killed test run has started stops by itself. The first word must be an absolute path. The signal
    is sent on Linux only.
    """
    return Program("child", command, Path(os.devnull), orphaned=signal.SIGTERM).leashed()

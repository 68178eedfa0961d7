"""Errors of the operating system in the reader's language; the system itself reports them in its own."""

import errno
import os
from typing import Final

from language import N_, _

SYSTEM_ERRORS: Final = {
    errno.ENOENT: N_("No such file or directory"),
    errno.EACCES: N_("Permission denied"),
    errno.EISDIR: N_("Is a directory"),
    errno.ENOTDIR: N_("Not a directory"),
    errno.ENOSPC: N_("No space left on device"),
    errno.ECONNREFUSED: N_("Connection refused"),
    errno.ETIMEDOUT: N_("Connection timed out"),
}


def os_error_text(text: str) -> str:
    """A message with the reasons of the operating system in it translated."""
    for number, reason in SYSTEM_ERRORS.items():
        text = text.replace(f"[Errno {number}] ", "").replace(os.strerror(number), _(reason))
    return text

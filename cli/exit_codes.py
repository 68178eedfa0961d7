"""Exit codes of `rumbo`. The numbers are a promise to scripts."""

from typing import Final

OK: Final = 0
FAILED: Final = 1
USAGE: Final = 2
NOT_FOUND: Final = 3
NOT_ALLOWED: Final = 4
REFUSED: Final = 5
BREAK_FOUND: Final = 6
UNREACHABLE: Final = 75
"""EX_TEMPFAIL of sysexits.h: the same command may succeed later."""
INTERRUPTED: Final = 130


def of_status(status: int) -> int:
    """The exit code for an HTTP status other than success."""
    match status:
        case 400 | 413 | 415 | 422:
            return USAGE
        case 401 | 403:
            return NOT_ALLOWED
        case 404:
            return NOT_FOUND
        case 409:
            return REFUSED
        case 500 | 501:
            return FAILED
        case 429:
            return UNREACHABLE
        case _ if status >= 502:
            return UNREACHABLE
        case _:
            return FAILED

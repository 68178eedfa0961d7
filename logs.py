"""The log of our programs: on stderr, one line or one JSON object each; events with keys, not prose."""

import asyncio
import logging
import os
import sys
import traceback
from collections.abc import Iterator
from typing import Final, NoReturn, assert_never

import structlog

from settings import LogFormat

STOP_TIMEOUT: Final = 9.0
"""Seconds that a program may take to stop. Longer than what is under way needs where all servers answer."""


def configure(form: LogFormat) -> None:
    """Send our own log and that of the libraries to stderr, in one form."""
    render: list[structlog.typing.Processor]
    match form:
        case "json":
            render = [structlog.processors.JSONRenderer()]
        case "text":
            plain = structlog.dev.plain_traceback
            render = [structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty(), exception_formatter=plain)]
        case _:
            assert_never(form)
    shared: list[structlog.typing.Processor] = [
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                without_exception_messages,
                *render,
            ],
        )
    )
    logging.basicConfig(level=logging.INFO, handlers=[handler], force=True)
    logging.getLogger("uvicorn").setLevel(logging.WARNING)


def without_exception_messages(
    _logger: object, _method: str, event: structlog.typing.EventDict
) -> structlog.typing.EventDict:
    """Put an exception into the log as its types and frames alone.

    Its message and the variables around it may hold what a person wrote, sealed things too, and a log is kept by
    others, for longer, than what can be erased.
    """
    given = event.pop("exc_info", None)
    if given is True:
        given = sys.exc_info()
    error = given[1] if isinstance(given, tuple) else given
    if isinstance(error, BaseException):
        event["exception"] = "".join(_frames(error)).rstrip()
    return event


def _frames(error: BaseException) -> Iterator[str]:
    """The innermost call last, as Python prints it; then what the error came from."""
    yield from traceback.format_tb(error.__traceback__)
    yield f"{type(error).__module__}.{type(error).__qualname__}\n"
    before = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    if before is not None:
        yield "from:\n"
        yield from _frames(before)


def exit_after(seconds: float = STOP_TIMEOUT) -> None:
    """Said once, when a program is told to stop: after so long it leaves, whatever it still waits for.

    A server that is frozen answers neither a question nor a goodbye. Nothing is lost by not waiting for it: what was
    accepted is on disk, and what was under way is done again, as after a kill.
    """
    asyncio.get_running_loop().call_later(seconds, _leave_all_the_same)


def _leave_all_the_same() -> NoReturn:
    structlog.get_logger().warning("stopped_without_goodbye", hint="Postgres or Temporal did not answer in time")
    exit_process(0)


def exit_process(code: int) -> NoReturn:
    """End the process by ``os._exit``: Temporal's SDK can abort an interpreter that takes itself apart."""
    logging.shutdown()
    sys.stderr.flush()
    os._exit(code)

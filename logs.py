"""The log of our programs: structured events on stderr, each a line of text or a JSON object."""

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
"""Seconds that a program may take to stop; longer than running work takes while all servers answer."""


def configure(form: LogFormat) -> None:
    """Sends our log and that of the libraries to stderr, in one format."""
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
    """Logs an exception as its types and frames alone.

    Its message and local variables may contain what a person wrote, sealed texts too, and logs are kept longer, and by
    others, than texts that can be erased.
    """
    given = event.pop("exc_info", None)
    if given is True:
        given = sys.exc_info()
    error = given[1] if isinstance(given, tuple) else given
    if isinstance(error, BaseException):
        event["exception"] = "".join(_frames(error)).rstrip()
    return event


def _frames(error: BaseException) -> Iterator[str]:
    """The innermost call last, as Python prints it; then the exception that caused it."""
    yield from traceback.format_tb(error.__traceback__)
    yield f"{type(error).__module__}.{type(error).__qualname__}\n"
    before = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    if before is not None:
        yield "from:\n"
        yield from _frames(before)


def exit_after(seconds: float = STOP_TIMEOUT) -> None:
    """Ends the process after so long, whatever it still waits for. Call it once, when the program is to stop.

    A frozen server answers no query and closes no connection. Nothing is lost by not waiting for it: accepted commands
    are on disk, and unfinished work is done again, as after a kill.
    """
    asyncio.get_running_loop().call_later(seconds, _exit_now)


def _exit_now() -> NoReturn:
    structlog.get_logger().warning("stopped_without_goodbye", hint="Postgres or Temporal did not answer in time")
    exit_process(0)


def exit_process(code: int) -> NoReturn:
    """Ends the process with ``os._exit``: Temporal's SDK can abort an interpreter that shuts down."""
    logging.shutdown()
    sys.stderr.flush()
    os._exit(code)

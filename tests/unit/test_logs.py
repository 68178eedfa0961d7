"""The log says what failed and where; never what a person wrote."""

import logging

import pytest
import structlog

import logs
from settings import LogFormat

SECRET = "the-mayors-brother-in-law"


def _fails(said: str) -> None:
    kept_in_a_variable = {"text": said}
    try:
        raise KeyError(kept_in_a_variable["text"])
    except KeyError as error:
        raise ValueError(f"cannot take {said}") from error


@pytest.mark.parametrize("form", ["text", "json"])
@pytest.mark.parametrize("logger", ["ours", "a library's"])
def test_an_exception_is_logged_with_its_type_and_place_and_without_a_word_of_what_was_said(
    form: LogFormat, logger: str, capfd: pytest.CaptureFixture[str]
) -> None:
    root = logging.getLogger()
    before = root.handlers[:], root.level
    logs.configure(form)
    try:
        _fails(SECRET)
    except ValueError:
        if logger == "ours":
            structlog.get_logger().exception("plan.engine_fault", plan="canal")
        else:
            logging.getLogger("temporalio").exception("an activity failed")
    finally:
        structlog.reset_defaults()
        root.handlers, root.level = before
    written = capfd.readouterr().err
    assert SECRET not in written
    assert "builtins.ValueError" in written
    assert "builtins.KeyError" in written
    assert "in _fails" in written

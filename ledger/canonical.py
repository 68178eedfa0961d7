"""The one form in which JSON is hashed and signed: RFC 8785, and only what every reader understands alike.

Refused, keys included: U+0000 (one makes Postgres refuse every question about its row), lone surrogates (which UTF-8
cannot write), NaN and infinity, whole numbers beyond 2^53 - 1 (other readers round them), and nesting deep enough to
break a reader.
"""

import contextlib
import math
from collections.abc import Mapping
from typing import Any, Final

import rfc8785
from pydantic_core import PydanticSerializationError, to_json

DEEPEST: Final = 64
"""How many objects and arrays may stand inside each other."""
LARGEST: Final = 2**53 - 1


class NotCanonical(ValueError):
    """The value has no canonical form. Says where and why, never what stood there."""

    code = "not_canonical"

    def __init__(self, path: tuple[str, ...], reason: str) -> None:
        self.path, self.reason = path, reason
        super().__init__(f"{'.'.join(path) or 'the value'}: {reason}")


def canonical(value: Any) -> bytes:
    """The RFC 8785 bytes of a JSON value. Raises `NotCanonical`.

    Where a value is plain, pydantic's writer, given its keys in order, writes the same bytes as `rfc8785` at a
    third of its cost.
    """
    with contextlib.suppress(_NotPlain, PydanticSerializationError):
        written = to_json(_in_order(value, DEEPEST))
        if b"\\u0000" not in written:
            return written
    _hold(value, ())  # which says what is wrong, and where
    return rfc8785.dumps(value)


class _NotPlain(Exception):
    """It holds a number that may be written differently, a key that may be sorted differently, or what is no JSON."""


def _in_order(value: Any, deepest: int) -> Any:
    """A plain value with its keys in order, all the way down. Raises `_NotPlain`."""
    kind = type(value)
    if kind is str or value is None or kind is bool or (kind is int and -LARGEST <= value <= LARGEST):
        return value
    if deepest and kind is dict:
        for key in value:
            if type(key) is not str or not key.isascii():
                raise _NotPlain
        return {key: item if type(item := value[key]) is str else _in_order(item, deepest - 1) for key in sorted(value)}
    if deepest and (kind is list or kind is tuple):
        return [_in_order(item, deepest - 1) for item in value]
    raise _NotPlain


def _hold(value: Any, path: tuple[str, ...]) -> None:
    if len(path) > DEEPEST:
        raise NotCanonical(path[:3], f"nested deeper than {DEEPEST}")
    match value:
        case None | bool():
            return
        case str():
            _hold_text(value, path)
        case int():
            if abs(value) > LARGEST:
                raise NotCanonical(path, "a whole number beyond 2^53 - 1; write it as text")
        case float():
            if not math.isfinite(value):
                raise NotCanonical(path, "not a finite number")
            if value.is_integer() and abs(value) > LARGEST:
                raise NotCanonical(path, "a whole number beyond 2^53 - 1; write it as text")
        case Mapping():
            for key, item in value.items():
                if not isinstance(key, str):
                    raise NotCanonical(path, "a key that is not text")
                _hold_text(key, path)
                _hold(item, (*path, key))
        case list() | tuple():
            for index, item in enumerate(value):
                _hold(item, (*path, str(index)))
        case _:
            raise NotCanonical(path, f"a {type(value).__name__}, which JSON does not know")


def _hold_text(text: str, path: tuple[str, ...]) -> None:
    if "\0" in text:
        raise NotCanonical(path, "the character U+0000")
    try:
        text.encode()
    except UnicodeEncodeError:
        raise NotCanonical(path, "half of a surrogate pair") from None

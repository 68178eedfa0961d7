"""Canonical JSON (RFC 8785): the bytes that are hashed and signed. Only values that every JSON reader reads alike.

Refused, in keys too: U+0000 (Postgres then fails every query that reads the row as jsonb), lone surrogates (UTF-8
cannot encode them), NaN and infinity, integers beyond 2^53 - 1 (other readers round them), and nesting so deep that it
breaks a reader.
"""

import contextlib
import math
from collections.abc import Mapping
from typing import Any, Final

import rfc8785
from pydantic_core import PydanticSerializationError, to_json

DEEPEST: Final = 64
"""Highest nesting depth of objects and arrays."""
LARGEST: Final = 2**53 - 1


class NotCanonical(ValueError):
    """The value has no canonical form. The message names the path and the reason, never the value."""

    code = "not_canonical"

    def __init__(self, path: tuple[str, ...], reason: str) -> None:
        self.path, self.reason = path, reason
        super().__init__(f"{'.'.join(path) or 'the value'}: {reason}")


def canonical(value: Any) -> bytes:
    """The RFC 8785 bytes of a JSON value. Raises `NotCanonical`.

    For plain values pydantic's serializer, given sorted keys, writes the same bytes as `rfc8785` in a third of the
    time.
    """
    with contextlib.suppress(_NotPlain, PydanticSerializationError):
        written = to_json(_in_order(value, DEEPEST))
        if b"\\u0000" not in written:
            return written
    _require(value, ())  # names what is wrong, and where
    return rfc8785.dumps(value)


class _NotPlain(Exception):
    """The value needs the full algorithm: it holds a float, a large integer, a non-ASCII key, or is not JSON."""


def _in_order(value: Any, deepest: int) -> Any:
    """A plain value with its keys sorted at every level. Raises `_NotPlain`."""
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


def _require(value: Any, path: tuple[str, ...]) -> None:
    if len(path) > DEEPEST:
        raise NotCanonical(path[:3], f"nested deeper than {DEEPEST}")
    match value:
        case None | bool():
            return
        case str():
            _require_text(value, path)
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
                _require_text(key, path)
                _require(item, (*path, key))
        case list() | tuple():
            for index, item in enumerate(value):
                _require(item, (*path, str(index)))
        case _:
            raise NotCanonical(path, f"a {type(value).__name__}, which JSON does not know")


def _require_text(text: str, path: tuple[str, ...]) -> None:
    if "\0" in text:
        raise NotCanonical(path, "the character U+0000")
    try:
        text.encode()
    except UnicodeEncodeError:
        raise NotCanonical(path, "half of a surrogate pair") from None

"""Upcasting: stored events of an older schema are converted on reading. The stored bytes never change.

A kind whose fields change gets a higher ``SCHEMA`` and registers here how each older schema becomes the next one. A new
kind or schema that released code cannot read raises `READER` and is listed in `NEEDS`.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final

Upcast = Callable[[dict[str, Any]], dict[str, Any]]

UPCASTS: Mapping[tuple[str, int], Upcast] = {}
"""(kind, schema) → the function that converts its data to the next schema."""

READER: Final = 1
"""The reader number of this code: it reads every entry that requires this number or a lower one."""

NEEDS: Mapping[tuple[str, int], int] = {}
"""(kind, schema) → the reader number that it requires; 1 if not listed."""


def upcast(kind: str, schema: int, current: int, data: dict[str, Any]) -> dict[str, Any]:
    """Convert data of an older schema to the present one."""
    for older in range(schema, current):
        data = UPCASTS[kind, older](data)
    return data

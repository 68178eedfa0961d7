"""Old shapes of stored events, lifted on reading. The stored bytes are never touched.

A kind whose shape changes raises its ``SCHEMA`` and registers here how each older shape becomes the next one. What
code that was released cannot read, a new kind or a new shape, raises `READER` and names it in `NEEDS`.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final

Lift = Callable[[dict[str, Any]], dict[str, Any]]

LIFTS: Mapping[tuple[str, int], Lift] = {}
"""(kind, shape) → the next shape."""

READER: Final = 1
"""What this code reads: everything that is needed by readers up to this number."""

NEEDS: Mapping[tuple[str, int], int] = {}
"""(kind, shape) → the reader that it takes; 1 where nothing is said."""


def lift(kind: str, schema: int, current: int, data: dict[str, Any]) -> dict[str, Any]:
    """Data of an older shape in the present one."""
    for shape in range(schema, current):
        data = LIFTS[kind, shape](data)
    return data

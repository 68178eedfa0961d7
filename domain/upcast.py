"""Old shapes of stored events, lifted on reading. The stored bytes are never touched.

A kind whose shape changes raises its ``SCHEMA`` and registers here how each older shape becomes the next one.
"""

from collections.abc import Callable, Mapping
from typing import Any

Lift = Callable[[dict[str, Any]], dict[str, Any]]

LIFTS: Mapping[tuple[str, int], Lift] = {}
"""(kind, shape) → the next shape."""


def lift(kind: str, schema: int, current: int, data: dict[str, Any]) -> dict[str, Any]:
    """Data of an older shape in the present one."""
    for shape in range(schema, current):
        data = LIFTS[kind, shape](data)
    return data

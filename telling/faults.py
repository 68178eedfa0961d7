"""What is wrong with what was written, one fault in a line."""

from collections.abc import Mapping
from typing import Any

from language import _


def fault_line(fault: Mapping[str, Any]) -> str:
    """One fault or warning: where it is, and what is wrong with it."""
    path = str(fault.get("path") or "")
    place = [_("line {line}").format(line=fault["line"])] if fault.get("line") else []
    place += [path] if path else []
    return (", ".join(place) + ": " if place else "") + str(fault.get("message") or fault.get("code"))

"""Faults in a plan file or a command, one per line."""

from collections.abc import Mapping
from typing import Any

from language import _


def fault_line(fault: Mapping[str, Any]) -> str:
    """A fault or warning: its line, its path and its message."""
    path = str(fault.get("path") or "")
    place = [_("line {line}").format(line=fault["line"])] if fault.get("line") else []
    place += [path] if path else []
    return (", ".join(place) + ": " if place else "") + str(fault.get("message") or fault.get("code"))

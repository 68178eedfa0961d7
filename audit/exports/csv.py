"""The entries as a table: CSV (RFC 4180) in UTF-8 with a byte order mark, so that spreadsheets detect the encoding."""

import csv
import io
import json
from collections.abc import Iterator, Mapping
from typing import Any, Final

from audit.exports.content import ExportContent, contested_by, text_of
from domain.links import items_of

COLUMNS: Final = (
    "plan", "entry", "kind", "effective_at", "recorded_at", "entered_afterwards", "for", "role", "cycle", "phase",
    "visibility", "about", "course_correction", "status", "text", "source", "contested_by", "command",
    "actor", "hash", "data",
)  # fmt: skip

_TEXTS: Final = ("text", "rationale", "response", "reason", "challenge")
"""Fields that hold an event's main text. The column ``text`` is the first that is present."""

_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")


def write(content: ExportContent) -> Iterator[bytes]:
    """A header, then a row for each entry. The column ``data`` is the event data as JSON."""
    yield "\ufeff".encode()
    yield _line(COLUMNS)
    for view in content.views():
        row = _row(content.now.id, view)
        yield _line([_harmless(row[column]) for column in COLUMNS])


def _row(plan: str, view: Mapping[str, Any]) -> dict[str, str]:
    data = view["data"]
    return {
        "plan": plan,
        "entry": str(view["version"]),
        "kind": view["kind"],
        "effective_at": view["effective_at"],
        "recorded_at": view["recorded_at"],
        "entered_afterwards": "yes" if view["entered_afterwards"] else "no",
        "for": view["on_behalf_of"] or "",
        "role": view["role"],
        "cycle": str(view["cycle"]),
        "phase": view["phase"] or "",
        "visibility": view["visibility"],
        "about": ", ".join(items_of(data)),
        "course_correction": data.get("correction", ""),
        "status": text_of(data.get("status") or data.get("decision") or data.get("position")),
        "text": next((text_of(data[field]) for field in _TEXTS if data.get(field)), ""),
        "source": text_of((view["source"] or {}).get("document")),
        "contested_by": contested_by(view),
        "command": view["cause"] or "",
        "actor": view.get("actor", ""),
        "hash": view["hash"],
        "data": json.dumps(data, ensure_ascii=False),
    }


def _harmless(cell: str) -> str:
    """The cell, escaped if a spreadsheet would run it as a formula (OWASP, CSV Injection)."""
    return f"'{cell}" if cell.startswith(_FORMULA) else cell


def _line(cells: tuple[str, ...] | list[str]) -> bytes:
    line = io.StringIO()
    csv.writer(line).writerow(cells)
    return line.getvalue().encode()

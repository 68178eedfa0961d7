"""Writes a table to fill in: one row for every report that is due, with headings in the reader's language."""

import csv
import io
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from cli.sheet.columns import BY_NAME, ROW_KINDS, round_of
from language import current_language
from telling.values import deadline, localized

if TYPE_CHECKING:
    from domain.views.models.pending import PendingView

FILLED: Final = ("round", "body", "kind", "milestone", "deliverable", "due")
TO_FILL: Final = ("status", "as_at", "count", "of", "text", "challenge", "next_step", "document", "url", "source")

_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")


def table(pending: "PendingView") -> bytes:
    """The table as CSV (RFC 4180) in UTF-8, with the byte order mark by which spreadsheets recognize UTF-8."""
    written = io.StringIO()
    writer = csv.writer(written)
    writer.writerow([BY_NAME[name].heading(current_language()) for name in (*FILLED, *TO_FILL)])
    for row in _rows(pending):
        writer.writerow([_escape_formula(cell) for cell in (*row, *("" for _name in TO_FILL))])
    return written.getvalue().encode("utf-8-sig")


def _rows(pending: "PendingView") -> Iterator[tuple[str, ...]]:
    for page in pending.bodies:
        # An overdue report is due in every phase; it is listed once even if it is also in `reports`.
        for one in {one.id: one for one in (*page.reports, *page.overdue)}.values():
            yield (
                round_of(pending),
                page.body,
                ROW_KINDS["report"].name(current_language()),
                one.id,
                localized(one.deliverable),
                deadline(one),
            )


def _escape_formula(cell: str) -> str:
    """A cell that no spreadsheet runs as a formula (OWASP, CSV Injection)."""
    return f"'{cell}" if cell.startswith(_FORMULA) else cell

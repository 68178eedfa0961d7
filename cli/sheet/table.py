"""Splits a CSV file from a spreadsheet into rows of cells.

The encoding is UTF-8, with or without a byte order mark, or Windows-1252; the separator is a comma, semicolon or tab;
the rest follows RFC 4180.
"""

import codecs
import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Final

from cli.sheet.columns import BY_NAME, HEADINGS, Column, normalized
from language import _, current_language

SEPARATORS: Final = (",", ";", "\t")


@dataclass(frozen=True, slots=True)
class CellFault:
    """A fault in a table and its place: the row number of the spreadsheet, and the column's heading."""

    row: int | None
    column: str | None
    sentence: str


class UnreadableTable(Exception):
    """The bytes are not a table, or its headings are not known."""

    def __init__(self, *faults: CellFault) -> None:
        super().__init__(faults)
        self.faults = faults


@dataclass(frozen=True, slots=True)
class Row:
    number: int
    cells: dict[str, str]
    """The cells that are not empty, by the name of their column."""
    headings: dict[str, str]
    """The headings as the table has them, by the name of the column."""


def rows(body: bytes) -> Iterator[Row | CellFault]:
    """Yields the rows that hold anything, and a fault for each row with the wrong shape. Raises `UnreadableTable`."""
    text = _text(body)
    if not text.strip():
        raise UnreadableTable(CellFault(None, None, _("The table is empty.")))
    lines, separator = _split_separator(text)
    reader = csv.reader(io.StringIO(lines, newline=""), delimiter=separator, strict=True)
    columns: list[Column] = []
    headings: dict[str, str] = {}
    number = 0
    try:
        for number, cells in enumerate(reader, 1):
            if number == 1:
                columns = _columns(cells)
                headings = {column.name: cell.strip() for column, cell in zip(columns, cells, strict=True)}
            elif len(cells) != len(columns) and any(cell.strip() for cell in cells):
                yield CellFault(number, None, _uneven(len(cells), len(columns)))
            else:
                held = {column.name: cell.strip() for column, cell in zip(columns, cells, strict=False) if cell.strip()}
                if held:
                    yield Row(number, held, headings)
    except csv.Error:
        yield CellFault(
            number + 1,
            None,
            _("The table cannot be read from here on. Look for a quotation mark that is not closed."),
        )


def _text(body: bytes) -> str:
    if body.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) or b"\0" in body:
        raise UnreadableTable(CellFault(None, None, _("The file is not readable text. Save the table as “CSV UTF-8”.")))
    for encoding in ("utf-8-sig", "windows-1252"):
        try:
            return body.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise UnreadableTable(CellFault(None, None, _("The file is not readable text. Save the table as “CSV UTF-8”.")))


def _split_separator(text: str) -> tuple[str, str]:
    """The text from its headings on, and its separator: the one that yields the most known headings."""
    first, _end, rest = text.partition("\n")
    if first.strip().lower() in {f"sep={separator}" for separator in SEPARATORS}:  # Excel's way to name the separator
        return rest, first.strip()[-1]
    known = {one: sum(normalized(cell.strip('" \r')) in HEADINGS for cell in first.split(one)) for one in SEPARATORS}
    return text, max(SEPARATORS, key=lambda one: known[one])


def _columns(cells: list[str]) -> list[Column]:
    found = [HEADINGS.get(normalized(cell)) for cell in cells]
    known = [column for column in found if column is not None]
    if not known:
        headings = ", ".join(column.heading(current_language()) for column in BY_NAME.values())
        raise UnreadableTable(
            CellFault(
                1,
                None,
                _("The first row has no known heading. It must name the columns: {known}.").format(known=headings),
            )
        )
    faults = [
        CellFault(1, cell.strip() or str(number), _unknown(cell))
        for number, (cell, column) in enumerate(zip(cells, found, strict=True), 1)
        if column is None
    ]
    faults += [
        CellFault(1, column.heading(current_language()), _("The column appears twice."))
        for column in {column.name: column for column in known if known.count(column) > 1}.values()
    ]
    if faults:
        raise UnreadableTable(*faults)
    return known


def _unknown(heading: str) -> str:
    close = get_close_matches(normalized(heading), HEADINGS, n=1, cutoff=0.6)
    if close:
        meant = HEADINGS[close[0]].heading(current_language())
        return _("There is no such column, and its cells would be lost. Did you mean “{meant}”?").format(meant=meant)
    return _("There is no such column, and its cells would be lost. Rename it or remove it.")


def _uneven(cells: int, columns: int) -> str:
    return _(
        "This row has {cells} cells, the heading has {columns}. If a cell contains a separator, put the whole cell "
        "between quotation marks."
    ).format(cells=cells, columns=columns)

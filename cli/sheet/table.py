"""The bytes of a table that a spreadsheet wrote, as rows of cells: whatever the encoding and the separator.

UTF-8 with or without its mark, or Windows-1252; commas, semicolons or tabs; RFC 4180 otherwise.
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
    """What is wrong with a table, and where: a row as the spreadsheet numbers it, and a column's heading."""

    row: int | None
    column: str | None
    sentence: str


class UnreadableTable(Exception):
    """The bytes are no table, or one whose headings are not known."""

    def __init__(self, *faults: CellFault) -> None:
        super().__init__(faults)
        self.faults = faults


@dataclass(frozen=True, slots=True)
class Row:
    number: int
    cells: dict[str, str]
    """The cells that hold something, by the name of their column."""
    headings: dict[str, str]
    """The columns by what the table itself calls them."""


def rows(body: bytes) -> Iterator[Row | CellFault]:
    """The rows below the heading that hold anything, and what is wrong with the form of others. Raises `UnreadableTable`."""
    text = _text(body)
    if not text.strip():
        raise UnreadableTable(CellFault(None, None, _("The table is empty.")))
    lines, separator = _parted(text)
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
            _("From here on the table cannot be taken apart. Look for a quotation mark that is not closed."),
        )


def _text(body: bytes) -> str:
    if body.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) or b"\0" in body:
        raise UnreadableTable(
            CellFault(None, None, _("This is no text that can be read. Save the table as “CSV UTF-8”."))
        )
    for encoding in ("utf-8-sig", "windows-1252"):
        try:
            return body.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise UnreadableTable(CellFault(None, None, _("This is no text that can be read. Save the table as “CSV UTF-8”.")))


def _parted(text: str) -> tuple[str, str]:
    """The text from its headings on, and what parts its cells: whatever makes most headings known."""
    first, _end, rest = text.partition("\n")
    if first.strip().lower() in {f"sep={separator}" for separator in SEPARATORS}:  # a spreadsheet's own remark
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
                1, None, _("No heading is known here. The first row names the columns: {known}.").format(known=headings)
            )
        )
    faults = [
        CellFault(1, cell.strip() or str(place), _unknown(cell))
        for place, (cell, column) in enumerate(zip(cells, found, strict=True), 1)
        if column is None
    ]
    faults += [
        CellFault(1, column.heading(current_language()), _("This column is there twice."))
        for column in {column.name: column for column in known if known.count(column) > 1}.values()
    ]
    if faults:
        raise UnreadableTable(*faults)
    return known


def _unknown(heading: str) -> str:
    close = get_close_matches(normalized(heading), HEADINGS, n=1, cutoff=0.6)
    if close:
        meant = HEADINGS[close[0]].heading(current_language())
        return _("No column is called so, and what it holds would be lost. Is “{meant}” meant?").format(meant=meant)
    return _("No column is called so, and what it holds would be lost. Rename it or take it out.")


def _uneven(cells: int, columns: int) -> str:
    return _(
        "This row has {cells} cells, the heading has {columns}. A separator inside a text or a number parts it: put "
        "the whole cell between quotation marks."
    ).format(cells=cells, columns=columns)

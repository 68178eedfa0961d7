"""Turns rows into commands. A row becomes one command, or one or more faults that name the row and column."""

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from cli.sheet.columns import BY_NAME, KIND_NAMES, PREFILLED, ROUND_PATTERN, ROW_KINDS, normalized, round_of
from cli.sheet.table import CellFault, Row, rows
from cli.sheet.values import UnreadableCell, count, day, number
from language import _, current_language
from telling.values import localized, one_line

if TYPE_CHECKING:
    from domain.views.models.plan import MilestoneView, PlanView

NOTHING_TO_REPORT: Final = ("nothing to report", "nada que informar", "sin novedad")
VISIBILITY_WORDS: Final = {
    "public": "public", "publico": "public", "publica": "public",
    "partners": "partners", "participantes": "partners", "organismos": "partners",
    "restricted": "restricted", "restringido": "restricted", "restringida": "restricted",
}  # fmt: skip


@dataclass(slots=True)
class Sheet:
    """The content of a table: commands by row number, faults, and the rows that were not filled in."""

    commands: list[tuple[int, dict[str, Any]]] = field(default_factory=list)
    faults: list[CellFault] = field(default_factory=list)
    untouched: list[int] = field(default_factory=list)


def read(body: bytes, plan: "PlanView") -> Sheet:
    """Read a table for a plan; its view has the valid ids and statuses. Raises `UnreadableTable`."""
    sheet = Sheet()
    for row in rows(body):
        if isinstance(row, CellFault):
            sheet.faults.append(row)
        elif row.cells.keys() <= PREFILLED:
            sheet.untouched.append(row.number)
        else:
            reading = _Reading(row, plan)
            command = reading.command()
            if reading.faults:
                sheet.faults += reading.faults
            else:
                sheet.commands.append((row.number, command))
    return sheet


class _Reading:
    """The reading of one row."""

    def __init__(self, row: Row, plan: "PlanView") -> None:
        self.row = row
        self.plan = plan
        self.faults: list[CellFault] = []

    def command(self) -> dict[str, Any]:
        cells = self.row.cells
        kind = KIND_NAMES.get(normalized(cells.get("kind", "report")))
        if kind is None:
            names = ", ".join(one.name(current_language()) for one in ROW_KINDS.values())
            self.fault(
                "kind",
                _("{given} is not a kind of row. Write one of: {known}.").format(given=cells["kind"], known=names),
            )
            return {}
        for name in cells.keys() - set(ROW_KINDS[kind].takes):
            sentence = _("A row of the kind {kind} has no value here. Empty the cell, or change the kind.")
            self.fault(name, sentence.format(kind=ROW_KINDS[kind].name(current_language())))
        fields = {"command": ROW_KINDS[kind].command} | dict(getattr(self, f"_{kind}")()) | dict(self._envelope())
        round_name = cells.get("round") or round_of(self.plan)
        if not ROUND_PATTERN.fullmatch(round_name):
            self.fault("round", _("This is not a round. Leave the cell as it was, or remove the column."))
        return {"id": cells.get("id") or _id(kind, round_name, fields)} | fields

    def fault(self, column: str, sentence: str) -> None:
        heading = self.row.headings.get(column) or BY_NAME[column].heading(current_language())
        self.faults.append(CellFault(self.row.number, heading, sentence))

    def read(self, column: str, how: Callable[[str], Any]) -> Any:
        """The value of a cell, converted by ``how``; an unreadable cell is a fault."""
        try:
            return how(self.row.cells[column])
        except UnreadableCell as error:
            self.fault(column, error.sentence)
            return None

    def need(self, column: str) -> str:
        """A cell that must not be empty."""
        if column not in self.row.cells:
            self.fault(column, _("This is missing."))
        return self.row.cells.get(column, "")

    def known(self, column: str, ids: list[str]) -> str:
        """A cell that must hold one of ``ids``."""
        given = self.need(column)
        if given and given not in ids:
            self.fault(column, _("The plan has no {given}. It has: {known}.").format(
                given=given[:64], known=", ".join(ids[:40]) or "-"
            ))  # fmt: skip
        return given

    def given(self, *columns: str) -> Iterator[tuple[str, Any]]:
        """The texts, days and counts in the cells that are filled, by the column's name."""
        how: dict[str, Callable[[str], Any]] = {"as_at": day, "count": count, "of": count}
        for column in columns:
            if column in self.row.cells:
                yield column, self.read(column, how.get(column, str))

    # --- kinds ---

    def _report(self) -> Iterator[tuple[str, Any]]:
        yield self._item("milestone", "commitment", "indicator")
        status = self.need("status")
        if normalized(status) in NOTHING_TO_REPORT:
            yield "nothing_to_report", True
            self.need("challenge")
        elif status:
            yield "status", self._status(status)
        yield from self.given("as_at", "count", "of", "what", "text", "challenge", "next_step")
        if evidence := dict(self.given("document", "url")):
            yield "evidence", [evidence]

    def _measurement(self) -> Iterator[tuple[str, Any]]:
        yield "indicator", self.known("indicator", self._ids("indicators"))
        if self.need("value"):
            yield "value", self.read("value", number)
        yield from self.given("as_at", "text")

    def _occurrence(self) -> Iterator[tuple[str, Any]]:
        yield "awaited", self.known("awaited", self._ids("awaited"))
        yield from self.given("text")

    def _lesson(self) -> Iterator[tuple[str, Any]]:
        lesson = {"id": self.need("lesson"), "text": self.need("text")}
        yield "lesson", lesson | dict(self.given("therefore"))

    def _evidence(self) -> Iterator[tuple[str, Any]]:
        _column, item = self._item("milestone", "commitment")
        yield "item", item
        evidence = dict(self.given("document", "url", "text"))
        if not evidence.keys() & {"document", "url"}:
            self.need("document")
        yield "evidence", evidence

    def _envelope(self) -> Iterator[tuple[str, Any]]:
        cells = self.row.cells
        if "body" in cells:
            yield "on_behalf_of", self.known("body", self._ids("partners"))
        if "source" in cells:
            yield (
                "source",
                {"document": cells["source"]}
                | ({"date": self.read("source_date", day)} if "source_date" in cells else {}),
            )
        elif "source_date" in cells:
            self.need("source")
        if "effective" in cells:
            yield "effective", self.read("effective", day)
        if "visibility" in cells:
            found = VISIBILITY_WORDS.get(normalized(cells["visibility"]))
            if found is None:
                self.fault("visibility", _("Write public, partners or restricted."))
            yield "visibility", found

    # --- cells ---

    def _item(self, *columns: str) -> tuple[str, str]:
        """The column and id of the one item that a row is about."""
        named = [column for column in columns if column in self.row.cells]
        if len(named) != 1:
            headings = ", ".join(BY_NAME[column].heading(current_language()) for column in columns)
            self.fault(
                named[-1] if named else columns[0], _("Name exactly one of: {columns}.").format(columns=headings)
            )
            return columns[0], ""
        column = named[0]
        milestones = {one.id: one for part in self.plan.commitments for one in part.milestones}
        ids = list(milestones) if column == "milestone" else self._ids(f"{column}s")
        item = self.known(column, ids)
        if column == "milestone" and item in milestones and "deliverable" in self.row.cells:
            self._check_deliverable(milestones[item])
        return column, item

    def _check_deliverable(self, milestone: "MilestoneView") -> None:
        """Check that a row still names the milestone it was written for: a spreadsheet changes 1.10 into 1.1."""
        given = normalized(self.row.cells["deliverable"].removeprefix("'"))
        if given not in {normalized(one_line(text)) for text in _texts(milestone.deliverable)}:
            self.fault("milestone", _(
                "{id} is “{own}”, but the row says “{given}”. A spreadsheet may have changed 1.10 into 1.1, or into a "
                "date: format the column as text and write the id again."
            ).format(
                id=milestone.id, own=localized(milestone.deliverable), given=self.row.cells["deliverable"][:80]
            ))  # fmt: skip

    def _status(self, given: str) -> str:
        """The plan's status word for a cell's text, which may be the word or its label in any language.

        Adds a fault and returns an empty text if not exactly one fits.
        """
        scale = self.plan.scale
        found = [
            word
            for word, one in scale.items()
            if normalized(given) in {normalized(text) for text in (word, *_texts(one.label))}
        ]
        if len(found) != 1:
            words = ", ".join(localized(one.label) or word for word, one in scale.items())
            sentence = _("{given} is not a status of this plan. Write one of: {known}; or: {nothing}.")
            self.fault("status", sentence.format(given=given[:40], known=words, nothing=_("nothing to report")))
        return found[0] if found else ""

    def _ids(self, part: str) -> list[str]:
        return [one.id for one in getattr(self.plan, part)]


def _texts(text: Any) -> list[str]:
    """A text in all its languages."""
    return [str(one) for one in text.values()] if isinstance(text, dict) else [str(text)] if text else []


def _id(kind: str, round_name: str, fields: Mapping[str, Any]) -> str:
    """The id of a row's command: the same row has the same id in the same round, so that it is recorded once."""
    written = json.dumps([round_name, fields], ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return f"{kind}-{round_name}-{hashlib.sha256(written.encode()).hexdigest()[:20]}"

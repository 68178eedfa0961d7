"""The columns of a table, with their headings in English and Spanish, and the columns that each kind of row takes.

Headings are part of the file format, so they are here and not in the catalogue: a file with Spanish headings is read
under an English command line, and the reverse.
"""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from language import N_

if TYPE_CHECKING:
    from domain.views.models.plan import PlanHeadView


@dataclass(frozen=True, slots=True)
class Column:
    name: str
    en: str
    es: str
    description: str
    """For the help."""

    def heading(self, language: str) -> str:
        return self.es if language == "es" else self.en


COLUMNS: Final = (
    Column("kind", "kind", "tipo", N_("the kind of row; a report if empty")),
    Column("milestone", "milestone", "hito", N_("the id of the milestone it is about")),
    Column("commitment", "commitment", "compromiso", N_("the id of the commitment, if it is about one")),
    Column("indicator", "indicator", "indicador", N_("the id of the indicator that was measured")),
    Column("awaited", "awaited event", "hecho esperado", N_("the id of the awaited event that has happened")),
    Column("lesson", "lesson", "aprendizaje", N_("a short id for the lesson, new in this plan")),
    Column("deliverable", "deliverable", "entregable", N_("read-only; checked against the milestone")),
    Column("due", "due", "vence", N_("read-only")),
    Column("status", "status", "estado", N_("a status word of the plan, or: nothing to report")),
    Column("as_at", "as at", "al día", N_("the day that it is about")),
    Column("count", "count", "van", N_("the number reached, if the milestone counts something")),
    Column("of", "of", "de", N_("the number to reach")),
    Column("what", "what is counted", "qué se cuenta", N_("what is counted")),
    Column("value", "value", "valor", N_("the number that was measured")),
    Column("text", "text", "texto", N_("the text")),
    Column("challenge", "challenge", "obstáculo", N_("what hinders the work, or why there is nothing to report")),
    Column("next_step", "next step", "siguiente paso", N_("what comes next")),
    Column("therefore", "therefore", "por lo tanto", N_("what to do about a lesson")),
    Column("document", "document", "documento", N_("evidence: the document's title")),
    Column("url", "link", "enlace", N_("evidence: where it can be read")),
    Column("body", "body", "organismo", N_("the id of the body in whose name it is")),
    Column("source", "source", "fuente", N_("the document that shows it: minutes, letter, e-mail")),
    Column("source_date", "source date", "fecha de la fuente", N_("that document's own date")),
    Column("effective", "happened on", "ocurrió el", N_("the day when it happened, if before today")),
    Column("visibility", "visibility", "visibilidad", N_("public, partners or restricted")),
    Column("round", "round", "ronda", N_("the round of reports, already filled in; a row counts once in each")),
    Column("id", "id", "clave", N_("your own id; by default, made from the row")),
)

READ_ONLY: Final = frozenset({"deliverable", "due"})
"""Columns for the reader's information, which are not filled in."""

PREFILLED: Final = frozenset({"kind", "milestone", "body", "round"}) | READ_ONLY
"""The columns that `writing` fills in: a row with no other cell was left as it was."""


@dataclass(frozen=True, slots=True)
class RowKind:
    """A kind of row: its names, the kind of command that it becomes, and the columns that it takes."""

    en: str
    es: str
    command: str
    takes: tuple[str, ...]

    def name(self, language: str) -> str:
        return self.es if language == "es" else self.en


_ANY_KIND: Final = ("kind", "body", "source", "source_date", "effective", "visibility", "round", "id", *READ_ONLY)
_EVIDENCE: Final = ("document", "url")
_COUNTED: Final = ("count", "of", "what")

ROW_KINDS: Final[Mapping[str, RowKind]] = {
    "report": RowKind(
        "report",
        "informe",
        "report_progress",
        (
            *("milestone", "commitment", "indicator", "status", "as_at"),
            *(*_COUNTED, "text", "challenge", "next_step", *_EVIDENCE, *_ANY_KIND),
        ),
    ),
    "measurement": RowKind(
        "measurement", "medición", "measure_indicator", ("indicator", "value", "as_at", "text", *_ANY_KIND)
    ),
    "occurrence": RowKind("occurrence", "hecho", "record_occurrence", ("awaited", "text", *_ANY_KIND)),
    "lesson": RowKind("lesson", "aprendizaje", "record_lesson", ("lesson", "text", "therefore", *_ANY_KIND)),
    "evidence": RowKind(
        "evidence", "evidencia", "attach_evidence", ("milestone", "commitment", "text", *_EVIDENCE, *_ANY_KIND)
    ),
}

BY_NAME: Final = {column.name: column for column in COLUMNS}


ROUND_PATTERN: Final = re.compile("[cp][0-9]{1,6}")


def round_of(view: "PlanHeadView") -> str:
    """The round of a report made now: the period of the report calendar if the plan has one, otherwise the cycle."""
    return f"c{view.cycle}" if view.reports_period is None else f"p{view.reports_period}"


def normalized(text: str) -> str:
    """A heading or word for comparison: lower case, without accents, with single spaces for ``_`` and ``-``."""
    apart = unicodedata.normalize("NFD", text.casefold().replace("_", " ").replace("-", " "))
    return " ".join("".join(letter for letter in apart if not unicodedata.combining(letter)).split())


HEADINGS: Final = {normalized(heading): column for column in COLUMNS for heading in (column.name, column.en, column.es)}
KIND_NAMES: Final = {normalized(name): key for key, kind in ROW_KINDS.items() for name in (kind.en, kind.es)}

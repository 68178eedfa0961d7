"""What the headings of a table mean, in English and in Spanish, and which of them each kind of row takes.

Headings are part of a file's format, so they stand here and not in the catalogue: a file that was begun in one language
is read in the other.
"""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from language import N_


@dataclass(frozen=True, slots=True)
class Column:
    name: str
    en: str
    es: str
    what: str
    """What it holds, for people."""

    def heading(self, language: str) -> str:
        return self.es if language == "es" else self.en


COLUMNS: Final = (
    Column("kind", "kind", "tipo", N_("what the row is; a report where it is empty")),
    Column("milestone", "milestone", "hito", N_("the id of the milestone it is about")),
    Column("commitment", "commitment", "compromiso", N_("the id of the commitment, where it is about that")),
    Column("indicator", "indicator", "indicador", N_("the id of the indicator that was measured")),
    Column("awaited", "awaited event", "hecho esperado", N_("the id of the awaited event that has happened")),
    Column("lesson", "lesson", "aprendizaje", N_("a short id for the lesson, new in this plan")),
    Column("deliverable", "deliverable", "entregable", N_("only to be read; compared with the milestone's own")),
    Column("due", "due", "vence", N_("only to be read")),
    Column("status", "status", "estado", N_("a status in the plan's own words, or: nothing to report")),
    Column("as_at", "as at", "al día", N_("the day that it speaks of")),
    Column("count", "count", "van", N_("how many of something there are, where the milestone counts")),
    Column("of", "of", "de", N_("of how many")),
    Column("what", "what is counted", "qué se cuenta", N_("what is counted")),
    Column("value", "value", "valor", N_("the number that was measured")),
    Column("text", "text", "texto", N_("what there is to say")),
    Column("challenge", "challenge", "obstáculo", N_("what stands in the way, or why there is nothing to report")),
    Column("next_step", "next step", "siguiente paso", N_("what comes next")),
    Column("therefore", "therefore", "por lo tanto", N_("what is to be done about a lesson")),
    Column("document", "document", "documento", N_("the evidence: a document's name")),
    Column("url", "link", "enlace", N_("the evidence: where it can be read")),
    Column("body", "body", "organismo", N_("the id of the body that says so")),
    Column("source", "source", "fuente", N_("the letter, minutes or e-mail that says so")),
    Column("source_date", "source date", "fecha de la fuente", N_("that document's own date")),
    Column("effective", "happened on", "ocurrió el", N_("the day it happened, where that was before today")),
    Column("visibility", "visibility", "visibilidad", N_("public, partners or restricted")),
    Column("round", "round", "ronda", N_("the round that it answers, as it came; a row counts once in each")),
    Column("id", "id", "clave", N_("an id of your own; made of the row unless said")),
)

READ_ONLY: Final = frozenset({"deliverable", "due"})
"""Columns that are there to be read, and that nobody fills in."""

PREFILLED: Final = frozenset({"kind", "milestone", "body", "round"}) | READ_ONLY
"""What a table that is to be filled in holds already: a row with nothing else was left as it was."""


@dataclass(frozen=True, slots=True)
class RowKind:
    """A kind of row: its names, the command it becomes, and the columns that it takes beside those that all take."""

    en: str
    es: str
    command: str
    takes: tuple[str, ...]

    def name(self, language: str) -> str:
        return self.es if language == "es" else self.en


_ALL: Final = ("kind", "body", "source", "source_date", "effective", "visibility", "round", "id", *READ_ONLY)
_EVIDENCE: Final = ("document", "url")
_COUNTED: Final = ("count", "of", "what")

ROW_KINDS: Final[Mapping[str, RowKind]] = {
    "report": RowKind(
        "report",
        "informe",
        "report_progress",
        (
            *("milestone", "commitment", "indicator", "status", "as_at"),
            *(*_COUNTED, "text", "challenge", "next_step", *_EVIDENCE, *_ALL),
        ),
    ),
    "measurement": RowKind(
        "measurement", "medición", "measure_indicator", ("indicator", "value", "as_at", "text", *_ALL)
    ),
    "occurrence": RowKind("occurrence", "hecho", "record_occurrence", ("awaited", "text", *_ALL)),
    "lesson": RowKind("lesson", "aprendizaje", "record_lesson", ("lesson", "text", "therefore", *_ALL)),
    "evidence": RowKind(
        "evidence", "evidencia", "attach_evidence", ("milestone", "commitment", "text", *_EVIDENCE, *_ALL)
    ),
}

BY_NAME: Final = {column.name: column for column in COLUMNS}


ROUND_PATTERN: Final = re.compile("[cp][0-9]{1,6}")


def round_of(view: Mapping[str, Any]) -> str:
    """The round that a report of now is for: a period of the reports' own rhythm where there is one, or the cycle."""
    period = view["reports_period"]
    return f"c{view['cycle']}" if period is None else f"p{period}"


def normalized(text: str) -> str:
    """A heading or word as it is compared: small letters, without accents, spaces for what stands between words."""
    apart = unicodedata.normalize("NFD", text.casefold().replace("_", " ").replace("-", " "))
    return " ".join("".join(letter for letter in apart if not unicodedata.combining(letter)).split())


HEADINGS: Final = {normalized(heading): column for column in COLUMNS for heading in (column.name, column.en, column.es)}
KIND_NAMES: Final = {normalized(name): key for key, kind in ROW_KINDS.items() for name in (kind.en, kind.es)}

"""Exports of a plan's history in standard formats: one module for each format, and a table of them."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from audit.exports import cloudevents, csv, ocds, ocel, prov, report
from audit.exports.content import ExportContent


@dataclass(frozen=True, slots=True)
class Format:
    """An export format."""

    media_type: str
    suffix: str
    """File name suffix, with its dot."""
    write: Callable[[ExportContent], Iterator[bytes]]
    """Pure. It gets only content that the reader may see."""


FORMATS: Final[Mapping[str, Format]] = {
    "csv": Format("text/csv; charset=utf-8", ".csv", csv.write),
    "cloudevents": Format("application/jsonl", ".cloudevents.jsonl", cloudevents.write),
    "html": Format("text/html; charset=utf-8", ".html", report.write),
    "ocds": Format("application/json", ".ocds.json", ocds.write),
    "ocel": Format("application/json", ".ocel.json", ocel.write),
    "prov": Format("application/json", ".prov.json", prov.write),
}

"""Upcasting: stored events of an older schema are converted on reading, one schema at a time."""

from collections.abc import Mapping
from typing import Any, Literal

import pytest

import domain.kernel.upcast
from domain import PLAN
from domain.kernel.event import Event
from domain.kernel.upcast import NEEDS, READER, UPCASTS, Upcast
from domain.port import Port, UnknownKind
from tests.unit.domain.test_golden_events import GOLDEN


class VisitMade(Event):
    """A kind with two older schemas: ``by`` was one text, and the days were hours."""

    kind: Literal["visit_made"] = "visit_made"
    body: str
    days: int
    SCHEMA = 3


VISITS = Port(command_kinds={}, event_kinds={"visit_made": VisitMade})
VISIT_UPCASTS: Mapping[tuple[str, int], Upcast] = {
    ("visit_made", 1): lambda data: {"kind": data["kind"], "body": data["by"], "hours": data["hours"]},
    ("visit_made", 2): lambda data: {"kind": data["kind"], "body": data["body"], "days": data["hours"] // 8},
}


def without_upcast(kinds: Mapping[str, type[Event]], upcasts: Mapping[tuple[str, int], Any]) -> set[tuple[str, int]]:
    """The stored schemas that have no upcast."""
    return {(kind, schema) for kind, known in kinds.items() for schema in range(1, known.SCHEMA)} - upcasts.keys()


@pytest.mark.parametrize(
    ("schema", "stored"),
    [
        (1, '{"kind": "visit_made", "by": "works", "hours": 24}'),
        (2, '{"kind": "visit_made", "body": "works", "hours": 24}'),
        (3, '{"kind": "visit_made", "body": "works", "days": 3}'),
    ],
)
def test_every_stored_version_of_an_event_reads_as_the_present_one(
    monkeypatch: pytest.MonkeyPatch, schema: int, stored: str
) -> None:
    monkeypatch.setattr(domain.kernel.upcast, "UPCASTS", VISIT_UPCASTS)
    assert VISITS.read("visit_made", schema, stored) == VisitMade(body="works", days=3)


def test_an_event_of_a_newer_version_than_the_code_is_refused() -> None:
    with pytest.raises(UnknownKind):
        VISITS.read("visit_made", 4, '{"kind": "visit_made", "body": "works", "days": 3}')


def test_every_stored_version_of_an_event_has_an_upcast() -> None:
    assert without_upcast(PLAN.event_kinds, UPCASTS) == set()
    assert without_upcast(VISITS.event_kinds, {}) == {("visit_made", 1), ("visit_made", 2)}


def test_every_older_schema_has_a_stored_example_that_still_reads() -> None:
    for kind, schema in UPCASTS:
        stored = (GOLDEN / f"{kind}.{schema}.json").read_text(encoding="utf-8")
        assert PLAN.kind_of(PLAN.read(kind, schema, stored)) == kind


def test_the_reader_number_covers_every_version_that_older_readers_cannot_read() -> None:
    assert PLAN.reader == max([1, *NEEDS.values()]) == READER
    assert all(schema <= PLAN.event_kinds[kind].SCHEMA for kind, schema in NEEDS)

"""Old shapes of stored events are lifted on reading, one shape at a time; the stored bytes stay as they are."""

from collections.abc import Mapping
from typing import Any, Literal

import pytest

import domain.kernel.upcast
from domain import PLAN
from domain.kernel.event import Event
from domain.kernel.upcast import LIFTS, NEEDS, READER, Lift
from domain.port import Port, UnknownKind
from tests.unit.domain.test_golden_events import GOLDEN


class VisitMade(Event):
    """A kind that had two shapes before this one: ``by`` was a name in one text, and the days were hours."""

    kind: Literal["visit_made"] = "visit_made"
    body: str
    days: int
    SCHEMA = 3


VISITS = Port(command_kinds={}, event_kinds={"visit_made": VisitMade})
VISIT_LIFTS: Mapping[tuple[str, int], Lift] = {
    ("visit_made", 1): lambda data: {"kind": data["kind"], "body": data["by"], "hours": data["hours"]},
    ("visit_made", 2): lambda data: {"kind": data["kind"], "body": data["body"], "days": data["hours"] // 8},
}


def unliftable(event_kinds: Mapping[str, type[Event]], lifts: Mapping[tuple[str, int], Any]) -> set[tuple[str, int]]:
    """The shapes that were stored once and are not lifted."""
    return {(kind, shape) for kind, known in event_kinds.items() for shape in range(1, known.SCHEMA)} - lifts.keys()


@pytest.mark.parametrize(
    ("shape", "stored"),
    [
        (1, '{"kind": "visit_made", "by": "works", "hours": 24}'),
        (2, '{"kind": "visit_made", "body": "works", "hours": 24}'),
        (3, '{"kind": "visit_made", "body": "works", "days": 3}'),
    ],
)
def test_every_stored_version_of_an_event_reads_as_the_present_one(
    monkeypatch: pytest.MonkeyPatch, shape: int, stored: str
) -> None:
    monkeypatch.setattr(domain.kernel.upcast, "LIFTS", VISIT_LIFTS)
    assert VISITS.read("visit_made", shape, stored) == VisitMade(body="works", days=3)


def test_an_event_of_a_newer_version_than_the_code_is_refused() -> None:
    with pytest.raises(UnknownKind):
        VISITS.read("visit_made", 4, '{"kind": "visit_made", "body": "works", "days": 3}')


def test_every_stored_version_of_an_event_has_an_upcast() -> None:
    assert unliftable(PLAN.event_kinds, LIFTS) == set()
    assert unliftable(VISITS.event_kinds, {}) == {("visit_made", 1), ("visit_made", 2)}


def test_every_old_shape_has_its_stored_example_and_still_reads() -> None:
    for kind, shape in LIFTS:
        stored = (GOLDEN / f"{kind}.{shape}.json").read_text(encoding="utf-8")
        assert PLAN.kind_of(PLAN.read(kind, shape, stored)) == kind


def test_the_reader_number_covers_every_version_that_older_readers_cannot_read() -> None:
    assert PLAN.reader == max([1, *NEEDS.values()]) == READER
    assert all(shape <= PLAN.event_kinds[kind].SCHEMA for kind, shape in NEEDS)

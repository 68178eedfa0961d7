"""The stored format: one example of every kind of event, which every later version must go on reading.

``tests/golden/events/KIND.json`` is what the ledger holds. A new kind needs a new file; an old file is never changed.
"""

import json
from pathlib import Path

import pytest

from domain import PLAN
from domain.port import UnknownKind
from tests.unit.domain.story import given

GOLDEN = Path(__file__).parents[2] / "golden" / "events"
FILES = sorted(GOLDEN.glob("*.json"))


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_a_stored_event_is_read_and_written_back_unchanged(file: Path) -> None:
    stored = file.read_text(encoding="utf-8")
    event = PLAN.read(file.stem, 1, stored)
    assert PLAN.kind_of(event) == file.stem
    assert PLAN.write(event) == json.loads(stored)


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_the_stored_example_has_every_field_of_its_kind(file: Path) -> None:
    event = PLAN.read(file.stem, 1, file.read_text(encoding="utf-8"))
    unsaid = {name for name in type(event).model_fields if getattr(event, name) in (None, (), {})}
    assert unsaid <= LEFT_OUT.get(file.stem, set())


LEFT_OUT = {
    "progress_reported": {"commitment", "indicator", "nothing_to_report"},
}
"""What excludes something else that the example says."""


def test_every_kind_of_event_has_a_stored_example() -> None:
    assert set(PLAN.event_kinds) == {file.stem for file in FILES}


def test_the_start_of_a_plan_whose_whole_history_is_entered_afterwards_is_read_back() -> None:
    started = given(live_from="never", source="Gazette").entries[0].event
    assert PLAN.read("plan_started", 1, json.dumps(PLAN.write(started))) == started


def test_an_event_of_an_unknown_kind_or_a_newer_schema_is_refused() -> None:
    for kind, schema in (("plan_abolished", 1), ("plan_paused", 2)):
        with pytest.raises(UnknownKind):
            PLAN.read(kind, schema, '{"kind": "plan_paused", "reason": "x"}')

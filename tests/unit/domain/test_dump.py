"""Dumps: equal states give equal bytes in every process."""

import json
from dataclasses import replace

from domain import PLAN
from domain.plan import Plan
from tests.unit.domain.story import given

NAMES = [f"body-{n:02}" for n in range(40)]


def test_a_set_is_written_in_the_same_order_in_every_process() -> None:
    """Python orders a set of strings differently in each process, and a verifier is another process."""
    plan = replace(Plan(), former=dict.fromkeys(["a"], frozenset(reversed(NAMES))))  # type: ignore[arg-type]
    assert json.loads(json.dumps(PLAN.dump(plan)))["former"] == {"a": NAMES}


def test_a_dump_contains_the_facts_and_the_fields_of_the_plan() -> None:
    story = given().when("report_progress", by="nurses", milestone="1.1", status="under_way")
    dumped = json.loads(json.dumps(PLAN.dump(story.plan)))
    assert dumped["reported"] == {"1": ["nurses"]}
    assert dumped["standings"]["1.1"]["status"] == "under_way"

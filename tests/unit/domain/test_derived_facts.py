"""Facts are derived from entries when they are read: from the newest state, from an older one, and as of any date."""

import json
from dataclasses import replace

import pytest

from domain import PLAN
from domain.kernel.entry import Entry, UnreadableEvent
from domain.kernel.registry import FACTS
from domain.plan import Plan
from tests.unit.domain.story import QUARTERLY, given


def test_a_late_answer_stays_although_its_body_and_the_one_that_contested_it_have_left() -> None:
    story = given(policy={"cycle": QUARTERLY, "decisions": {"quorum": "1"}})
    story.wait_until("2027-07-10")
    met = {"date": "2027-01-04", "minutes": "Minutes", "present": ["nurses", "doctors"]}
    story.when("submit_reflection", role="operator", cycle=1, session=met, answers={"did": "Basins"})
    answer = story.plan.version
    story.when("contest_entry", by="doctors", entry=answer, reason="We were not there")
    for body in ("nurses", "doctors"):
        story.when("leave_partner", role="operator", body=body, reason="Abolished", source="Decree 4")
    answers = {
        silence.body: [version for _, version in silence.answers]
        for silence in story.plan.silences
        if (silence.asked_for, silence.cycle) == ("reflection", 1)
    }
    assert answers["nurses"] == [answer]
    assert answers["doctors"] == []


def test_a_report_about_an_earlier_day_counts_in_the_cycle_of_that_day_in_a_plan_as_of_it() -> None:
    story = given(live_from="never", source="Gazette", effective="2026-06-01")
    for phase, day in (("reflection", "2026-08-01"), ("adaptation", "2026-08-10"), ("action", "2026-09-01")):
        story.when("convene", role="operator", phase=phase, effective=day)
    story.when(
        "report_progress", by="nurses", role="operator", source="Letter", milestone="1.1", status="under_way",
        effective="2026-06-15",
    )  # fmt: skip
    assert story.entries[-1].cycle == 2
    assert story.as_of("2026-07-01").who_reported(1) == {"nurses"}


def test_reading_a_fact_in_each_state_and_in_the_one_before_takes_in_each_entry_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A diff reads the newer state first. The older one must not be derived from its first entry each time."""
    story = given()
    for number in range(20):
        story.when("attach_evidence", by="nurses", item="1.1", evidence={"document": f"Photograph {number}"})
    taken_in: list[int] = []
    fact = FACTS["evidence"]
    assert fact.step is not None

    def counted(plan: Plan, so_far: int | None, entry: Entry) -> int | None:
        assert fact.step is not None
        taken_in.append(entry.version)
        found: int | None = fact.step(plan, so_far, entry)
        return found

    monkeypatch.setitem(FACTS, "evidence", replace(fact, step=counted))
    plan = PLAN.empty
    for entry in story.entries:
        after = PLAN.evolve(plan, entry)
        assert after.evidence.get("1.1", 0) - plan.evidence.get("1.1", 0) == (entry.kind == "evidence_attached")
        plan = after
    assert len(taken_in) == 20


def test_stored_data_that_is_not_of_its_kind_is_named_when_it_is_first_used() -> None:
    story = given().when("report_progress", by="nurses", milestone="1.1", status="under_way")
    good = story.entries[-1]
    fields = {name: getattr(good, name) for name in Entry.__slots__ if not name.startswith("_")}
    broken = Entry(**fields, data=json.dumps({"milestone": "1.1", "status": 7}), decode=PLAN.read)
    plan = PLAN.empty
    for entry in (*story.entries[:-1], broken):
        plan = PLAN.evolve(plan, entry)
    with pytest.raises(UnreadableEvent, match=f"entry {good.version} of ward, progress_reported"):
        dict(plan.standings)

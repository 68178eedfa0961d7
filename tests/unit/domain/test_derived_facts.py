"""Facts are derived from entries when they are read: from the newest state, from an older one, and as of any date."""

import json

import pytest

from domain import PLAN
from domain.kernel.entry import Entry, UnreadableEvent
from domain.kernel.registry import FACTS
from domain.views.diff import diff_view
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


def test_a_diff_after_every_entry_reads_each_entry_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Comparing a state with the one before must not derive the older one from its first entry."""
    story = given()
    for number in range(40):
        story.when("report_progress", by="nurses", milestone="1.1", status="under_way", count=str(number))
    read: list[int] = []
    derive = FACTS["standings"].find
    assert derive is not None

    def counted(plan: object, entry: Entry) -> object:
        read.append(entry.version)
        return derive(plan, entry)

    monkeypatch.setitem(
        FACTS,
        "standings",
        type(FACTS["standings"])("standings", "item", frozenset({"progress_reported"}), find=counted),
    )
    plan = PLAN.empty
    for entry in story.entries:
        after = PLAN.evolve(plan, entry)
        if after.definition is not None and plan.definition is not None:
            diff_view(plan, after)
        plan = after
    assert len(read) <= 3 * len(story.entries)


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

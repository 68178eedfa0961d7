"""Effective time and recorded time."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from domain.kernel.event import CLOCK
from tests.unit.domain.story import Story, convened, decided, fold, given, proposed


def old(edits: dict[str, Any] | None = None, **keys: Any) -> Story:
    """A plan whose history is entered afterwards, from an official gazette."""
    keys = {"live_from": "never", "source": "Gazette 12", "effective": "2020-01-14"} | keys
    return given(edits, **keys)


def test_without_a_day_to_go_live_a_plan_is_live_from_the_day_it_starts() -> None:
    story = given(at="2027-01-04 18:00")
    assert story.plan.live_from == datetime(2027, 1, 4, 6, tzinfo=UTC)
    assert not story.plan.entered_afterwards(story.now)


def test_a_live_report_takes_effect_when_it_is_recorded_and_may_speak_of_an_earlier_day() -> None:
    story = given()
    report = {"by": "nurses", "milestone": "1.1", "status": "done", "at": "2027-02-01"}
    story.when("report_progress", **report, effective="2027-01-20").then_refused("takes_effect_when_recorded")
    story.when("report_progress", **report, as_at="2027-01-20").then("progress_reported")
    assert story.new_entries[0].effective_at == story.now
    assert str(story.plan.standings["1.1"].source_day) == "2027-01-20"


@pytest.mark.parametrize("command", ["convene", "propose_correction", "decide_correction", "close_plan"])
def test_no_change_of_course_is_dated_back_in_a_live_plan(command: str) -> None:
    story = proposed(given(), at="2027-02-01")
    fields: dict[str, dict[str, Any]] = {
        "convene": {"phase": "reflection"},
        "propose_correction": {"by": "nurses", "trigger": "roadblock", "rationale": "x", "changes": [{"drop": "1.1"}]},
        "decide_correction": {
            "by": "doctors",
            "correction": "cc",
            "decision": "adopted",
            "response": "x",
            "authority": {"document": "x"},
        },
        "close_plan": {"reason": "x"},
    }
    story.when(command, effective="2027-01-31", **fields[command]).then_refused("takes_effect_when_recorded")


def test_an_occurrence_may_have_happened_before_it_was_recorded() -> None:
    story = given()
    story.when("record_occurrence", by="auditors", awaited="guide", effective="2027-01-20", at="2027-02-01")
    assert story.new_entries[0].effective_at == datetime(2027, 1, 21, 6, tzinfo=UTC) - timedelta(microseconds=1)
    assert story.new_entries[0].recorded_at == story.now


def test_nothing_takes_effect_in_the_future() -> None:
    story = given()
    for day in ("2027-01-05", "2027-01-04T09:00:01-06:00"):
        story.when("record_occurrence", by="auditors", awaited="guide", effective=day).then_refused("in_the_future")


def test_a_bare_date_means_its_last_moment_and_today_means_now() -> None:
    story = given(at="2027-01-04 09:00")
    story.when("record_occurrence", by="auditors", awaited="guide", effective="2027-01-04", at="2027-01-04 11:00")
    assert story.new_entries[0].effective_at == story.now


def test_today_is_the_day_in_the_plans_time_zone() -> None:
    story = given(at="2027-01-04T20:00:00-06:00")
    late = "2027-01-05T03:00:00+00:00"
    story.when("measure_indicator", by="auditors", indicator="rate", value="9", effective="2027-01-05", at=late)
    story.then_refused("in_the_future")
    story.when("measure_indicator", by="auditors", indicator="rate", value="9", effective="2027-01-04", at=late)
    story.then("indicator_measured")


def test_history_entered_afterwards_takes_any_date_and_names_its_source() -> None:
    story = old()
    assert story.plan.entered_afterwards(story.now)
    story.when("report_progress", by="nurses", milestone="1.1", status="done", effective="2020-04-30")
    story.then("progress_reported")
    unsourced = old(source=None, effective=None)
    unsourced.when("report_progress", by="nurses", milestone="1.1", status="done").then_refused(
        "source_needed_afterwards"
    )
    unsourced.when("report_progress", by="nurses", milestone="1.1", status="done", source="Page 3")
    unsourced.then("progress_reported")


def test_history_entered_afterwards_may_say_that_a_reason_was_not_published() -> None:
    absent = {"absent": "not_published"}
    story = proposed(old(), rationale=absent, rests_on=[], by=None)
    story.then("correction_proposed")
    story.when("endorse_correction", by="nurses", correction="cc").when(
        "endorse_correction", by="auditors", correction="cc"
    )
    decided(story, response=absent, authority={"absent": "not_stated"})
    story.then("correction_decided", "correction_took_effect")
    live = proposed(given(), rationale=absent)
    live.then_refused("reason_needed")


def test_no_entry_takes_effect_before_its_subject_existed() -> None:
    story = proposed(old(), effective="2020-02-01")
    report = {"by": "nurses", "status": "under_way", "milestone": "1.1"}
    story.when("report_progress", **report, effective="2020-01-13").then_refused("before_its_subject", subject="ward")
    add = {"add": {"commitment": "1", "milestone": {"id": "1.3", "deliverable": "Mirrors"}}}
    proposed(story, id="more", changes=[add], effective="2020-03-01", rests_on=[])
    story.when("endorse_correction", by="auditors", correction="more", effective="2020-02-28")
    story.then_refused("before_its_subject", subject="more")
    story.when("endorse_correction", by="auditors", correction="more", effective="2020-03-02")
    decided(story, correction="more", effective="2020-03-03").then("correction_decided", "correction_took_effect")
    report["milestone"] = "1.3"
    story.when("report_progress", **report, effective="2020-03-02").then_refused("before_its_subject", subject="1.3")
    story.when("report_progress", **report, effective="2020-03-03").then("progress_reported")
    change = {"item": "1.3", "field": "deliverable", "from": "Mirrors", "to": "Large mirrors"}
    proposed(story, id="then", changes=[change], rests_on=[], effective="2020-03-02").then_refused(
        "before_its_subject", subject="1.3"
    )
    proposed(story, id="then", changes=[change], rests_on=[], effective="2020-03-03").then("correction_proposed")


def test_no_entry_rests_on_one_that_takes_effect_later() -> None:
    story = old().when("record_lesson", id="l", by="nurses", lesson={"id": "L1", "text": "x"}, effective="2020-05-01")
    proposed(story, rests_on=["L1"], effective="2020-04-30").then_refused("before_its_subject", subject="L1")
    proposed(story, rests_on=["L1"], effective="2020-05-01").then("correction_proposed")


def test_a_position_taken_after_a_decision_does_not_count_in_it() -> None:
    story = proposed(old(), effective="2020-03-01", rests_on=[])
    story.when("endorse_correction", by="auditors", correction="cc", effective="2020-03-09")
    decided(story, effective="2020-03-08").then_refused("no_quorum", taken="1")
    decided(story, effective="2020-03-09").then("correction_decided", "correction_took_effect")


def test_closing_lists_only_what_existed_by_then() -> None:
    story = proposed(old(), effective="2020-03-01", rests_on=[])
    story.when(
        "record_lesson", by="nurses", lesson={"id": "L1", "text": "x", "for": ["successor"]}, effective="2020-06-01"
    )
    story.when("close_plan", role="operator", reason="Over", effective="2020-02-01")
    (event,) = story.events("plan_closed")
    assert (event.unanswered, event.lessons_for_successor) == ((), ())


def test_changes_of_the_plans_course_take_effect_in_the_order_of_their_recording() -> None:
    story = convened(old(), "reflection", effective="2020-06-01")
    convened(story, "adaptation", effective="2020-05-31").then_refused("before_last_change")
    convened(story, "adaptation", effective="2020-06-01").then("phase_closed", "phase_opened")


def test_a_report_of_an_earlier_day_that_comes_late_does_not_replace_a_later_one() -> None:
    story = old()
    story.when("report_progress", by="nurses", milestone="1.1", status="done", effective="2020-06-30")
    story.when("report_progress", by="nurses", milestone="1.1", status="under_way", effective="2020-04-30")
    assert story.plan.standings["1.1"].status == "done"
    assert story.as_of("2020-05-15").standings["1.1"].status == "under_way"
    story.when("report_progress", by="nurses", milestone="1.1", status="stopped", effective="2020-06-30")
    assert story.plan.standings["1.1"].status == "stopped"


def test_late_measurements_assumptions_and_power_do_not_replace_later_ones() -> None:
    story = given(at="2027-01-04 09:00")
    for day, value in (("2027-02-02", "5"), ("2027-02-01", "9")):
        story.when("measure_indicator", by="auditors", indicator="rate", value=value, effective=day, at="2027-03-01")
        outcome = "holding" if value == "5" else "failed"
        story.when("test_assumption", by="auditors", assumption="soap", outcome=outcome, effective=day)
        level = "high" if value == "5" else "low"
        story.when("observe_power", by="auditors", stakeholder="purchasing", ability=level, effective=day)
    for plan, expected in ((story.plan, ("5", "holding", "high")), (story.as_of("2027-02-01"), ("9", "failed", "low"))):
        found = (
            str(getattr(plan.measurements["rate"][1], "value", None)),
            plan.assumptions["soap"][1].outcome,
            plan.power["purchasing"][1].ability,
        )
        assert found == expected


def test_as_of_a_date_shows_the_deadline_that_was_in_force() -> None:
    story = proposed(given(), at="2027-02-01")
    story.when("endorse_correction", by="auditors", correction="cc", at="2027-02-02")
    decided(story, at="2027-02-03")
    due = [str(story.as_of(day).find("1.1").due.day) for day in ("2027-02-02", "2027-02-04")]  # type: ignore[union-attr]
    assert due == ["2027-03-31", "2027-05-31"]


def test_replay_by_recorded_time_shows_what_was_known_then() -> None:
    story = given()
    before = story.now
    story.when("record_occurrence", by="auditors", awaited="guide", effective="2027-01-20", at="2027-02-01")
    assert "guide" in story.as_of("2027-01-20").occurrences
    assert "guide" not in story.as_of("2027-01-20", before).occurrences


def test_a_deadlines_events_take_effect_at_the_deadline_however_late_they_are_recorded() -> None:
    story = convened(given(), "reflection", at="2027-04-05", until="2027-04-16").wait_until("2027-05-01")
    assert {entry.role for entry in story.new_entries} == {CLOCK}
    assert {entry.effective_at for entry in story.new_entries} == {datetime(2027, 4, 17, 6, tzinfo=UTC)}
    assert fold(story.entries) == story.plan

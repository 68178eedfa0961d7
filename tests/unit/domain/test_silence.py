"""Silence is recorded about bodies that were asked and did not answer before the last day ended."""

from datetime import UTC, datetime

import pytest

from tests.unit.domain.story import QUARTERLY, Story, convened, decided, given, proposed

CLOCKED = {"policy.cycle": QUARTERLY}


def silent(story: Story, asked_for: str) -> list[tuple[str, tuple[str, ...]]]:
    return [(e.body, e.about) for e in story.events("silence_recorded") if e.asked_for == asked_for]


def test_the_lead_of_an_unfinished_milestone_that_did_not_report_is_silent() -> None:
    story = given(CLOCKED)
    story.when("report_progress", by="nurses", milestone="1.1", status="under_way", at="2027-02-01")
    story.wait_until("2027-03-16")
    assert silent(story, "report") == [("doctors", ("2.1",))]
    (event,) = story.events("silence_recorded")
    assert event.since == story.entries[0].effective_at
    assert event.until == datetime(2027, 3, 15, 6, tzinfo=UTC)


def test_silence_is_recorded_only_when_the_last_day_has_ended_in_the_plans_time_zone() -> None:
    story = given(CLOCKED)
    assert story.wait_until("2027-03-14 23:59").new_entries == []
    story.when("report_progress", by="nurses", milestone="1.1", status="under_way", at="2027-03-14 23:59")
    story.when("report_progress", by="doctors", milestone="2.1", status="under_way", at="2027-03-15T05:59:59+00:00")
    story.wait_until("2027-03-16")
    assert silent(story, "report") == []


def test_nothing_to_report_counts_as_an_answer() -> None:
    story = given(CLOCKED)
    story.when("report_progress", by="doctors", milestone="2.1", nothing_to_report=True, challenge="No rounds yet")
    story.wait_until("2027-03-16")
    assert silent(story, "report") == [("nurses", ("1.1",))]


def test_no_report_is_asked_for_on_waiting_done_or_dropped_milestones() -> None:
    story = given()
    story.when("report_progress", by="doctors", milestone="2.1", status="done")
    proposed(story, by="auditors", changes=[{"drop": "1.1"}], rests_on=["c2"])
    story.when("endorse_correction", by="nurses", correction="cc")
    decided(story).then("correction_decided", "correction_took_effect")
    convened(story, "reflection", at="2027-03-01").then("phase_closed", "phase_opened")


def test_all_bodies_but_groups_are_asked_to_reflect() -> None:
    story = convened(given(CLOCKED), "reflection", at="2027-02-01")
    story.when("submit_reflection", by="auditors", answers={"did": "We counted"}).wait_until("2027-03-30")
    assert silent(story, "reflection") == [("doctors", ()), ("nurses", ())]


def test_a_group_that_leads_is_not_recorded_as_silent() -> None:
    story = given({**CLOCKED, "commitments.1.lead": "patients"}).wait_until("2027-03-16")
    assert silent(story, "report") == [("nurses", ("1.1",))]


def test_silence_is_recorded_for_a_position_owed_since_the_round_opened() -> None:
    story = proposed(convened(given(), "reflection"))
    convened(story, "adaptation", at="2027-03-01")
    story.when("abstain_correction", by="doctors", correction="cc")
    proposed(story, id="later", at="2027-03-02")
    convened(story, "action", at="2027-04-01")
    assert silent(story, "position") == [("auditors", ("cc",))]


@pytest.mark.parametrize(("visibility", "heard"), [("restricted", "restricted"), ("public", "public")])
def test_a_silence_has_the_visibility_of_what_was_asked(visibility: str, heard: str) -> None:
    story = convened(proposed(given(), visibility=visibility), "reflection", "adaptation", at="2027-03-01")
    convened(story, "action", at="2027-04-01")
    silences = [e.visibility for e in story.entries if e.kind == "silence_recorded" and e.event.about == ("cc",)]  # type: ignore[attr-defined]
    assert silences == [heard, heard]


def test_no_body_owes_a_position_on_a_returned_draft() -> None:
    story = convened(proposed(given()), "reflection", "adaptation", at="2027-03-01")
    story.when("return_correction", by="doctors", correction="cc", reason="Too short")
    convened(story, "action", at="2027-04-01")
    assert silent(story, "position") == []


def test_history_entered_afterwards_has_no_silence() -> None:
    story = given(CLOCKED, live_from="never", source="Gazette", effective="2020-01-06").wait_until("2027-01-04")
    assert (story.plan.cycle, story.plan.phase) == (1, "action")
    assert not story.events("silence_recorded")


def test_a_window_that_opened_before_the_plan_went_live_counts_from_that_day() -> None:
    story = given({**CLOCKED, "source": "Gazette"}, live_from="2027-02-01").wait_until("2027-06-01")
    assert {event.since for event in story.events("silence_recorded") if event.cycle == 1} >= {
        datetime(2027, 2, 1, 6, tzinfo=UTC)
    }


def test_a_round_that_closed_when_it_opened_records_no_silence() -> None:
    story = given(CLOCKED).wait_until("2027-03-16")
    story.when("reopen_phase", role="operator", reason="Storm", until="2027-03-30", at="2027-03-17")
    story.wait_until("2027-04-01")
    assert [event.closes_at for event in story.events("phase_opened") if event.phase == "reflection"][1] == datetime(
        2027, 3, 31, 6, tzinfo=UTC
    )
    assert silent(story, "reflection") == []


def test_no_silence_is_recorded_while_paused() -> None:
    story = given(CLOCKED).when("pause_plan", role="operator", reason="Flood", at="2027-03-14 23:00")
    story.wait_until("2027-12-01")
    assert not story.events("silence_recorded")


def test_a_later_answer_is_added_to_the_silence_as_answered_late() -> None:
    story = proposed(convened(given(), "reflection", at="2027-02-01"), at="2027-02-02")
    convened(story, "adaptation", at="2027-03-01")
    convened(story, "action", at="2027-04-01")
    story.when("report_progress", by="doctors", milestone="2.1", status="under_way", at="2027-04-02")
    story.when("submit_reflection", by="doctors", cycle=1, answers={"did": "x"}, at="2027-04-03")
    story.then("reflection_submitted", late=True)
    story.when("endorse_correction", by="doctors", correction="cc", at="2027-04-04")
    late = {one.asked_for: one.answered_late for one in story.plan.silences if one.body == "doctors"}
    assert late == {
        "report": None,
        "reflection": story.moment("2027-04-03"),
        "position": story.moment("2027-04-04"),
    }


def test_a_report_in_the_same_cycle_answers_the_silence_of_its_action() -> None:
    story = convened(given(), "reflection", at="2027-02-01")
    story.when("report_progress", by="doctors", milestone="2.1", status="under_way", at="2027-02-03")
    late = {one.body: one.answered_late for one in story.plan.silences}
    assert late == {"doctors": story.moment("2027-02-03"), "nurses": None}


def test_an_unanswered_proposal_is_carried_over_once_and_lapses_at_the_second_cycle() -> None:
    story = convened(proposed(given()), "reflection", "adaptation", at="2027-02-01")
    convened(story, "action", at="2027-03-01")
    carried = story.events("correction_carried_over")[0]
    assert (carried.owed_by, carried.times) == (("doctors", "auditors"), 1)
    assert story.plan.corrections["cc"].is_open
    story.when("abstain_correction", by="doctors", correction="cc")
    convened(story, "reflection", "adaptation", at="2027-05-01")
    convened(story, "action", at="2027-06-01")
    assert story.events("correction_lapsed")[0].unanswered_by == ("auditors",)
    assert story.plan.corrections["cc"].status == "lapsed"
    decided(story).then_refused("not_open", status="lapsed")


def test_a_proposal_made_after_adaptation_began_is_not_counted_for_that_cycle() -> None:
    story = proposed(convened(given(), "reflection", "adaptation", at="2027-03-01"), at="2027-03-02")
    convened(story, "action", at="2027-04-01")
    assert story.events("correction_carried_over")[0].times == 0


def test_the_policy_says_after_how_many_cycles_a_proposal_lapses() -> None:
    story = proposed(given({"policy.decisions.unanswered_after_cycles": "1"}))
    convened(story, "reflection", "adaptation", at="2027-02-01")
    convened(story, "action", at="2027-03-01")
    assert story.plan.corrections["cc"].status == "lapsed"


def test_an_adaptation_without_a_window_does_not_count_as_one_that_left_a_proposal_unanswered() -> None:
    story = proposed(given())
    for day in ("2027-02-01", "2027-03-01", "2027-04-01"):
        convened(story, "reflection", "adaptation", "action", at=day)
    assert [event.times for event in story.events("correction_carried_over")] == [0, 0, 0]
    assert not story.events("correction_lapsed")


def test_an_adaptation_that_a_reopened_reflection_leaves_no_time_for_does_not_count() -> None:
    story = proposed(given(CLOCKED)).wait_until("2027-03-30")
    story.when("reopen_phase", role="operator", reason="Minutes came late", until="2027-04-20")
    story.wait_until("2027-05-01")
    assert [event.times for event in story.events("correction_carried_over")] == [0]


def test_a_lapsed_proposal_names_only_bodies_that_took_part_when_the_round_opened() -> None:
    everyone = [{"id": body, "name": body.title()} for body in ("nurses", "doctors", "auditors")]
    story = proposed(given({"partners": everyone, "policy": {"cycle": QUARTERLY}})).wait_until("2027-07-01")
    assert (story.plan.cycle, story.plan.phase) == (2, "adaptation")
    story.when("join_partner", role="operator", body="mayor", name="Mayor", source="Minutes").wait_until("2027-07-30")
    (lapsed,) = story.events("correction_lapsed")
    assert lapsed.unanswered_by == ("doctors", "auditors")


def test_in_history_entered_afterwards_no_body_owes_an_answer() -> None:
    story = proposed(given(live_from="never", source="Gazette"))
    for cycle in (1, 2, 3):
        convened(story, "reflection", "adaptation", "action", at=f"2027-0{cycle + 1}-01")
    assert not story.events("correction_carried_over", "correction_lapsed", "silence_recorded")
    assert story.plan.corrections["cc"].is_open


def test_no_silence_is_recorded_before_the_promised_last_day_has_ended() -> None:
    story = convened(given(), "reflection", at="2027-01-10", until="2027-01-31")
    convened(story, "adaptation", at="2027-01-11")
    assert silent(story, "reflection") == []


def test_a_round_shorter_than_a_day_records_no_silence() -> None:
    story = convened(given(), "reflection", at="2027-03-01")
    convened(story, "adaptation", at="2027-03-01T20:00:00")
    assert silent(story, "reflection") == []


def test_a_mostly_paused_round_records_no_silence() -> None:
    story = convened(given(), "reflection", at="2027-03-01")
    story.when("pause_plan", role="operator", reason="Strike")
    story.wait_until("2027-05-01")
    story.when("resume_plan", role="operator")
    convened(story, "adaptation", at="2027-05-03")
    assert silent(story, "reflection") == []


def test_a_body_that_was_made_lead_after_a_round_opened_is_not_silent_in_it() -> None:
    story = proposed(given(), changes=[{"item": "1.1", "field": "lead", "from": None, "to": "auditors"}])
    decided(story.when("endorse_correction", by="auditors", correction="cc"))
    convened(story, "reflection", at="2027-03-01")
    assert ("auditors", ("1.1",)) not in silent(story, "report")


def test_a_reflection_counts_for_the_successor_of_its_body() -> None:
    story = given().when("submit_reflection", by="nurses", answers={"did": "We counted"}, at="2027-01-20")
    succeeded(story, at="2027-01-21")
    convened(story, "reflection", at="2027-01-22")
    convened(story, "adaptation", at="2027-02-20")
    assert silent(story, "reflection") == [("auditors", ()), ("doctors", ())]


def test_a_report_counts_for_the_successor_of_its_body_in_the_same_period() -> None:
    story = given({"policy.reports": {"every": "1 month", "within": "5 working_days"}})
    story.when("report_progress", by="nurses", milestone="1.1", status="under_way", at="2027-02-03 10:00")
    succeeded(story, at="2027-02-03 11:00").wait_until("2027-02-20")
    assert silent(story, "report") == [("doctors", ("2.1",))]


def succeeded(story: Story, at: str) -> Story:
    new = {"body": "nurses", "successor": "carers", "name": "Care office", "source": "Decree"}
    return story.when("succeed_partner", role="operator", at=at, **new)


def test_the_window_of_a_reopened_phase_counts_from_its_reopening() -> None:
    story = convened(given(), "reflection", at="2027-01-05").when("pause_plan", role="operator", reason="Strike")
    story.when("resume_plan", role="operator", at="2027-04-06")
    assert convened(story, "adaptation", at="2027-04-10").events("window_not_held")
    story.when("reopen_phase", role="operator", reason="Nobody could answer", at="2027-04-12 13:00")
    convened(story, "adaptation", at="2027-04-14")
    silences = story.events("silence_recorded")
    assert {(event.body, event.since, event.working_days) for event in silences if event.asked_for == "reflection"} == {
        (body, story.moment("2027-04-12 13:00"), 3) for body in ("auditors", "doctors", "nurses")
    }


def test_a_phase_reopened_for_less_than_a_day_records_no_silence() -> None:
    story = convened(given(), "reflection", at="2027-01-05", until="2027-01-12").wait_until("2027-01-20")
    before = silent(story, "reflection")
    story.when("reopen_phase", role="operator", reason="Minutes came late", at="2027-01-20 10:00")
    assert silent(convened(story, "adaptation", at="2027-01-20 12:00"), "reflection") == before


def test_a_reopened_phase_without_availability_is_not_held() -> None:
    story = given().open_on("2027-01-04/2027-01-29")
    convened(story, "reflection", at="2027-01-05", until="2027-01-12").wait_until("2027-01-29")
    before = silent(story, "reflection")
    story.when("reopen_phase", role="operator", reason="Minutes came late", until="2027-02-12")
    story.wait_until("2027-02-20").then("window_not_held")
    assert silent(story, "reflection") == before

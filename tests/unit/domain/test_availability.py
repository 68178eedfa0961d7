"""Availability: a round is not held if the system could take answers on too few working days."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given as for_all
from hypothesis import strategies as st

from domain import PLAN
from domain.loop.open_hours import availability
from domain.plan_file.calendar import Days, calendar
from domain.views.plan import plan_view
from tests.unit.domain.story import QUARTERLY, Story, convened, fold, given, proposed

EASTER = "2027-03-22/2027-04-02"
CLOCKED = {"policy.cycle": QUARTERLY}
ACTION = "2027-01-04/2027-03-14"
REFLECTION = "2027-03-15/2027-03-28"


def silent(story: Story, asked_for: str = "reflection") -> list[str]:
    return [event.body for event in story.events("silence_recorded") if event.asked_for == asked_for]


def not_held(story: Story) -> list[Any]:
    return story.events("window_not_held")


def test_a_silence_states_on_how_many_working_days_of_its_window_the_system_was_available() -> None:
    story = given(CLOCKED).open_on(ACTION, "2027-03-15/2027-03-19", "2027-03-24").wait_until("2027-03-30")
    found = [(e.open_days, e.working_days) for e in story.events("silence_recorded") if e.asked_for == "reflection"]
    assert found == [(6, 10)] * 3
    shown = plan_view(story.plan, story.now).as_json()["silences"][-1]
    assert (shown["open_days"], shown["working_days"]) == (6, 10)


def test_a_round_available_on_fewer_than_half_of_its_days_is_not_held_and_reopens() -> None:
    story = given(CLOCKED).open_on(ACTION, "2027-03-15/2027-03-18").wait_until("2027-04-07 09:30")
    (event,) = not_held(story)
    assert (event.phase, event.because, event.open_days, event.working_days) == ("reflection", "door_closed", 4, 10)
    assert event.opens_at == story.moment("2027-04-07 09:30")
    assert event.closes_at == story.calendar.end_of(story.moment("2027-04-21").date())
    assert (silent(story), story.plan.phase) == ([], "reflection")


def test_half_of_the_days_is_enough_to_answer() -> None:
    story = given(CLOCKED).open_on(ACTION, "2027-03-15/2027-03-19").wait_until("2027-03-30")
    assert (not_held(story), len(silent(story))) == ([], 3)


def test_a_reopened_window_has_as_many_working_days_and_counts_its_own_availability() -> None:
    story = given(CLOCKED).open_on(ACTION).wait_until("2027-04-07 09:30")
    story.open_on("2027-04-07/2027-04-30").wait_until("2027-04-23")
    counted = {(e.since, e.open_days) for e in story.events("silence_recorded") if e.asked_for == "reflection"}
    assert counted == {(story.moment("2027-04-07 09:30"), 11)}


def test_a_reopened_window_postpones_the_following_phases_by_its_length() -> None:
    story = given(CLOCKED).open_on(ACTION).wait_until("2027-04-07 09:30").open_on("2027-04-07/2027-05-30")
    story.wait_until("2027-05-10")
    days = [(e.phase, story.calendar.day_of(e.closes_at)) for e in story.events("phase_opened")[2:3]]
    assert [(phase, day.isoformat()) for phase, day in days] == [("adaptation", "2027-04-29")]
    assert story.plan.cycle == 2


def test_an_answer_in_a_window_that_was_not_held_counts() -> None:
    story = given(CLOCKED).open_on(ACTION, "2027-03-16")
    story.when("submit_reflection", by="nurses", answers={"did": "x"}, at="2027-03-16").wait_until("2027-04-07")
    story.open_on("2027-04-07/2027-04-30").wait_until("2027-04-23")
    assert silent(story) == ["auditors", "doctors"]


@pytest.mark.parametrize(
    ("recess", "start", "asleep", "awake"),
    [([], "2027-01-04 09:00", "2027-03-14", "2027-03-29"), ([EASTER], "2027-01-11 09:00", "2027-03-11", "2027-04-06")],
    ids=["a recess that the plan does not know of", "a recess among its closed days"],
)
def test_two_weeks_of_machine_sleep_over_a_recess_record_no_silence(
    recess: list[str], start: str, asleep: str, awake: str
) -> None:
    story = given({**CLOCKED, "policy.closed_days": recess}, at=start).open_on(f"2027-01-04/{asleep}")
    for body, item in (("nurses", "1.1"), ("doctors", "2.1")):
        story.when("report_progress", by=body, milestone=item, status="under_way", at="2027-02-01")
    story.wait_until(asleep).open_on(f"{awake}/2027-06-30")
    story.wait_until(f"{awake} 08:00")  # the machine wakes, and records the deadlines that passed
    assert not story.events("silence_recorded")
    assert (story.plan.phase, not_held(story)[-1].opens_at) == ("reflection", story.moment(f"{awake} 08:00"))


def test_a_week_of_availability_without_an_answer_records_silence() -> None:
    weekly = {"every": "week", "reflection": "2 working_days", "adaptation": "1 working_day"}
    story = given({"policy.cycle": weekly}).open_on("2027-01-04/2027-01-10").wait_until("2027-01-12")
    assert silent(story) == ["auditors", "doctors", "nurses"]
    assert silent(story, "report") == ["doctors", "nurses"]


def test_each_deadline_that_passed_while_the_machine_slept_is_judged_by_its_own_availability() -> None:
    story = given(CLOCKED).open_on("2027-01-04/2027-03-10").wait_until("2027-03-10").wait_until("2027-05-20 10:00")
    assert silent(story, "report") == ["doctors", "nurses"]  # the system was available on all but two of its days
    assert silent(story) == []
    (event,) = not_held(story)
    assert (event.phase, event.open_days) == ("reflection", 0)
    assert event.closes_at > story.moment("2027-05-20 10:00")
    assert PLAN.due(story.plan, story.now, story.open_hours) == []


def test_a_round_that_every_body_answered_is_held_whatever_the_availability() -> None:
    story = given(CLOCKED).open_on(ACTION, "2027-03-16")
    for body in ("nurses", "doctors", "auditors"):
        story.when("submit_reflection", by=body, answers={"did": "x"}, at="2027-03-16")
    story.wait_until("2027-04-30")
    assert not_held(story) == []


def test_a_phase_that_the_operator_ends_is_not_held_either_and_does_not_open_again() -> None:
    story = convened(given().open_on("2027-03-01"), "reflection", at="2027-03-01")
    convened(story, "adaptation", at="2027-04-01").then("window_not_held", "phase_closed", "phase_opened")
    assert (not_held(story)[-1].closes_at, silent(story)) == (None, [])


def test_a_round_that_was_mostly_paused_says_that_it_was_not_held() -> None:
    story = convened(given(), "reflection", at="2027-03-01")
    story.when("pause_plan", role="operator", reason="Strike").wait_until("2027-05-01")
    story.when("resume_plan", role="operator")
    convened(story, "adaptation", at="2027-05-03")
    assert [(event.phase, event.because) for event in not_held(story)] == [("reflection", "paused")]


def test_days_on_which_the_plan_was_paused_do_not_count_for_silence() -> None:
    story = given(CLOCKED).open_on(ACTION, "2027-03-15/2027-04-30")
    story.when("pause_plan", role="operator", reason="Strike", at="2027-03-17")
    story.when("resume_plan", role="operator", at="2027-03-24").wait_until("2027-04-10")
    assert {e.working_days for e in story.events("silence_recorded") if e.asked_for == "reflection"} == {11}


def test_an_adaptation_that_was_not_held_does_not_let_a_proposal_lapse() -> None:
    story = proposed(given({"policy.decisions.unanswered_after_cycles": "1"}))
    convened(story.open_on("2027-01-04"), "reflection", "adaptation", at="2027-03-01")
    convened(story, "action", at="2027-04-01")
    assert [event.times for event in story.events("correction_carried_over")] == [0]
    assert story.plan.corrections["cc"].is_open


def test_history_entered_afterwards_records_no_silence_whatever_the_availability() -> None:
    story = given(CLOCKED, live_from="never", source="Gazette", effective="2020-01-14").open_on("2027-01-04")
    convened(story, "reflection", "adaptation", effective="2020-06-01")
    assert not story.events("silence_recorded", "window_not_held")


def test_a_report_after_its_silence_is_shown_with_it_as_answered_late() -> None:
    story = convened(given(), "reflection", at="2027-02-01")
    story.when("report_progress", by="doctors", milestone="2.1", status="under_way", at="2027-02-03")
    late = {one["body"]: one["answered_late"] for one in plan_view(story.plan, story.now).as_json()["silences"]}
    assert (late["nurses"], late["doctors"][:10]) == (None, "2027-02-03")


def test_the_fold_reads_availability_from_the_event_alone() -> None:
    story = given(CLOCKED).open_on(ACTION, "2027-03-16").wait_until("2027-06-30")
    assert fold(story.entries) == story.plan


@pytest.mark.parametrize(("hour", "counted"), [(5, 0), (6, 1), (29, 1), (30, 0)])
def test_an_hour_belongs_to_the_day_on_which_it_begins_in_the_plans_time_zone(hour: int, counted: int) -> None:
    mexico = calendar("America/Mexico_City")
    day = Days.model_validate("2027-03-02").first
    marked = datetime(2027, 3, 2, tzinfo=UTC) + timedelta(hours=hour)
    assert availability(mexico, mexico.start_of(day), mexico.end_of(day), (), [marked]).open_days == counted


def test_of_a_window_without_a_working_day_all_its_days_count() -> None:
    mexico = calendar("America/Mexico_City")
    saturday = Days.model_validate("2027-03-06").first
    window = mexico.start_of(saturday), mexico.end_of(saturday + timedelta(days=1))
    assert availability(mexico, *window, (), []) == availability(mexico, *window, (), [window[0] - timedelta(hours=1)])
    assert availability(mexico, *window, (), None).working_days == 2


@for_all(st.lists(st.integers(0, 24 * 200), max_size=60, unique=True), st.integers(1, 200))
def test_advancing_the_clock_ends_whatever_the_hours_of_availability(hours: list[int], days: int) -> None:
    story = given(CLOCKED)
    story.open_hours = sorted(datetime(2027, 1, 4, 15, tzinfo=UTC) + timedelta(hours=hour) for hour in hours)
    story.wait_until(story.now + timedelta(days=days))
    assert PLAN.due(story.plan, story.now, story.open_hours) == []
    for event in story.events("silence_recorded"):
        assert 2 * event.open_days >= event.working_days
    for event in not_held(story):
        assert 2 * event.open_days < event.working_days
        assert event.closes_at > event.opens_at >= event.until
    assert fold(story.entries) == story.plan

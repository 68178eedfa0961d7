"""The reporting rhythm, and cycles that end with the month without drift."""

from datetime import date

import pytest

from domain import PLAN
from domain.plan_file.calendar import Span, calendar
from domain.views.pending import pending_view
from domain.views.plan import plan_view
from tests.unit.domain.story import QUARTERLY, Story, convened, decided, given, proposed

MONTHLY = {"every": "month", "within": "10 working_days"}
RHYTHM = {"policy.cycle": QUARTERLY, "policy.reports": MONTHLY}


def days(story: Story, kind: str) -> list[str]:
    """The days on which events of a kind took effect."""
    return [str(story.calendar.day_of(entry.effective_at)) for entry in story.entries if entry.kind == kind]


def silent(story: Story) -> list[tuple[int, str]]:
    return [(e.period, e.body) for e in story.events("silence_recorded") if e.asked_for == "report"]


def test_reports_are_asked_for_at_the_end_of_each_period_whatever_the_phase() -> None:
    story = given(RHYTHM).wait_until("2027-07-10")
    assert days(story, "reports_asked") == [f"2027-{month:02}-04" for month in (2, 3, 4, 5, 6, 7)]
    assert [event.period for event in story.events("reports_asked")] == [1, 2, 3, 4, 5, 6]


def test_silence_is_recorded_when_a_reporting_period_closes_and_not_with_the_phase() -> None:
    story = given(RHYTHM).wait_until("2027-02-17")
    assert silent(story) == []
    story.wait_until("2027-02-19")
    assert silent(story) == [(1, "doctors"), (1, "nurses")]
    assert story.plan.phase == "action"
    story.wait_until("2027-03-17")
    assert silent(story) == [(1, "doctors"), (1, "nurses")]  # action has ended; period 2 closes a day later


def test_a_report_since_the_period_began_is_an_answer() -> None:
    story = given(RHYTHM).when("report_progress", by="nurses", milestone="1.1", status="under_way", at="2027-01-20")
    story.when("report_progress", by="doctors", milestone="2.1", status="under_way", at="2027-02-10")
    story.wait_until("2027-03-30")
    assert silent(story) == [(2, "nurses")]


def test_the_agenda_has_the_next_period_and_the_end_of_its_window() -> None:
    story = given({"policy.reports": MONTHLY})
    assert PLAN.agenda(story.plan) == story.calendar.start_of(date(2027, 2, 4))
    story.wait_until("2027-02-05")
    assert PLAN.agenda(story.plan) == story.events("reports_asked")[0].closes_at
    view = plan_view(story.plan, story.now).as_json()["reports_asked"]
    assert (view["period"], view["closes_at"][:10]) == (1, "2027-02-18")


def test_a_report_after_a_period_closed_is_a_late_answer_to_its_silence() -> None:
    story = given(RHYTHM).wait_until("2027-02-20")
    story.when("report_progress", by="nurses", milestone="1.1", status="under_way", at="2027-02-22")
    assert {one.body: one.answered_late for one in story.plan.silences} == {
        "nurses": story.moment("2027-02-22"),
        "doctors": None,
    }


def test_a_phase_asks_for_no_report_if_reports_have_their_own_rhythm() -> None:
    story = convened(given({"policy.reports": {"every": "6 months", "within": "week"}}), "reflection", at="2027-03-01")
    assert silent(story) == []


def test_pending_lists_the_bodies_that_owe_a_report_while_the_window_is_open() -> None:
    story = given(RHYTHM)
    owed = {one["body"]: one["reports"] for one in pending_view(story.plan, story.now).as_json()["bodies"]}
    assert owed == {"nurses": [], "doctors": [], "auditors": []}
    story.wait_until("2027-02-06").when("report_progress", by="doctors", milestone="2.1", status="under_way")
    owed = {
        one["body"]: [item["id"] for item in one["reports"]]
        for one in pending_view(story.plan, story.now).as_json()["bodies"]
    }
    assert owed == {"nurses": ["1.1"], "doctors": [], "auditors": []}


def test_a_reporting_window_without_availability_is_not_held_and_reopens() -> None:
    story = given(RHYTHM).open_on("2027-01-04/2027-02-04").wait_until("2027-02-22 10:00")
    (event,) = story.events("window_not_held")
    assert (event.period, event.open_days, event.working_days) == (1, 1, 10)
    assert (story.plan.reporting and story.plan.reporting.closes_at) == event.closes_at
    story.open_on("2027-02-22/2027-03-31").wait_until("2027-03-10")
    assert silent(story) == [(1, "doctors"), (1, "nurses")]


def test_a_pause_asks_for_no_report_and_postpones_the_end_of_an_open_window() -> None:
    story = given(RHYTHM).when("pause_plan", role="operator", reason="Flood", at="2027-02-08")
    story.wait_until("2027-05-08")
    story.when("resume_plan", role="operator").then("plan_resumed")
    assert story.plan.reporting is not None
    assert story.plan.reporting.closes_at == story.calendar.end_of(date(2027, 5, 17))
    story.wait_until("2027-06-10")
    assert days(story, "reports_asked") == ["2027-02-04", "2027-06-04"]


def test_a_rhythm_set_by_a_course_correction_counts_from_the_day_it_took_effect() -> None:
    change = {"item": "policy", "field": "reports", "from": None, "to": MONTHLY}
    story = proposed(given(), changes=[change], at="2027-02-10").when(
        "endorse_correction", by="auditors", correction="cc"
    )
    decided(story).wait_until("2027-04-20")
    assert days(story, "reports_asked") == ["2027-03-10", "2027-04-10"]


def test_history_entered_afterwards_asks_for_no_report() -> None:
    story = given(RHYTHM, live_from="never", source="Gazette", effective="2020-01-14").wait_until("2027-06-01")
    assert not story.events("reports_asked", "silence_recorded")


def test_a_report_of_the_successor_answers_for_the_period() -> None:
    story = given(RHYTHM).wait_until("2027-02-06")
    story.when("succeed_partner", role="operator", source="Decree 12", body="doctors", successor="health", name="H")
    story.wait_until("2027-02-20")
    assert silent(story) == [(1, "nurses")]


@pytest.mark.parametrize(
    ("start", "every", "ends"),
    [
        ("2027-01-31 09:00", "month", ["2027-02-28", "2027-03-31", "2027-04-30", "2027-05-31"]),
        ("2027-01-30 09:00", "month", ["2027-02-28", "2027-03-30", "2027-04-30", "2027-05-30"]),
        ("2027-01-29 09:00", "month", ["2027-02-28", "2027-03-29", "2027-04-29", "2027-05-29"]),
        ("2027-08-31 09:00", "3 months", ["2027-11-30", "2028-02-29", "2028-05-31", "2028-08-31"]),
        ("2028-02-29 09:00", "year", ["2029-02-28", "2030-02-28", "2031-02-28", "2032-02-29"]),
    ],
)
def test_a_cycle_that_begins_at_the_end_of_a_month_does_not_drift(start: str, every: str, ends: list[str]) -> None:
    cycle = {"every": every, "reflection": "5 working_days", "adaptation": "3 working_days"}
    story = given({"policy.cycle": cycle}, at=start)
    while story.plan.cycle <= len(ends):
        agenda = PLAN.agenda(story.plan)
        assert agenda is not None
        story.wait_until(agenda)
    opened = [e for e in story.entries if e.kind == "phase_opened" and e.event.phase == "action"]  # type: ignore[attr-defined]
    assert [str(story.calendar.day_of(entry.effective_at)) for entry in opened[1:]] == ends


def test_a_change_of_the_cycle_applies_to_the_cycle_that_opens_with_it() -> None:
    monthly = {"every": "month", "reflection": "5 working_days", "adaptation": "3 working_days"}
    change = {"item": "policy", "field": "cycle", "from": QUARTERLY, "to": monthly}
    story = proposed(given({"policy.cycle": QUARTERLY}), changes=[change], takes_effect="next_cycle")
    decided(story.when("endorse_correction", by="auditors", correction="cc")).wait_until("2027-04-05")
    assert story.plan.cycle == 2
    assert story.plan.cycle_ends_at == story.calendar.start_of(date(2027, 5, 4))


def test_a_cycle_that_is_the_first_with_dates_has_them_from_its_first_day() -> None:
    change = {"item": "policy", "field": "cycle", "from": "convened", "to": QUARTERLY}
    story = proposed(given(), changes=[change], takes_effect="next_cycle")
    decided(story.when("endorse_correction", by="auditors", correction="cc"))
    convened(story, "reflection", "adaptation", "action", at="2027-04-05")
    assert story.plan.cycle_ends_at == story.calendar.start_of(date(2027, 7, 5))


def test_after_a_pause_cycles_are_counted_from_their_postponed_day() -> None:
    story = given({"policy.cycle": QUARTERLY}, at="2027-01-31 09:00")
    story.when("pause_plan", role="operator", reason="Flood", at="2027-02-10")
    story.when("resume_plan", role="operator", at="2027-02-20").wait_until("2027-12-01")
    days_ = [e.counted_from for e in story.events("phase_opened") if e.phase == "action"]
    assert days_ == [date(2027, 1, 31), date(2027, 5, 10), date(2027, 5, 10), date(2027, 5, 10)]


def test_days_on_a_grid_are_counted_from_its_anchor() -> None:
    mexico = calendar("America/Mexico_City")
    month, three = Span.model_validate("month"), Span.model_validate("3 working_days")
    assert mexico.next_on_grid(date(2027, 1, 31), month, date(2027, 2, 28)) == date(2027, 3, 31)
    assert mexico.next_on_grid(date(2027, 1, 31), month, date(2026, 1, 1)) == date(2027, 2, 28)
    assert mexico.next_on_grid(date(2027, 1, 4), three, date(2027, 1, 7)) == date(2027, 1, 12)
    assert mexico.is_on_grid(date(2027, 1, 31), month, date(2027, 2, 28))
    assert not mexico.is_on_grid(date(2027, 1, 31), month, date(2027, 3, 28))

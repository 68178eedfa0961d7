"""The five kinds of deadline, as a plan's view shows them."""

from datetime import date, timedelta
from typing import Any

import pytest
from pydantic import TypeAdapter

from domain.plan_file.calendar import calendar
from domain.plan_file.deadlines import Deadline, Recurring
from domain.views.plan import plan_view
from tests.unit.domain.story import Story, given

DUE = "commitments.0.milestones.0.due"
DEADLINE: TypeAdapter[Any] = TypeAdapter(Deadline)


def milestone(story: Story, item: str = "1.1", at: str | None = None) -> dict[str, Any]:
    """A milestone as shown at a moment."""
    now = story.moment(at) if at else story.now
    commitments = plan_view(story.plan, now).as_json()["commitments"]
    return next(one for commitment in commitments for one in commitment["milestones"] if one["id"] == item)


def dates(value: dict[str, Any], since: str, count: int = 3) -> list[str]:
    recurring: Recurring = DEADLINE.validate_python(value)
    start, zone = date.fromisoformat(since), calendar("America/Mexico_City")
    found: list[str] = []
    day = recurring.next_from(date(1990, 1, 1), start, zone)
    while day is not None and len(found) < count:
        found.append(day.isoformat())
        day = recurring.next_from(day + timedelta(days=1), start, zone)
    return found


@pytest.mark.parametrize(
    "value",
    [
        "2027-02-26",
        "2027-06",
        {"every": "1 months", "day": 10, "from": "2027-01-10", "until": "2027-12-10"},
        {"after": "guide", "days": 90},
        {"after": "guide", "working_days": 0},
        {"absent": "not_stated"},
    ],
)
def test_a_deadline_is_written_as_it_was_read(value: Any) -> None:
    assert DEADLINE.dump_python(DEADLINE.validate_python(value), mode="json") == value


def test_a_date_is_due_until_its_day_ends_in_the_plans_time_zone() -> None:
    story = given()
    assert milestone(story)["due"] == "2027-03-31"
    assert not milestone(story, at="2027-03-31 23:59")["overdue"]
    assert milestone(story, at="2027-04-01T00:00:00-06:00")["overdue"]
    assert not milestone(story, at="2027-04-01T05:59:00+00:00")["overdue"]


def test_a_month_is_due_on_its_last_day() -> None:
    assert milestone(given({DUE: "2028-02"}))["due"] == "2028-02-29"


def test_a_milestone_waits_and_is_never_overdue_until_what_it_counts_from_is_declared() -> None:
    story = given()
    assert milestone(story, "1.2", at="2029-01-01") | {"waiting": True, "due": None, "overdue": False} == milestone(
        story, "1.2", at="2029-01-01"
    )
    story.when("record_occurrence", by="auditors", awaited="guide", at="2027-03-12 10:00").then("occurrence_recorded")
    assert milestone(story, "1.2")["due"] == "2027-03-26"
    assert not milestone(story, "1.2")["waiting"]
    assert milestone(story, "1.2", at="2027-03-27")["overdue"]


def test_closed_days_postpone_a_deadline_in_working_days() -> None:
    story = given({"policy.closed_days": ["2027-03-22/2027-04-02"]})
    story.when("record_occurrence", by="auditors", awaited="guide", at="2027-03-12")
    assert milestone(story, "1.2")["due"] == "2027-04-09"


def test_days_may_count_from_a_milestone_that_is_done_and_stop_counting_if_it_is_reopened() -> None:
    story = given({"commitments.1.milestones.0.due": {"after": "1.1", "days": "90"}})
    story.when("report_progress", by="nurses", milestone="1.1", status="done", as_at="2027-02-01", at="2027-02-05")
    assert milestone(story, "2.1")["due"] == "2027-05-02"
    story.when("report_progress", by="nurses", milestone="1.1", status="under_way", at="2027-02-06")
    assert milestone(story, "2.1") | {"due": None, "waiting": True} == milestone(story, "2.1")


def test_zero_days_after_is_the_day_itself() -> None:
    story = given({"commitments.0.milestones.1.due": {"after": "guide", "working_days": "0"}})
    story.when("record_occurrence", by="auditors", awaited="guide", at="2027-03-12")
    assert milestone(story, "1.2")["due"] == "2027-03-12"


def test_a_deadline_in_words_only_is_never_overdue() -> None:
    story = given({DUE: None, "commitments.0.milestones.0.stated": "before the rains"})
    shown = milestone(story, at="2099-01-01")
    assert (shown["due"], shown["overdue"], shown["stated"]) == (None, False, "before the rains")


def test_a_recurring_deadline_shows_its_next_day_and_is_not_overdue() -> None:
    story = given({DUE: {"every": "month", "day": "10", "until": "2027-12-10"}})
    assert milestone(story, at="2027-01-05")["next"] == "2027-01-10"
    assert milestone(story, at="2027-03-10 23:00")["next"] == "2027-03-10"
    assert milestone(story, at="2027-03-11")["next"] == "2027-04-10"
    assert milestone(story, at="2027-12-11")["next"] is None
    assert not milestone(story, at="2027-12-11")["overdue"]


def test_a_recurrence_on_a_day_of_the_month_begins_with_the_first_such_day() -> None:
    assert dates({"every": "month", "day": 31}, "2027-01-15") == ["2027-01-31", "2027-02-28", "2027-03-31"]
    assert dates({"every": "month", "day": 10}, "2027-01-15") == ["2027-02-10", "2027-03-10", "2027-04-10"]


def test_a_recurrence_without_a_day_falls_where_each_period_ends() -> None:
    assert dates({"every": "3 months", "from": "2027-01-31"}, "2027-06-01", 2) == ["2027-04-30", "2027-07-31"]
    assert dates({"every": "2 weeks", "until": "2027-01-20"}, "2027-01-04") == ["2027-01-18"]


def test_a_done_stopped_or_dropped_milestone_is_not_overdue() -> None:
    for word in ("done", "stopped"):
        story = given().when("report_progress", by="nurses", milestone="1.1", status=word)
        assert not milestone(story, at="2028-01-01")["overdue"]


def test_while_a_plan_is_paused_nothing_is_overdue() -> None:
    story = given().when("pause_plan", role="operator", reason="Flood")
    assert not milestone(story, at="2028-01-01")["overdue"]

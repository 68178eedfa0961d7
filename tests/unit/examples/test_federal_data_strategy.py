"""The federal plan of 2020: what the example must hold, folded through the domain."""

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from domain.corrections.messages import CorrectionTookEffect
from domain.loop.messages import SilenceRecorded
from domain.plan import Plan
from domain.plan_file.check import check
from domain.plan_file.deadlines import After, OnDay
from domain.plan_file.definition import Milestone
from tests.unit.examples.folding import Play, as_of, definition_of, lines_of

NAME = "federal-data-strategy-2020"
ENTERED = datetime(2026, 1, 1, tzinfo=UTC)
WASHINGTON = ZoneInfo("America/New_York")


@pytest.fixture(scope="module")
def played() -> Play:
    """The whole example, entered one second after another; that it plays at all shows that nothing is refused."""
    play = Play(NAME)
    definition = definition_of(NAME)
    assert definition.source is not None
    assert definition.source.date is not None
    play.start(definition, ENTERED, effective=datetime.fromisoformat(definition.source.date))
    for count, command in enumerate(lines_of(NAME), start=1):
        play.send(command, ENTERED + timedelta(seconds=count))
    return play


def at_end_of(played: Play, day: str) -> Plan:
    end = datetime.combine(date.fromisoformat(day) + timedelta(days=1), datetime.min.time(), WASHINGTON)
    return as_of(played.entries, end)


def milestones(plan: Plan) -> dict[str, Milestone]:
    return {milestone.id: milestone for _, milestone in plan.defined.milestones()}


def due_of(plan: Plan, item: str) -> date | None:
    due = milestones(plan)[item].due
    return due.day if isinstance(due, OnDay) else None


def done(plan: Plan) -> list[str]:
    return [item for item, standing in plan.standings.items() if standing.means == "done"]


def test_the_plan_file_has_no_fault_and_every_milestone_has_a_lead() -> None:
    findings = check(definition_of(NAME))
    assert findings.faults == ()
    assert {warning.code for warning in findings.warnings} == {"no_causes", "one_body_decides"}


def test_the_plan_has_20_commitments_65_milestones_and_123_reports(played: Play) -> None:
    assert len(played.plan.defined.commitments) == 20
    assert len(milestones(at_end_of(played, "2020-01-31"))) == 65
    reports = [command for command in lines_of(NAME) if command["command"] == "report_progress"]
    assert [report["id"] for report in reports] == [f"u{number:03}" for number in range(1, 124)]


@pytest.mark.parametrize(
    ("day", "count", "due"),
    [
        ("2020-05-01", 65, date(2020, 6, 30)),
        ("2020-06-01", 65, date(2020, 7, 31)),
        ("2020-08-01", 66, date(2020, 7, 31)),
    ],
)
def test_as_of_a_day_the_plan_has_its_milestones_and_deadlines_of_that_day(
    played: Play, day: str, count: int, due: date
) -> None:
    plan = at_end_of(played, day)
    assert len(milestones(plan)) == count
    assert due_of(plan, "3.1") == due
    assert ("9.4" in milestones(plan)) == (count == 66)


@pytest.mark.parametrize(("day", "count"), [("2020-04-30", 7), ("2020-07-31", 12), ("2020-10-31", 16)])
def test_as_many_milestones_are_done_as_was_published(played: Play, day: str, count: int) -> None:
    assert len(done(at_end_of(played, day))) == count


def test_the_milestone_of_july_exists_from_its_evening_in_washington_on(played: Play) -> None:
    eve, day = at_end_of(played, "2020-07-21"), at_end_of(played, "2020-07-22")
    assert "9.4" not in milestones(eve)
    assert milestones(day)["9.4"].lead == "it-investment-cop"
    assert due_of(day, "9.4") == date(2020, 9, 30)


def test_the_last_statuses_are_those_of_the_last_updates(played: Play) -> None:
    meanings = Counter(standing.means for standing in played.plan.standings.values())
    assert meanings == {"done": 38, "under_way": 21, "waiting": 3}
    waiting = [item for item, standing in played.plan.standings.items() if standing.means == "waiting"]
    assert sorted(waiting) == ["5.2", "6.2", "8.2"]
    assert milestones(played.plan).keys() - played.plan.standings.keys() == {"5.1", "9.1", "9.2", "9.3"}


def test_the_correction_of_may_changes_five_deadlines_and_two_wordings(played: Play) -> None:
    effect = next(
        entry.event
        for entry in played.entries
        if isinstance(entry.event, CorrectionTookEffect) and entry.event.correction == "covid-19"
    )
    assert Counter(change.field for change in effect.applied) == {"due": 5, "deliverable": 2}
    assert effect.stale == ()
    before, after = at_end_of(played, "2020-05-07"), at_end_of(played, "2020-05-08")
    moved = {item: due_of(after, item) for item in milestones(after) if due_of(before, item) != due_of(after, item)}
    assert moved == {
        "2.2": date(2020, 10, 31),
        "3.1": date(2020, 7, 31),
        "4.1": date(2020, 7, 31),
        "6.2": None,
        "19.1": date(2020, 9, 30),
    }
    assert milestones(after)["6.2"].due == After(after="metadata-guidance", days=90)


def test_the_reason_of_may_came_six_days_later_and_leaves_6_2_unexplained(played: Play) -> None:
    assert at_end_of(played, "2020-05-13").corrections["covid-19"].explained == ()
    correction = at_end_of(played, "2020-05-14").corrections["covid-19"]
    (explanation,) = correction.explained
    subjects = {change.subject for change in correction.proposal.changes}
    assert subjects - set(explanation.covers) == {"6.2"}
    assert "M-20-16" in str(explanation.rationale)


def test_five_course_corrections_took_effect_in_the_order_of_the_year(played: Play) -> None:
    calendar = played.plan.defined.calendar()
    took = [
        (entry.event.correction, calendar.day_of(entry.effective_at).isoformat(), len(entry.event.applied))
        for entry in played.entries
        if isinstance(entry.event, CorrectionTookEffect)
    ]
    assert took == [
        ("covid-19", "2020-05-08", 7),
        ("reporting-tool", "2020-06-04", 9),
        ("reporting-tool-name", "2020-06-18", 9),
        ("it-spending-model", "2020-07-22", 1),
        ("inventories-for-ai", "2020-08-05", 1),
    ]
    assert "Progress Report Tool" in str(milestones(played.plan)["3.1"].proof)
    assert "COVID-19" in str(milestones(played.plan)["6.1"].deliverable)


def test_nobody_is_said_to_have_proposed_and_no_reason_is_invented(played: Play) -> None:
    absent = {"absent": "not_published"}
    for command in lines_of(NAME):
        if command["command"] == "propose_correction":
            assert "on_behalf_of" not in command
            assert command["rationale"] == absent
        if command["command"] == "decide_correction":
            assert command["on_behalf_of"] == "omb"
            assert command["response"] == absent


def test_every_command_names_its_source_and_follows_the_one_before(played: Play) -> None:
    commands = lines_of(NAME)
    assert all(command["source"]["document"].startswith("GSA/data-strategy ") for command in commands)
    moments = [datetime.fromisoformat(command["effective"]) for command in commands]
    assert moments == sorted(moments)


def test_history_entered_afterwards_holds_no_silence_and_one_reflection_in_one_cycle(played: Play) -> None:
    kinds = Counter(entry.kind for entry in played.entries)
    assert not any(isinstance(entry.event, SilenceRecorded) for entry in played.entries)
    assert played.plan.live_from is None
    assert played.plan.cycle == 1
    assert kinds["reflection_submitted"] == 1
    assert kinds["occurrence_recorded"] == 0
    assert kinds["command_refused"] == 0


def test_the_five_lessons_are_for_the_successor(played: Play) -> None:
    lessons = played.plan.lessons.values()
    assert len(lessons) == 5
    assert {lesson.meant_for for lesson in lessons} == {("successor",)}
    assert all(lesson.therefore for lesson in lessons)


def test_closing_says_what_was_still_awaited_and_open(played: Play) -> None:
    closed: Any = played.entries[-1].event
    assert played.plan.status == "closed"
    assert closed.awaited == ("metadata-guidance", "open-data-guidance")
    assert len(closed.open_items) == 66 - 38
    assert len(closed.lessons_for_successor) == 5

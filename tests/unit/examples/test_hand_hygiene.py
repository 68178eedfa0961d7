"""A ward's weekly cycle: the same engine, with words, questions and a scale that no government uses."""

from datetime import date, datetime, timedelta

import pytest

from domain.kernel.refused import Refused
from domain.loop.messages import PhaseClosed, SilenceRecorded
from domain.plan import Plan
from domain.plan_file.check import check
from tests.unit.examples.folding import EXAMPLES, Play, definition_of

MONDAY = datetime.fromisoformat("2027-02-01T07:00:00-06:00")


@pytest.fixture
def ward() -> Play:
    play = Play("hand-hygiene", role="partner")
    play.start(definition_of("hand-hygiene"), MONDAY)
    return play


def adopt_a_change(play: Play) -> Plan:
    """The ward's second week: six beds are not enough, so it tries the door."""
    proposal = {
        "command": "propose_correction",
        "id": "gel-at-the-door",
        "on_behalf_of": "nursing",
        "trigger": "roadblock",
        "rests_on": ["week-1"],
        "rationale": "The trolley hides the dispenser at two of the six beds",
        "takes_effect": "now",
        "changes": [
            {"item": "1.1", "field": "deliverable", "from": GEL_AT_SIX_BEDS, "to": "Gel at the door of each room"}
        ],
    }
    play.send(proposal, MONDAY + timedelta(days=4, hours=1))
    answer = {"correction": "gel-at-the-door", "draft": "1"}
    play.send(
        {"command": "endorse_correction", "id": "yes", "on_behalf_of": "nursing", **answer}, MONDAY + timedelta(days=5)
    )
    decision = {
        "decision": "adopted",
        "response": "Both of us saw it",
        "authority": {"document": "Huddle of 6 February"},
    }
    play.send(
        {"command": "decide_correction", "id": "go", "on_behalf_of": "doctors", **answer, **decision},
        MONDAY + timedelta(days=5, hours=1),
    )
    return play.plan


GEL_AT_SIX_BEDS = {"en": "Gel at six beds", "es": "Gel en seis camas"}


def test_a_ward_needs_no_more_than_twenty_five_lines() -> None:
    lines = (EXAMPLES / "hand-hygiene" / "plan.yaml").read_text(encoding="utf-8").splitlines()
    assert len(lines) <= 25
    assert max(map(len, lines)) <= 120
    assert check(definition_of("hand-hygiene")).faults == ()


def test_a_ward_reports_in_its_own_scale_and_no_other(ward: Play) -> None:
    report = {"command": "report_progress", "on_behalf_of": "nursing", "milestone": "1.1"}
    ward.send({**report, "id": "tuesday", "status": "trying"}, MONDAY + timedelta(days=1))
    assert ward.plan.meaning_of("1.1") == "under_way"
    ward.send({**report, "id": "thursday", "status": "abandoned"}, MONDAY + timedelta(days=3))
    assert ward.plan.meaning_of("1.1") == "stopped"
    with pytest.raises(Refused) as refused:
        ward.send({**report, "id": "friday", "status": "done"}, MONDAY + timedelta(days=4))
    assert refused.value.code == "unknown_status"


def test_a_week_is_a_cycle_that_the_clock_turns(ward: Play) -> None:
    ward.wait(MONDAY + timedelta(days=7))
    closed = [entry.effective_at for entry in ward.entries if isinstance(entry.event, PhaseClosed)]
    calendar = ward.plan.defined.calendar()
    assert [calendar.day_of(moment - timedelta(seconds=1)) for moment in closed] == [
        date(2027, 2, day) for day in (2, 4, 7)
    ]
    assert (ward.plan.cycle, ward.plan.phase) == (2, "action")


def test_a_ward_learns_and_changes_its_course_within_the_week(ward: Play) -> None:
    answers = {"predicted": "Two moments in three", "saw": "One in two at the beds by the window"}
    reflection = {"command": "submit_reflection", "id": "week-1", "on_behalf_of": "nursing", "answers": answers}
    ward.send(reflection, MONDAY + timedelta(days=3))
    assert ward.entries[-1].kind == "reflection_submitted"
    plan = adopt_a_change(ward)
    assert ward.entries[-1].kind == "correction_took_effect"
    assert plan.revision == 2
    ward.wait(MONDAY + timedelta(days=7))
    silent = [
        (entry.event.body, entry.event.asked_for) for entry in ward.entries if isinstance(entry.event, SilenceRecorded)
    ]
    assert silent == [("nursing", "report"), ("doctors", "reflection")]

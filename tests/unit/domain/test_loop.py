"""The loop: action → reflection → adaptation, convened by the operator, by answers, or by the clock."""

from datetime import UTC, date, datetime

import pytest

from domain import PLAN
from domain.kernel.event import CLOCK
from tests.unit.domain.story import PROPOSAL, QUARTERLY, Story, convened, decided, given, proposed

CLOCKED = {"policy.cycle": QUARTERLY}


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)  # type: ignore[arg-type,misc]


def phases(story: Story) -> list[tuple[int, str]]:
    return [(event.cycle, event.phase) for event in story.events("phase_opened")]


def test_a_plan_begins_in_the_action_of_its_first_cycle() -> None:
    story = given()
    assert (story.plan.cycle, story.plan.phase, story.plan.status) == (1, "action", "open")
    assert PLAN.agenda(story.plan) is None


def test_the_operator_convenes_phase_after_phase_and_then_the_next_cycle() -> None:
    story = convened(given(), "reflection", "adaptation", "action", at="2027-03-01")
    assert phases(story) == [(1, "action"), (1, "reflection"), (1, "adaptation"), (2, "action")]
    assert [event.by for event in story.events("phase_closed")] == ["convened"] * 3


def test_a_phase_cannot_be_skipped() -> None:
    convened(given(), "adaptation").then_refused("not_next_phase", phase="action", next="reflection")


def test_a_phase_convened_with_a_last_day_closes_by_the_clock_when_that_day_has_ended() -> None:
    story = convened(given(), "reflection", at="2027-04-05", until="2027-04-16", text="Session on the 14th")
    assert PLAN.agenda(story.plan) == utc(2027, 4, 17, 6)
    story.wait_until("2027-04-16 23:59")
    assert story.new_entries == []
    story.wait_until("2027-04-17")
    assert story.new_entries[-1].kind == "phase_closed"
    assert story.new_entries[-1].role == CLOCK
    assert story.new_entries[-1].effective_at == utc(2027, 4, 17, 6)
    assert story.plan.phase == "reflection"
    assert PLAN.agenda(story.plan) is None


def test_a_phase_that_closed_on_its_day_is_not_closed_again_by_the_next() -> None:
    story = convened(given(), "reflection", at="2027-04-05", until="2027-04-16").wait_until("2027-04-20")
    convened(story, "adaptation").then("phase_opened", phase="adaptation")


def test_a_phase_whose_last_day_has_passed_cannot_be_convened() -> None:
    convened(given(), "reflection", at="2027-04-05", until="2027-04-04").then_refused("ends_before_it_begins")


def test_the_end_of_a_phase_may_be_given_to_the_second() -> None:
    story = convened(given(), "reflection", at="2027-04-05", until="2027-04-05T15:00:00-06:00")
    assert PLAN.agenda(story.plan) == utc(2027, 4, 5, 21)


def test_a_quarterly_plan_stays_quarterly_with_reflection_and_adaptation_as_its_last_days() -> None:
    story = given(CLOCKED, at="2027-01-04 09:00").wait_until("2027-07-04")
    opened = [(e.event.phase, e.effective_at) for e in story.entries if e.kind == "phase_opened"]  # type: ignore[attr-defined]
    assert opened[:4] == [
        ("action", utc(2027, 1, 4, 15)),
        ("reflection", utc(2027, 3, 15, 6)),
        ("adaptation", utc(2027, 3, 29, 6)),
        ("action", utc(2027, 4, 4, 6)),
    ]
    assert [event.cycle_ends_at for event in story.events("phase_opened") if event.phase == "action"] == [
        utc(2027, 4, 4, 6),
        utc(2027, 7, 4, 6),
        utc(2027, 10, 4, 6),
    ]


@pytest.mark.parametrize("every", ["1 months", "3 months", "1 years"])
def test_cycles_that_begin_on_the_first_always_begin_on_the_first(every: str) -> None:
    cycle = {"every": every, "reflection": "5 days", "adaptation": "5 days"}
    story = given({"policy.cycle": cycle}, at="2027-01-01 09:00").wait_until("2031-01-02")
    ends = {event.cycle_ends_at.astimezone(story.calendar.zone).day for event in story.events("phase_opened")}
    assert ends == {1}


def test_the_first_cycle_counts_from_the_day_the_plan_goes_live() -> None:
    story = given(CLOCKED, live_from="2027-02-01", source="Gazette")
    assert story.plan.cycle_ends_at == utc(2027, 5, 1, 6)


def test_deadlines_missed_while_the_engine_was_down_are_recorded_in_order() -> None:
    at_once = given(CLOCKED).wait_until("2028-01-10")
    daily = given(CLOCKED)
    for month in range(1, 13):
        daily.wait_until(f"2027-{month:02}-15")
    daily.wait_until("2028-01-10")
    assert [(e.event, e.effective_at) for e in at_once.entries] == [(e.event, e.effective_at) for e in daily.entries]


def test_a_clock_driven_phase_may_be_convened_early_by_the_operator() -> None:
    story = convened(given(CLOCKED), "reflection", at="2027-02-01")
    assert story.plan.phase == "reflection"
    assert PLAN.agenda(story.plan) == utc(2027, 3, 29, 6)


def test_a_phase_ends_early_only_where_the_policy_says_so() -> None:
    everyone = [("nurses", "1.1"), ("doctors", "2.1")]
    late, early, answered = (
        given(CLOCKED),
        given({"policy.cycle": QUARTERLY | {"early": "yes"}}),
        given({"policy.cycle": "answered"}),
    )
    for story in (late, early, answered):
        for body, item in everyone:
            story.when("report_progress", by=body, milestone=item, status="under_way", at="2027-02-01")
        story.wait_until("2027-02-02")
    assert [story.plan.phase for story in (late, early, answered)] == ["action", "reflection", "reflection"]
    assert answered.events("phase_closed")[0].by == "answered"
    assert not answered.events("silence_recorded")


def test_a_cycle_driven_by_answers_goes_on_when_all_have_answered_and_decided() -> None:
    story = given({"policy.cycle": "answered"})
    proposed(story, at="2027-02-01").then("correction_proposed")
    story.when("report_progress", by="doctors", milestone="2.1", status="under_way")
    for body in ("nurses", "doctors", "auditors"):
        story.when("submit_reflection", by=body, answers={"did": "We washed"})
    story.wait_until("2027-02-02")
    assert story.plan.phase == "adaptation"
    story.when("endorse_correction", by="auditors", correction="cc")
    decided(story)
    story.wait_until("2027-02-03")
    assert (story.plan.cycle, story.plan.phase) == (2, "action")


def test_the_phase_just_closed_may_be_reopened_with_a_reason_and_takes_answers_in_time() -> None:
    story = convened(given(), "reflection", "adaptation", at="2027-03-01")
    story.when("reopen_phase", role="operator", reason="Two were travelling", until="2027-03-12").then("phase_reopened")
    assert (story.plan.phase, PLAN.agenda(story.plan)) == ("reflection", utc(2027, 3, 13, 6))
    story.when("submit_reflection", by="nurses", answers={"did": "We washed"}).then("reflection_submitted", late=False)
    story.wait_until("2027-03-14")
    assert story.new_entries[-1].kind == "phase_closed"


def test_a_cycle_that_has_ended_is_not_reopened() -> None:
    """Carrying over and corrections for the next cycle would be recorded twice."""
    story = convened(given(), "reflection", "adaptation", "action", at="2027-03-01")
    story.when("reopen_phase", role="operator", reason="Minutes were missing").then_refused("nothing_to_reopen")


def test_a_pause_postpones_the_last_day_by_whole_days() -> None:
    story = convened(given(), "reflection", at="2027-03-01", until="2027-03-12")
    story.now = story.moment("2027-03-02T15:00:00")
    story.when("pause_plan", role="operator", reason="Strike")
    story.now = story.moment("2027-03-05T09:30:00")
    story.when("resume_plan", role="operator")
    assert PLAN.agenda(story.plan) == story.calendar.end_of(date(2027, 3, 15))


def test_a_phase_is_reopened_only_after_it_closed_and_only_once() -> None:
    given().when("reopen_phase", role="operator", reason="x").then_refused("nothing_to_reopen")
    story = convened(given(), "reflection").when("reopen_phase", role="operator", reason="x")
    story.when("reopen_phase", role="operator", reason="x").then_refused("nothing_to_reopen")


@pytest.mark.parametrize("phase", ["action", "reflection", "adaptation"])
def test_a_phase_decides_what_is_asked_for_and_not_what_is_allowed(phase: str) -> None:
    story = given()
    for step in ("reflection", "adaptation"):
        if story.plan.phase != phase:
            convened(story, step)
    assert story.plan.phase == phase
    story.when("report_progress", by="nurses", milestone="1.1", status="under_way").then("progress_reported")
    story.when("attach_evidence", by="nurses", item="1.1", evidence={"document": "Photo"}).then("evidence_attached")
    story.when("measure_indicator", by="auditors", indicator="rate", value="9.5").then("indicator_measured")
    story.when("record_occurrence", by="auditors", awaited="guide").then("occurrence_recorded")
    story.when("record_lesson", by="doctors", lesson={"id": "L1", "text": "Basins first"}).then("lesson_recorded")
    story.when("test_assumption", by="doctors", assumption="soap", outcome="failed").then("assumption_tested")
    story.when("observe_power", by="nurses", stakeholder="purchasing", ability="low").then("power_observed")
    story.when("submit_reflection", by="nurses", answers={"did": "x"}).then("reflection_submitted")
    proposed(story).then("correction_proposed")
    story.when("oppose_correction", by="auditors", correction="cc", reason="No").then("position_taken")
    assert {entry.phase for entry in story.entries[-9:]} == {phase}


def test_a_pause_postpones_every_end_by_its_length() -> None:
    story = given(CLOCKED)
    closes, ends = PLAN.agenda(story.plan), story.plan.cycle_ends_at
    story.when("pause_plan", role="operator", reason="Flood", at="2027-02-01 12:00").then("plan_paused")
    assert PLAN.agenda(story.plan) is None
    assert story.wait_until("2027-06-01 12:00").new_entries == []
    story.when("resume_plan", role="operator", at="2027-06-01 12:00").then("plan_resumed")
    assert closes is not None
    assert ends is not None
    shift = utc(2027, 6, 1, 18) - utc(2027, 2, 1, 18)
    assert (PLAN.agenda(story.plan), story.plan.cycle_ends_at) == (closes + shift, ends + shift)


def test_while_paused_bodies_may_report_but_no_phase_changes() -> None:
    story = given().when("pause_plan", role="operator", reason="Flood")
    story.when("report_progress", by="nurses", milestone="1.1", status="under_way").then("progress_reported")
    convened(story, "reflection").then_refused("plan_paused")
    story.when("pause_plan", role="operator", reason="x").then_refused("plan_paused")
    story.when("resume_plan", role="operator").then("plan_resumed")
    story.when("resume_plan", role="operator").then_refused("not_paused")


def test_answers_given_during_a_pause_move_the_loop_only_after_it() -> None:
    story = given({"policy.cycle": "answered"}).when("pause_plan", role="operator", reason="Flood")
    story.when("report_progress", by="nurses", milestone="1.1", status="under_way")
    story.when("report_progress", by="doctors", milestone="2.1", status="under_way")
    assert story.wait_until("2027-02-01").new_entries == []
    story.when("resume_plan", role="operator").wait_until("2027-02-02").then("phase_closed", "phase_opened")


def test_closing_lists_what_was_awaited_open_unanswered_and_meant_for_a_successor() -> None:
    story = proposed(given())
    story.when("report_progress", by="doctors", milestone="2.1", status="stopped")
    for name, whom in (("L1", ["successor"]), ("L2", ["this_plan"]), ("L3", ["this_plan", "successor"])):
        story.when("record_lesson", by="nurses", lesson={"id": name, "text": "x", "for": whom})
    story.when("close_plan", role="operator", reason="The year is over", at="2027-12-31")
    closed = story.events("plan_closed")[0]
    assert closed.awaited == ("guide",)
    assert closed.open_items == ("1.1", "1.2")
    assert closed.unanswered == ("cc",)
    assert closed.lessons_for_successor == ("L1", "L3")
    assert (story.plan.status, story.plan.phase, PLAN.agenda(story.plan)) == ("closed", None, None)


def test_after_closing_the_course_is_fixed_and_late_reports_are_still_recorded() -> None:
    story = proposed(given()).when("close_plan", role="operator", reason="Over")
    proposed(story, id="other").then_refused("plan_closed")
    decided(story).then_refused("plan_closed")
    convened(story, "reflection").then_refused("plan_closed")
    story.when("close_plan", role="operator", reason="Over").then_refused("plan_closed")
    story.when("report_progress", by="nurses", milestone="1.1", status="done").then("progress_reported")
    assert story.plan.standings["1.1"].status == "done"
    assert story.entries[-1].phase is None
    story.when("submit_reflection", by="nurses", answers={"did": "x"}).then("reflection_submitted", late=True)
    assert story.wait_until("2030-01-01").new_entries == []


def test_a_paused_plan_may_be_closed_and_nobody_was_silent_while_it_was() -> None:
    story = given().when("pause_plan", role="operator", reason="Flood", at="2027-02-01")
    story.when("close_plan", role="operator", reason="The ward is gone", at="2027-03-01")
    story.then("phase_closed", "plan_closed")


def test_a_closing_that_everybody_may_read_names_nothing_restricted() -> None:
    story = given().when("report_progress", id="seen", by="nurses", milestone="1.1", status="under_way")
    story.when("propose_correction", by="nurses", id="sack-the-mayor", visibility="restricted", **PROPOSAL)
    lesson = {"id": "mayor-steals", "text": "The mayor steals", "for": ["successor"]}
    story.when("record_lesson", by="nurses", visibility="restricted", lesson=lesson)
    story.when("close_plan", role="operator", reason="The end")
    (closed,) = story.events("plan_closed")
    assert (closed.unanswered, closed.lessons_for_successor) == ((), ())

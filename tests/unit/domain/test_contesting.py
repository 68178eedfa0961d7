"""Contests: a contested entry stays, counts no more, and every view shows that."""

from datetime import UTC, datetime
from typing import Any

import pytest

from domain.views.correction import correction_view
from domain.views.diff import diff_view
from domain.views.models.view import ALL
from domain.views.plan import plan_view
from tests.unit.domain.story import (
    PROPOSAL,
    Story,
    contested,
    convened,
    decided,
    decided_in_session,
    entered,
    fold,
    given,
    met,
    proposed,
)


def item(story: Story, name: str = "1.1") -> dict[str, Any]:
    view = plan_view(story.plan, story.now).as_json()
    milestones = [one for commitment in view["commitments"] for one in commitment["milestones"]]
    found: dict[str, Any] = next(
        one for one in [*milestones, *view["indicators"], *view["awaited"]] if one["id"] == name
    )
    return found


def last(story: Story) -> int:
    return story.entries[-1].version


def test_after_a_contest_the_report_before_it_counts_again() -> None:
    story = given().when("report_progress", by="nurses", milestone="1.1", status="under_way")
    entered(story).then("progress_reported")
    assert item(story)["status"] == "done"
    number = last(story)
    contested(story, "nurses", number).then("entry_contested", entry=number, reason="We never said so")
    assert item(story)["status"] == "under_way"
    assert [one["entry"] for one in item(story)["contested"]] == [number]
    assert fold(story.entries) == story.plan


def test_a_later_report_still_counts_when_an_earlier_one_is_contested() -> None:
    story = entered(given())
    number = last(story)
    story.when("report_progress", by="nurses", milestone="1.1", status="stopped")
    contested(story, "nurses", number)
    assert story.plan.standings["1.1"].status == "stopped"


def test_after_a_contest_the_latest_fact_by_effective_time_counts_not_by_recorded_time() -> None:
    story = given(at="2027-02-01", live_from="2027-01-15", source="Gazette", effective="2027-01-01")
    for day, value in (("2027-01-20", "5"), ("2027-01-10", "9"), ("2027-01-25", "3")):
        entered(story, "measure_indicator", "auditors", indicator="rate", value=value, effective=day)
    contested(story, "auditors", last(story))
    assert str(getattr(story.plan.measurements["rate"][1], "value", "")) == "5"


@pytest.mark.parametrize(
    ("command", "fields", "facts", "subject"),
    [
        ("measure_indicator", {"indicator": "rate", "value": "9"}, "measurements", "rate"),
        ("attach_evidence", {"item": "1.1", "evidence": {"document": "Photo"}}, "evidence", "1.1"),
        ("record_occurrence", {"awaited": "guide"}, "occurrences", "guide"),
        ("test_assumption", {"assumption": "soap", "outcome": "failed"}, "assumptions", "soap"),
        ("observe_power", {"stakeholder": "purchasing", "ability": "low"}, "power", "purchasing"),
    ],
)
def test_a_fact_with_a_single_entry_has_no_value_once_that_entry_is_contested(
    command: str, fields: dict[str, Any], facts: str, subject: str
) -> None:
    story = entered(given(), command, "auditors", **fields)
    assert subject in getattr(story.plan, facts)
    contested(story, "auditors", last(story)).then("entry_contested")
    assert subject not in getattr(story.plan, facts)


def test_a_deadline_waits_again_once_the_occurrence_it_counts_from_is_contested() -> None:
    story = entered(given(), "record_occurrence", "auditors", awaited="guide")
    assert not item(story, "1.2")["waiting"]
    contested(story, "auditors", last(story))
    assert item(story, "1.2")["waiting"]
    story.when("record_occurrence", by="auditors", awaited="guide").then("occurrence_recorded")


def test_a_contested_lesson_stays_marked_and_nothing_new_rests_on_it() -> None:
    lesson = {"id": "L1", "text": "Basins first", "for": ["successor"]}
    story = entered(given(), "record_lesson", lesson=lesson)
    contested(story, "nurses", last(story))
    (shown,) = plan_view(story.plan, story.now).as_json()["lessons"]
    assert (shown["id"], shown["contested"][0]["body"]) == ("L1", "nurses")
    story.when("record_lesson", by="nurses", lesson={"id": "L2", "text": "x", "rests_on": ["L1"]})
    story.then_refused("ground_contested")
    story.when("close_plan", role="operator", reason="Over").then(
        "phase_closed", "plan_closed", lessons_for_successor=()
    )


def test_a_contested_position_does_not_count() -> None:
    story = entered(proposed(given()), "endorse_correction", "auditors", correction="cc")
    contested(story, "auditors", last(story))
    assert story.plan.corrections["cc"].positions == {}
    decided(story).then_refused("no_quorum", taken="1")


def test_after_a_contested_position_the_bodys_own_earlier_position_counts() -> None:
    story = proposed(given()).when("oppose_correction", by="auditors", correction="cc", reason="No money")
    entered(story, "endorse_correction", "auditors", correction="cc")
    contested(story, "auditors", last(story))
    assert story.plan.corrections["cc"].positions["auditors"].position == "oppose"


def test_a_proposal_contested_by_its_author_is_no_longer_open() -> None:
    story = given().when("report_progress", id="seen", by="nurses", milestone="1.1", status="under_way")
    fields: dict[str, Any] = {
        "id": "cc",
        "trigger": "roadblock",
        "rests_on": ["seen"],
        "rationale": "Late",
        "changes": [{"drop": "1.1"}],
    }
    entered(story, "propose_correction", **fields)
    contested(story, "nurses", last(story))
    assert story.plan.corrections["cc"].status == "contested"
    story.when("endorse_correction", by="auditors", correction="cc").then_refused("not_open", status="contested")
    story.when("close_plan", role="operator", reason="Over").then("phase_closed", "plan_closed", unanswered=())


def test_after_a_contested_draft_the_one_before_and_its_positions_count_again() -> None:
    story = proposed(given()).when("endorse_correction", by="auditors", correction="cc")
    entered(story, "redraft_correction", correction="cc", **PROPOSAL).then("correction_redrafted", draft=2)
    draft = last(story)
    story.when("endorse_correction", by="doctors", correction="cc", draft=2)
    contested(story, "nurses", draft)
    present = story.plan.corrections["cc"]
    assert (present.draft, present.status, set(present.positions)) == (1, "open", {"auditors"})
    story.when("redraft_correction", by="nurses", correction="cc", **PROPOSAL).then("correction_redrafted", draft=3)


def test_a_withdrawal_that_its_author_contests_leaves_the_proposal_open() -> None:
    story = entered(proposed(given()), "withdraw_correction", correction="cc")
    contested(story, "nurses", last(story))
    assert story.plan.corrections["cc"].status == "open"


def test_a_decision_that_rests_on_a_contested_entry_stays_and_states_that() -> None:
    story = entered(proposed(given()), "endorse_correction", "auditors", correction="cc")
    position = last(story)
    decided(story).then("correction_decided", "correction_took_effect")
    contested(story, "auditors", position)
    correction = story.plan.corrections["cc"]
    view = correction_view(story.plan, correction, ALL).as_json()
    assert (correction.status, story.plan.revision) == ("in_effect", 2)
    assert story.events("correction_decided")[0].endorse == ("auditors", "doctors")
    assert [(one["entry"], one["body"]) for one in view["contested"]] == [(position, "auditors")]


LATER: dict[str, Any] = PROPOSAL | {"changes": [PROPOSAL["changes"][0] | {"to": "2027-12-31"}]}


@pytest.mark.parametrize("takes_effect", ["now", "next_cycle"])
def test_the_draft_that_was_decided_on_stays_that_draft_when_it_is_contested(takes_effect: str) -> None:
    story = proposed(given(), takes_effect=takes_effect)
    entered(story, "redraft_correction", correction="cc", **LATER | {"takes_effect": takes_effect})
    draft = last(story)
    decided_in_session(story, draft=2)
    contested(story, "nurses", draft).then("entry_contested")
    view = correction_view(story.plan, story.plan.corrections["cc"], ALL).as_json()
    assert (view["draft"], view["changes"][0]["to"]) == (2, "2027-12-31")
    assert [(one["entry"], one["body"]) for one in view["contested"]] == [(draft, "nurses")]
    convened(story, "reflection", "adaptation", "action", at="2027-02-10")
    assert item(story)["due"] == "2027-12-31"
    assert fold(story.entries) == story.plan


def test_an_undecided_draft_can_be_contested_although_a_later_one_was_adopted() -> None:
    story = entered(proposed(given()), "redraft_correction", correction="cc", **LATER)
    first = last(story)
    entered(story, "redraft_correction", correction="cc", **PROPOSAL)
    decided_in_session(story, draft=3)
    contested(story, "nurses", first)
    correction = story.plan.corrections["cc"]
    assert (correction.draft, correction.status, [one.draft for one in correction.earlier]) == (3, "in_effect", [1])


def rescaled(story: Story, **words: str) -> Story:
    """The plan after a course correction of its scale."""
    was = {word: one.model_dump(exclude_none=True) for word, one in story.plan.defined.scale.items()}
    shall_be = {word: {"means": means} for word, means in words.items()}
    proposed(story, changes=[{"item": "plan", "field": "scale", "from": was, "to": shall_be}])
    return decided_in_session(story).then("correction_decided", "correction_took_effect")


@pytest.mark.parametrize("words", [{"complete": "done"}, {"complete": "done", "finished": "stopped"}])
def test_a_status_keeps_its_meaning_when_the_scale_changes_and_evidence_is_contested(
    words: dict[str, str],
) -> None:
    story = given(scale={"under_way": "under_way", "finished": "done"})
    story.when("report_progress", by="doctors", milestone="2.1", status="finished")
    rescaled(story, **words)
    before = item(story, "2.1")
    entered(story, "attach_evidence", "auditors", item="2.1", evidence={"document": "Photo"})
    contested(story, "auditors", last(story)).then("entry_contested")
    after = item(story, "2.1")
    assert (after["status"], after["means"]) == (before["status"], before["means"]) == ("finished", "done")
    assert "doctors" not in story.plan.unfinished()
    assert fold(story.entries) == story.plan


def test_a_decision_states_that_its_grounds_were_contested() -> None:
    story = entered(given(), id="seen")
    report = last(story)
    proposed(story).when("endorse_correction", by="auditors", correction="cc")
    decided(story)
    contested(story, "nurses", report)
    view = correction_view(story.plan, story.plan.corrections["cc"], ALL).as_json()
    assert (view["status"], view["rests_on"], view["rests_on_contested"]) == ("in_effect", ["seen"], ["seen"])


def test_a_body_that_contests_a_meeting_removes_only_itself() -> None:
    story = met(convened(given(), "reflection", until="2027-01-15"))
    contested(story, "nurses", last(story)).then("entry_contested")
    assert story.plan.reflected_in(1) == {"doctors"}
    story.wait_until("2027-01-20")
    assert sorted(silence.body for silence in story.plan.silences) == ["auditors", "nurses"]
    contested(story, "auditors", 5).then_refused("not_entered_for_you")


def test_a_body_that_contests_its_position_in_a_session_leaves_the_others_and_the_decision() -> None:
    story = decided_in_session(proposed(given()))
    number = story.new_entries[0].version
    contested(story, "auditors", number)
    correction = story.plan.corrections["cc"]
    assert (correction.status, set(correction.positions)) == ("in_effect", {"nurses", "doctors"})
    contested(story, "nurses", number).then("entry_contested")
    assert story.plan.corrections["cc"].decision is not None


def test_a_contested_reflection_leaves_the_body_unanswered_while_the_round_is_open() -> None:
    story = entered(convened(given(), "reflection", until="2027-01-15"), "submit_reflection", answers={"did": "x"})
    contested(story, "nurses", last(story))
    story.when("submit_reflection", by="nurses", answers={"did": "y"}).then("reflection_submitted")
    assert story.plan.reflected_in(1) == {"nurses"}


def test_no_silence_is_invented_for_a_round_that_has_closed() -> None:
    story = entered(convened(given(), "reflection", until="2027-01-15"), "submit_reflection", answers={"did": "x"})
    number = last(story)
    story.wait_until("2027-01-20")
    before = story.plan.silences
    contested(story, "nurses", number).then("entry_contested")
    convened(story, "adaptation")
    assert story.plan.silences == before
    assert "nurses" not in {silence.body for silence in before}


def test_a_silence_answered_by_a_contested_entry_is_unanswered_again_or_answered_by_the_next() -> None:
    story = convened(given(), "reflection", until="2027-01-15").wait_until("2027-01-20")
    entered(story, "submit_reflection", answers={"did": "x"})
    number = last(story)
    contested(story, "nurses", number)
    (silence,) = (one for one in story.plan.silences if one.body == "nurses")
    assert silence.answered_late is None
    story.when("submit_reflection", by="nurses", answers={"did": "y"}, at="2027-02-01")
    (silence,) = (one for one in story.plan.silences if one.body == "nurses")
    assert silence.answers == ((story.now, last(story)),)


def test_a_silence_with_two_answers_stays_answered_by_the_second_when_the_first_is_contested() -> None:
    story = convened(proposed(given()), "reflection", "adaptation", at="2027-02-01", until="2027-02-10")
    entered(story, "endorse_correction", "auditors", at="2027-02-20", correction="cc")
    first = last(story)
    story.when("oppose_correction", by="auditors", correction="cc", reason="No money", at="2027-02-25")
    second = last(story)
    contested(story, "auditors", first)
    silences = {one["body"]: one for one in plan_view(story.plan, story.now).as_json()["silences"]}
    assert silences["auditors"]["answered_by"] == second
    assert silences["doctors"]["answered_late"] is None


def test_after_a_contested_report_the_body_is_asked_for_one_again() -> None:
    story = entered(given(), milestone="1.1", status="under_way")
    assert story.plan.reported_in(1) == {"nurses"}
    contested(story, "nurses", last(story))
    assert (story.plan.reported_in(1), story.plan.last_reported) == (frozenset(), {})


def test_a_body_contests_only_an_entry_that_another_person_entered_for_it_and_once() -> None:
    story = entered(given()).when("report_progress", by="doctors", milestone="2.1", status="done")
    contested(story, "doctors", 3).then_refused("not_entered_for_you", entry="3", body="doctors")
    contested(story, "doctors", 4).then_refused("own_entry", entry="4")
    contested(story, "nurses", 3).then("entry_contested")
    contested(story, "nurses", 3).then_refused("already_contested")


@pytest.mark.parametrize("entry", [1, 2, 3, 99, "nothing"])
def test_only_a_statement_of_a_body_can_be_contested(entry: int | str) -> None:
    story = given().when("convene", role="operator", phase="adaptation").then_refused("not_next_phase")
    contested(story, "nurses", entry).then_refused("nothing_said")


def test_an_entry_is_contested_by_its_number_or_by_the_command_that_led_to_it() -> None:
    contested(entered(given(), id="letter-5"), "nurses", "letter-5").then("entry_contested", entry=3)
    contested(entered(given()), "nurses", "3").then("entry_contested", entry=3)


def test_an_operator_may_enter_a_contest_from_the_bodys_own_letter() -> None:
    story = entered(given()).when("contest_entry", by="nurses", role="operator", entry=3, reason="No")
    story.then_refused("source_needed")
    entered(story, "contest_entry", entry=3, reason="No").then("entry_contested")


def test_a_contest_is_taken_after_the_plan_was_closed() -> None:
    story = entered(given()).when("close_plan", role="operator", reason="Over")
    contested(story, "nurses", 3).then("entry_contested")
    assert story.plan.standings == {}


def test_a_contest_has_the_effective_time_of_its_entry_and_as_recorded_before_it_the_entry_counts() -> None:
    story = entered(given(), at="2027-02-01")
    contested(story, "nurses", 3, at="2027-03-01")
    assert story.new_entries[0].effective_at == story.entries[2].effective_at
    assert story.as_of("2027-02-15").standings == {}
    assert story.as_of("2027-02-15", datetime(2027, 2, 15, tzinfo=UTC)).standings["1.1"].status == "done"
    assert fold(story.entries[:3]).standings["1.1"].status == "done"


def test_a_contest_has_the_visibility_of_its_entry() -> None:
    story = entered(given(), "observe_power", "auditors", stakeholder="purchasing", ability="low")
    contested(story, "auditors", 3)
    assert story.new_entries[0].visibility == "restricted"
    assert plan_view(story.plan, story.now, {"public"}).as_json()["contested"] == []


def test_a_diff_lists_entries_contested_in_between() -> None:
    story = entered(given())
    contested(story, "nurses", 3)
    before, after = fold(story.entries[:3]), story.plan
    diff = diff_view(before, after).as_json()
    assert diff["statuses"][0]["to"] == "not_reported"
    assert [(one["entry"], one["by"]) for one in diff["contested"]] == [(3, 4)]
    assert diff_view(before, after, {"partners"}).as_json()["contested"] == []


def succeeded(story: Story, body: str = "nurses") -> Story:
    fields = {"body": body, "successor": "health", "name": "Health institute", "source": "Decree 12"}
    return story.when("succeed_partner", role="operator", **fields).then("partner_succeeded")


def test_a_successor_may_contest_an_entry_made_for_its_predecessor() -> None:
    story = given().when("report_progress", by="nurses", milestone="1.1", status="under_way")
    entered(story)
    number = last(story)
    contested(succeeded(story), "doctors", number).then_refused("not_entered_for_you", body="doctors")
    contested(story, "health", number).then("entry_contested", spoken_for="nurses")
    assert item(story)["status"] == "under_way"
    (mark,) = item(story)["contested"]
    assert (mark["body"], mark["successor"]) == ("nurses", "health")
    contested(story, "health", number).then_refused("already_contested", body="health")
    assert fold(story.entries) == story.plan


def test_a_successor_cannot_contest_an_entry_that_its_predecessor_sent_itself() -> None:
    story = succeeded(given().when("report_progress", by="nurses", milestone="1.1", status="done"))
    contested(story, "health", last(story) - 1).then_refused("own_entry", body="nurses")


def test_a_session_no_longer_counts_for_a_body_once_its_successor_contests_it() -> None:
    story = met(convened(given(), "reflection", until="2027-01-15"))
    number = last(story)
    contested(succeeded(story, "doctors"), "health", number).then("entry_contested", spoken_for="doctors")
    assert story.plan.who_reflected(1) == {"nurses"}


def test_a_silence_is_unanswered_again_after_the_successor_contests_its_answer() -> None:
    story = convened(given(), "reflection", until="2027-01-15").wait_until("2027-01-20")
    entered(story, "submit_reflection", "nurses", answers={"did": "Much"}, cycle=1)
    number = last(story)
    contested(succeeded(story), "health", number).then("entry_contested")
    assert [one.answered_late for one in story.plan.silences if one.body == "nurses"] == [None]

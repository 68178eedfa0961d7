"""Meetings: reflections and decisions of all bodies present."""

from typing import Any

from domain.kernel.meeting import Meeting
from domain.views.correction import correction_view
from domain.views.models.view import ALL
from tests.unit.domain.story import SESSION, Story, convened, decided_in_session, given, met, proposed


def reflected(story: Story) -> set[str]:
    return set(story.plan.reflected_in(1))


def test_a_reflection_in_a_session_stands_for_all_bodies_present() -> None:
    story = met(convened(given(), "reflection"), absent=["auditors"]).then("reflection_submitted", late=False)
    assert reflected(story) == {"nurses", "doctors"}
    assert story.new_entries[0].on_behalf_of is None
    session = story.new_entries[0].event.session  # type: ignore[attr-defined]
    assert (session.minutes, session.present, session.absent) == ("Minutes 8", ("nurses", "doctors"), ("auditors",))


def test_only_bodies_absent_from_the_meeting_are_silent() -> None:
    story = met(convened(given(), "reflection", until="2027-01-15"))
    story.wait_until("2027-01-20")
    assert [silence.body for silence in story.plan.silences] == ["auditors"]


def test_a_session_after_the_round_answers_the_silences_of_those_present() -> None:
    story = convened(given(), "reflection", until="2027-01-15").wait_until("2027-01-20")
    met(story, date="2027-01-19").then("reflection_submitted", late=True)
    late = {silence.body: silence.answered_late for silence in story.plan.silences}
    assert late == {"nurses": story.now, "doctors": story.now, "auditors": None}


def test_a_session_answers_for_the_rest_where_some_had_answered_alone() -> None:
    story = convened(given(), "reflection").when("submit_reflection", by="nurses", answers={"did": "Alone"})
    met(story).then("reflection_submitted")
    assert reflected(story) == {"nurses", "doctors"}
    met(story).then_refused("already_reflected", body="nurses, doctors", cycle="1")


def test_a_group_in_a_session_is_present_and_answers_nothing() -> None:
    story = met(convened(given(), "reflection"), present=["nurses", "patients"])
    assert reflected(story) == {"nurses"}
    met(story, present=["patients"]).then_refused("group_cannot_answer", body="patients")
    decided_in_session(proposed(given()), present=["doctors", "patients"], positions={"patients": "endorse"})
    story = proposed(given())
    decided_in_session(story, present=["doctors", "auditors", "patients"], positions={"patients": "endorse"})
    story.then_refused("group_cannot_answer", body="patients")


def test_the_positions_of_a_session_count_as_those_of_its_bodies_on_the_present_draft() -> None:
    oppose = {"position": "oppose", "reason": "No money"}
    story = decided_in_session(
        proposed(given()), positions={"nurses": "endorse", "doctors": "endorse", "auditors": oppose}
    )
    story.then("correction_decided", "correction_took_effect")
    (decision,) = story.events("correction_decided")
    assert (decision.endorse, decision.oppose) == (("doctors", "nurses"), ("auditors",))
    view = correction_view(story.plan, story.plan.corrections["cc"], ALL).as_json()
    assert view["positions"]["auditors"]["reason"] == "No money"
    assert view["decided_by"] is None
    assert view["session"] == SESSION | {"present": ["nurses", "doctors", "auditors"], "absent": []}


def test_a_body_with_a_position_in_a_meeting_need_not_be_listed_as_present() -> None:
    story = decided_in_session(proposed(given()))
    assert story.events("correction_decided")[0].session.present == ("nurses", "doctors", "auditors")


def test_absent_bodies_do_not_count_and_quorum_holds_as_before() -> None:
    story = proposed(given())
    decided_in_session(story, positions={"doctors": "endorse"}, absent=["nurses", "auditors"])
    story.then_refused("no_quorum", taken="1", quorum="2", missing="nurses, auditors")


def test_the_rule_of_adoption_holds_in_a_session() -> None:
    no = {"position": "oppose", "reason": "x"}
    story = proposed(given())
    decided_in_session(story, positions={"nurses": "endorse", "doctors": no, "auditors": no})
    story.then_refused("not_adopted_by_count", endorse="1", oppose="2")
    decided_in_session(story, "declined", positions={"nurses": "endorse", "doctors": no, "auditors": no})
    story.then("correction_decided", decision="declined")


def test_a_position_taken_before_the_session_counts_unless_the_session_has_another() -> None:
    story = proposed(given()).when("endorse_correction", by="auditors", correction="cc")
    decided_in_session(story, positions={"doctors": "endorse"}).then("correction_decided", "correction_took_effect")
    story = proposed(given()).when("endorse_correction", by="auditors", correction="cc")
    no = {"position": "oppose", "reason": "x"}
    decided_in_session(story, positions={"doctors": "endorse", "auditors": no}).then_refused("not_adopted_by_count")


def test_in_a_session_a_proposer_may_endorse_but_not_decide() -> None:
    edits = {"policy.decisions": {"quorum": "1"}}
    story = decided_in_session(proposed(given(edits)), positions={"nurses": "endorse"})
    story.then_refused("proposer_may_not_decide", body="nurses")
    story = decided_in_session(proposed(given()), positions={"nurses": "endorse", "doctors": "endorse"})
    story.then("correction_decided", "correction_took_effect")


def test_a_session_of_bodies_that_may_not_decide_decides_nothing() -> None:
    bodies = {"policy.decisions": {"bodies": ["nurses", "doctors"], "quorum": "1"}}
    story = proposed(given(bodies))
    decided_in_session(story, present=["auditors"], positions={}).then_refused("may_not_decide", body="auditors")
    decided_in_session(story, positions={"auditors": "endorse", "doctors": "endorse"})
    story.then_refused("may_not_decide", body="auditors")


def test_a_session_answers_the_silences_about_the_course_correction_it_decides() -> None:
    story = convened(proposed(given()), "reflection", "adaptation", at="2027-02-01", until="2027-02-10")
    story.wait_until("2027-02-20")
    assert {silence.body for silence in story.plan.silences if silence.asked_for == "position"} == {
        "doctors",
        "auditors",
    }
    decided_in_session(story, positions={"doctors": "endorse", "nurses": "endorse"})
    late = {one.body: one.answered_late for one in story.plan.silences if one.asked_for == "position"}
    assert late == {"doctors": story.now, "auditors": None}


def test_the_minutes_are_the_source_of_what_the_operator_enters() -> None:
    met(convened(given(), "reflection")).then("reflection_submitted")
    story = convened(given(), "reflection").when(
        "submit_reflection", role="operator", by="nurses", answers={"did": "x"}
    )
    story.then_refused("source_needed")


def test_a_session_is_entered_by_the_operator_alone() -> None:
    met(given(), role="partner").then_refused("session_by_operator")


def test_a_body_that_is_no_partner_is_in_no_session() -> None:
    cases: tuple[dict[str, Any], ...] = ({"present": ["nurses", "strangers"]}, {"absent": ["strangers"]})
    for fields in cases:
        met(given(), **fields).then_refused("session_of_strangers", partners="nurses, doctors, auditors, patients")
    decided_in_session(proposed(given()), positions={"strangers": "endorse"}).then_refused("session_of_strangers")


def test_a_body_is_not_both_present_and_absent() -> None:
    met(given(), absent=["doctors"]).then_refused("present_and_absent", body="doctors")


def test_a_body_that_was_not_present_has_no_position_in_the_session() -> None:
    decided_in_session(proposed(given()), present=["doctors"]).then_refused(
        "position_of_absent", body="auditors, nurses"
    )


def test_a_session_keeps_its_own_date_and_takes_effect_when_it_is_recorded() -> None:
    story = convened(given(), "reflection")
    met(story, date="2027-01-05").then_refused("session_in_the_future")
    story.now = story.moment("2027-02-01")
    met(story).then("reflection_submitted")
    session: Meeting = story.new_entries[0].event.session  # type: ignore[attr-defined]
    assert str(session.date) == "2027-01-04"
    assert story.new_entries[0].effective_at == story.now


DECREE = "Decree 12"


def test_a_body_that_left_between_the_meeting_and_its_minutes_was_present() -> None:
    for left in ("leave_partner", "succeed_partner"):
        fields = {"reason": "Abolished"} if left == "leave_partner" else {"successor": "health", "name": "Health"}
        story = convened(given(), "reflection", at="2027-01-10")
        story.when(left, role="operator", source=DECREE, body="doctors", at="2027-01-20", **fields)
        met(story, date="2027-01-15").then("reflection_submitted")
        assert reflected(story) == {"nurses", "doctors"}
        story.now = story.moment("2027-02-01")
        met(story, date="2027-01-21").then_refused("session_of_strangers")


def test_a_body_that_joined_after_the_meeting_was_not_present() -> None:
    story = convened(given(), "reflection", at="2027-01-10")
    story.when("join_partner", role="operator", source=DECREE, body="women", name="Women's council", at="2027-01-20")
    met(story, present=["nurses", "women"], date="2027-01-15")
    story.then_refused("session_of_strangers", partners="nurses, doctors, auditors, patients")
    met(story, present=["nurses", "women"], date="2027-01-20").then("reflection_submitted")


def test_a_position_in_the_minutes_of_a_body_since_succeeded_is_its_successors() -> None:
    story = proposed(given())
    fields = {"body": "doctors", "successor": "health", "name": "Health institute"}
    story.when("succeed_partner", role="operator", source=DECREE, at="2027-01-20", **fields)
    decided_in_session(story, positions={"nurses": "endorse", "doctors": "endorse"}, date="2027-01-15")
    story.then("correction_decided", "correction_took_effect")
    assert story.events("correction_decided")[0].endorse == ("health", "nurses")


def test_a_position_in_the_minutes_of_a_body_that_left_is_not_counted() -> None:
    story = proposed(given())
    story.when("leave_partner", role="operator", source=DECREE, body="doctors", reason="Abolished", at="2027-01-20")
    decided_in_session(story, positions={"doctors": "endorse"}, date="2027-01-15").then_refused("may_not_decide")
    endorsed = {"nurses": "endorse", "doctors": "endorse"}
    decided_in_session(story, positions=endorsed, date="2027-01-15").then_refused("proposer_may_not_decide")
    decided_in_session(story, positions=endorsed | {"auditors": "endorse"}, date="2027-01-15")
    story.then("correction_decided", "correction_took_effect")
    assert story.events("correction_decided")[0].endorse == ("auditors", "nurses")


def test_a_group_that_was_present_and_left_since_answers_nothing() -> None:
    story = convened(given(), "reflection", at="2027-01-10")
    story.when("leave_partner", role="operator", source=DECREE, body="patients", reason="Moved", at="2027-01-20")
    met(story, present=["nurses", "patients"], date="2027-01-15").then("reflection_submitted")
    assert reflected(story) == {"nurses"}


def test_late_minutes_answer_the_silence_of_a_body_that_left_or_was_succeeded() -> None:
    for command, fields in (
        ("succeed_partner", {"successor": "health", "name": "Health institute"}),
        ("leave_partner", {"reason": "Abolished"}),
    ):
        story = convened(given(), "reflection", until="2027-01-15").wait_until("2027-01-20")
        story.when(command, role="operator", source=DECREE, body="doctors", **fields)
        met(story, date="2027-01-14").then("reflection_submitted", late=True)
        late = {silence.body: silence.answered_late for silence in story.plan.silences}
        assert late == {"nurses": story.now, "doctors": story.now, "auditors": None}

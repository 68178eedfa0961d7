"""Changes of partners: a successor holds what its body held; a body that left owes nothing and is not counted."""

from typing import Any

import pytest

from domain.views.correction import correction_view
from domain.views.plan import plan_view
from tests.unit.domain.story import QUARTERLY, Story, convened, decided, given, proposed

CLOCKED = {"policy.cycle": QUARTERLY}
DECREE = {"document": "Decree 12", "date": "2027-02-01"}


def joined(story: Story, body: str = "women", name: str = "Women's council", **fields: Any) -> Story:
    return story.when("join_partner", role="operator", source=DECREE, **{"body": body, "name": name} | fields)


def left(story: Story, body: str = "doctors", **fields: Any) -> Story:
    return story.when("leave_partner", role="operator", source=DECREE, body=body, reason="Abolished", **fields)


def succeeded(story: Story, body: str = "doctors", **fields: Any) -> Story:
    fields = {"successor": "health", "name": "Health institute"} | fields
    return story.when("succeed_partner", role="operator", source=DECREE, body=body, **fields)


def silent(story: Story) -> set[tuple[str, str]]:
    return {(event.body, event.asked_for) for event in story.events("silence_recorded")}


def test_a_partner_joins_leaves_and_is_succeeded_by_a_plain_event_with_a_source() -> None:
    joined(given()).then("partner_joined")
    left(given()).then("partner_left", body="doctors", without_lead=("2",))
    succeeded(given()).then("partner_succeeded", body="doctors")
    for command, fields in (
        ("join_partner", {"body": "women", "name": "Women's council"}),
        ("leave_partner", {"body": "doctors", "reason": "Abolished"}),
        ("succeed_partner", {"body": "doctors", "successor": "health", "name": "Health"}),
    ):
        given().when(command, role="operator", **fields).then_refused("partner_source_needed")


def test_a_partner_change_makes_no_new_version_of_the_plan() -> None:
    story = succeeded(left(joined(given()), "auditors"))
    assert story.plan.revision == 1


def test_who_joined_speaks_from_then_on_and_not_before() -> None:
    story = joined(given(), at="2027-02-01")
    story.when("report_progress", by="women", milestone="1.1", status="under_way").then("progress_reported")
    story.when("measure_indicator", by="women", indicator="rate", value="9", effective="2027-01-10", source="Letter")
    story.then_refused("before_its_subject", subject="women")


def test_who_joined_has_no_vote_where_the_plan_says_who_decides() -> None:
    assert joined(given()).plan.defined.deciding_bodies() == ("nurses", "doctors", "auditors")


def test_nobody_is_silent_in_a_round_that_it_came_late_to() -> None:
    story = convened(given(), "reflection", at="2027-03-01")
    succeeded(joined(story, at="2027-03-05"))
    convened(story, "adaptation", at="2027-04-01")
    assert silent(story) >= {("nurses", "reflection"), ("auditors", "reflection")}
    assert not silent(story) & {("women", "reflection"), ("health", "reflection")}
    convened(story, "action", "reflection", at="2027-05-01")
    convened(story, "adaptation", at="2027-06-01")
    assert {("women", "reflection"), ("health", "reflection")} <= silent(story)


def test_a_successor_takes_over_leads_supporting_roles_and_what_it_may_declare() -> None:
    story = given({"commitments.0.with": ["doctors"], "awaited.0.told_by": ["doctors", "auditors"]})
    plan = succeeded(story).plan
    assert plan.defined.commitments[1].lead == "health"
    assert plan.defined.commitments[0].supporting == ("health",)
    assert plan.defined.awaited[0].told_by == ("health", "auditors")
    story.when("record_occurrence", by="health", awaited="guide").then("occurrence_recorded")


def test_a_successor_takes_over_the_vote_with_the_position_that_was_taken() -> None:
    story = proposed(given()).when("endorse_correction", by="doctors", correction="cc")
    succeeded(story)
    decided(story, by="auditors").then("correction_decided", "correction_took_effect")
    assert story.events("correction_decided")[0].endorse == ("auditors", "health")


def test_a_successors_own_position_goes_before_the_one_it_found() -> None:
    story = proposed(given()).when("endorse_correction", by="doctors", correction="cc")
    succeeded(story).when("oppose_correction", by="health", correction="cc", reason="No")
    decided(story, by="auditors").then_refused("not_adopted_by_count", endorse="1", oppose="1")


def test_of_several_positions_in_one_line_of_successors_the_last_bodys_counts() -> None:
    story = proposed(given(), by="nurses").when("endorse_correction", by="doctors", correction="cc")
    succeeded(story).when("oppose_correction", by="health", correction="cc", reason="No")
    succeeded(story, "health", successor="medicine", name="Medicine")
    assert {body: held.position for body, held in story.plan.positions_on(story.plan.corrections["cc"]).items()} == {
        "medicine": "oppose"
    }


def test_a_succession_makes_no_addition_stale() -> None:
    milestone = {"id": "1.3", "deliverable": "A poster", "lead": "doctors"}
    adding = [{"add": {"commitment": "1", "milestone": milestone}}]
    story = proposed(given(), changes=adding, takes_effect="next_cycle")
    story.when("endorse_correction", by="doctors", correction="cc")
    succeeded(decided(story, by="auditors"))
    convened(story, "reflection", "adaptation", "action", at="2027-02-10")
    (effect,) = story.events("correction_took_effect")
    assert effect.stale == ()
    assert [one.lead for _, one in story.plan.defined.milestones() if one.id == "1.3"] == ["health"]


def test_a_successor_takes_over_open_proposals_and_may_not_decide_them() -> None:
    story = succeeded(proposed(given(), by="doctors"))
    story.when("endorse_correction", by="nurses", correction="cc")
    decided(story, by="health").then_refused("proposer_may_not_decide")
    assert correction_view(story.plan, story.plan.corrections["cc"]).as_json()["in_hands_of"] == "health"
    story.when("withdraw_correction", by="health", correction="cc").then("correction_withdrawn")


def test_a_successor_owes_what_its_forebear_owed() -> None:
    story = succeeded(proposed(given()))
    assert correction_view(story.plan, story.plan.corrections["cc"]).as_json()["owed_by"] == ["health", "auditors"]


def test_a_late_answer_of_a_successor_is_added_to_its_predecessors_silence() -> None:
    story = convened(given(), "reflection", at="2027-02-01")
    succeeded(story).when("report_progress", by="health", milestone="2.1", status="under_way", at="2027-02-03")
    late = {one.body: one.answered_late for one in story.plan.silences}
    assert late == {"nurses": None, "doctors": story.moment("2027-02-03")}


def test_a_succession_makes_no_open_proposal_stale() -> None:
    change = {"item": "2", "field": "lead", "from": "doctors", "to": "nurses"}
    story = proposed(given(), changes=[change]).when("endorse_correction", by="auditors", correction="cc")
    succeeded(story)
    decided(story, by="health").then("correction_decided", "correction_took_effect")
    assert story.plan.defined.commitments[1].lead == "nurses"


def test_history_keeps_the_name_of_the_old_body() -> None:
    story = given().when("report_progress", by="doctors", milestone="2.1", status="under_way")
    before = list(story.entries)
    succeeded(story, at="2027-02-01")
    assert story.entries[: len(before)] == before
    assert story.plan.standings["2.1"].body == "doctors"
    view = plan_view(story.plan, story.now).as_json()
    assert [(one["id"], one["successor"]) for one in view["former_partners"]] == [("doctors", "health")]
    assert story.as_of("2027-01-31").defined.commitments[1].lead == "doctors"


def test_a_body_that_left_owes_nothing() -> None:
    story = left(given(CLOCKED)).wait_until("2027-04-10")
    assert "doctors" not in {body for body, _ in silent(story)}
    assert ("nurses", "report") in silent(story)


def test_a_body_that_left_counts_in_no_quorum_and_has_no_vote() -> None:
    story = proposed(given()).when("oppose_correction", by="doctors", correction="cc", reason="No")
    left(story)
    decided(story, by="auditors").then_refused("no_quorum", bodies="2", taken="1", missing="nurses")
    story.when("endorse_correction", by="nurses", correction="cc")
    decided(story, by="auditors").then("correction_decided", "correction_took_effect")
    assert story.events("correction_decided")[0].oppose == ()


def test_a_quorum_above_the_number_of_remaining_bodies_falls_to_it_and_the_event_says_so() -> None:
    story = left(given({"policy.decisions": {"quorum": "3", "adopts": "3"}}))
    story.then("partner_left", quorum=2, adopts=2)
    proposed(story).when("endorse_correction", by="nurses", correction="cc")
    decided(story, by="auditors").then("correction_decided", "correction_took_effect")
    assert story.plan.defined.quorum() == 2


def test_the_last_body_that_may_decide_cannot_leave_without_a_successor() -> None:
    story = given({"policy.decisions": {"bodies": ["doctors"], "quorum": "1"}})
    left(story).then_refused("last_to_decide", body="doctors")
    succeeded(story).then("partner_succeeded")
    assert story.plan.defined.deciding_bodies() == ("health",)


def test_a_body_that_left_cannot_report_and_its_successor_reports_in_its_own_name() -> None:
    report = {"milestone": "2.1", "status": "under_way"}
    story = succeeded(left(given(), "auditors"))
    story.when("report_progress", by="auditors", **report).then_refused("body_left", body="auditors")
    story.when("report_progress", by="doctors", **report).then_refused("body_succeeded", successor="health")
    story.when("report_progress", by="health", **report).then("progress_reported")


def test_the_operator_may_still_enter_from_a_source_what_a_body_that_left_measured_before() -> None:
    story = left(given(), at="2027-02-01")
    fields = {"indicator": "rate", "value": "9", "effective": "2027-01-20", "source": "Letter 3"}
    story.when("measure_indicator", by="doctors", **fields).then_refused("body_left")
    story.when("measure_indicator", by="doctors", role="operator", **fields).then("indicator_measured")


def test_the_last_of_several_successors_holds_what_the_first_body_held() -> None:
    story = succeeded(succeeded(proposed(given(), by="doctors")), "health", successor="care", name="Care agency")
    assert story.plan.current_holder("doctors") == "care"
    story.when("withdraw_correction", by="care", correction="cc").then("correction_withdrawn")


def test_the_id_of_a_body_is_never_used_again() -> None:
    for taken in ("nurses", "purchasing"):
        joined(given(), taken).then_refused("body_exists", body=taken)
        if taken == "purchasing":
            succeeded(given(), successor=taken).then_refused("body_exists", body=taken)
    joined(left(given()), "doctors").then_refused("body_exists")
    joined(joined(given())).then_refused("body_exists", body="women")


def test_a_successor_that_is_a_partner_already_is_refused() -> None:
    succeeded(given(), successor="nurses").then_refused("successor_is_partner", successor="nurses")


@pytest.mark.parametrize("change", [left, succeeded])
def test_an_unknown_body_or_one_that_left_cannot_leave(change: object) -> None:
    assert callable(change)
    change(given(), "strangers").then_refused("unknown_partner")
    change(left(given())).then_refused("body_left", body="doctors")


def test_a_body_that_approved_the_plan_may_leave_and_the_course_can_still_be_corrected() -> None:
    story = left(given(approved={"date": "2026-12-20", "by": ["doctors"]}))
    proposed(story).then("correction_proposed")


def test_a_course_correction_can_change_who_may_declare_an_event() -> None:
    story = left(given(), "auditors")
    change = {"item": "guide", "field": "told_by", "from": [], "to": ["nurses"]}
    proposed(story, by="doctors", changes=[change]).when("endorse_correction", by="doctors", correction="cc")
    decided(story, by="nurses").then("correction_decided", "correction_took_effect")
    assert story.plan.defined.awaited[0].told_by == ("nurses",)


def test_partners_change_in_a_closed_plan_too_since_audits_come_later() -> None:
    succeeded(given().when("close_plan", role="operator", reason="Over")).then("partner_succeeded")


def test_nothing_can_be_led_by_a_body_that_left() -> None:
    change = {"item": "1", "field": "lead", "from": "nurses", "to": "doctors"}
    proposed(left(given()), changes=[change]).then_refused("breaks_the_plan")

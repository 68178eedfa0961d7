"""Course corrections: proposed, redrafted, returned, decided by bodies, in effect."""

from datetime import UTC, datetime
from typing import Any

import pytest

from domain import PLAN
from domain.views.correction import correction_view
from tests.unit.domain.story import QUARTERLY, Story, convened, decided, fold, given, proposed


def answered(story: Story, *bodies: str, as_: str = "endorse", **fields: Any) -> Story:
    for body in bodies:
        fields = {"reason": "So"} | fields if as_ == "oppose" else fields
        story.when(f"{as_}_correction", by=body, **{"correction": "cc"} | fields).then("position_taken")
    return story


def status(story: Story) -> str:
    return story.plan.corrections["cc"].status


def due(story: Story) -> str:
    return str(story.plan.find("1.1").due.day)  # type: ignore[union-attr]


def test_a_proposal_says_its_trigger_grounds_rationale_and_changes() -> None:
    story = proposed(given())
    event = story.events("correction_proposed")[0]
    assert (event.correction, event.trigger, event.rests_on, event.takes_effect) == (
        "cc",
        "roadblock",
        ("seen",),
        "now",
    )
    assert story.plan.corrections["cc"].body == "nurses"
    assert due(story) == "2027-03-31"


def test_an_adopted_correction_takes_effect_at_once_and_makes_a_new_plan_version() -> None:
    story = answered(proposed(given()), "auditors")
    decided(story).then("correction_decided", "correction_took_effect")
    assert (due(story), story.plan.revision) == ("2027-05-31", 2)
    assert story.events("correction_decided")[0].endorse == ("auditors", "doctors")
    assert story.plan.corrections["cc"].status == "in_effect"


def test_a_declined_correction_changes_nothing() -> None:
    story = answered(proposed(given()), "auditors", as_="oppose")
    decided(story, decision="declined").then("correction_decided", oppose=("auditors", "doctors"))
    assert (due(story), story.plan.revision, story.plan.corrections["cc"].status) == ("2027-03-31", 1, "declined")


def test_positions_do_not_carry_over_to_the_next_draft() -> None:
    story = answered(proposed(given()), "auditors", "doctors")
    again: dict[str, Any] = {
        "correction": "cc",
        "id": "d2",
        "trigger": "roadblock",
        "rests_on": ["seen"],
        "rationale": "Sooner",
    }
    change = {"item": "1.1", "field": "due", "from": "2027-03-31", "to": "2027-04-30"}
    story.when("redraft_correction", by="nurses", **again, changes=[change]).then("correction_redrafted", draft=2)
    assert story.plan.corrections["cc"].positions == {}
    decided(story).then_refused("other_draft", draft="2", given="1")
    decided(story, draft=2).then_refused("no_quorum", taken="1", quorum="2", missing="nurses, auditors")
    answered(story, "auditors", draft=2)
    decided(story, draft=2)
    assert due(story) == "2027-04-30"


def test_only_the_author_redrafts_or_withdraws() -> None:
    story = proposed(given())
    again: dict[str, Any] = {"correction": "cc", "trigger": "roadblock", "rests_on": ["seen"], "rationale": "x"}
    story.when("redraft_correction", by="doctors", **again, changes=[{"drop": "1.1"}]).then_refused("not_the_author")
    story.when("withdraw_correction", by="doctors", correction="cc").then_refused("not_the_author", author="nurses")
    story.when("withdraw_correction", by="nurses", correction="cc", reason="Solved").then("correction_withdrawn")
    answered_late = story.when("endorse_correction", by="doctors", correction="cc")
    answered_late.then_refused("not_open", status="withdrawn")


def test_a_returned_draft_goes_back_to_its_author_who_may_write_another() -> None:
    story = proposed(given())
    story.when("return_correction", by="doctors", correction="cc", reason="Which ward?").then("correction_returned")
    assert status(story) == "returned"
    again: dict[str, Any] = {"correction": "cc", "trigger": "roadblock", "rests_on": ["seen"], "rationale": "Ward 3"}
    story.when("redraft_correction", by="nurses", **again, changes=[{"drop": "1.1"}]).then("correction_redrafted")
    assert status(story) == "open"


def test_a_body_that_may_not_decide_takes_no_position() -> None:
    story = proposed(given({"policy.decisions": {"bodies": ["nurses", "doctors"], "quorum": "2"}}))
    story.when("endorse_correction", by="auditors", correction="cc").then_refused("may_not_decide", body="auditors")
    story.when("return_correction", by="auditors", correction="cc", reason="x").then_refused("may_not_decide")


def test_the_proposer_may_endorse_but_not_decide() -> None:
    story = answered(proposed(given()), "nurses", "doctors")
    decided(story, by="nurses").then_refused("proposer_may_not_decide", body="nurses")
    decided(story, by="auditors").then("correction_decided", "correction_took_effect")


def test_a_body_that_changes_its_mind_is_counted_once() -> None:
    story = answered(answered(proposed(given()), "auditors"), "auditors", as_="oppose")
    assert story.plan.corrections["cc"].positions["auditors"].position == "oppose"
    decided(story).then_refused("not_adopted_by_count", endorse="1", oppose="1")


@pytest.mark.parametrize(
    ("adopts", "endorse", "oppose", "abstain", "adopted"),
    [
        ("majority", ["auditors"], [], [], True),
        ("majority", [], ["auditors"], [], False),
        ("majority", [], [], ["auditors"], True),
        ("majority", ["nurses"], ["auditors"], [], True),
        ("consensus", ["nurses"], ["auditors"], [], False),
        ("consensus", ["nurses"], [], ["auditors"], True),
        ("2", [], [], ["auditors"], False),
        ("2", ["auditors"], [], [], True),
        ("3", ["auditors"], [], [], False),
    ],
)
def test_a_decision_is_counted_by_body_and_by_the_plans_own_rule(
    adopts: str, endorse: list[str], oppose: list[str], abstain: list[str], adopted: bool
) -> None:
    story = proposed(given({"policy.decisions.adopts": adopts}))
    answered(story, *endorse)
    answered(story, *oppose, as_="oppose")
    answered(story, *abstain, as_="abstain")
    decided(story)
    if adopted:
        story.then("correction_decided", "correction_took_effect")
    else:
        story.then_refused("not_adopted_by_count")


def test_what_the_count_adopts_cannot_be_declined() -> None:
    story = answered(proposed(given()), "auditors", "nurses")
    decided(story, decision="declined").then_refused("adopted_by_count")


def test_without_a_quorum_nothing_is_decided() -> None:
    decided(proposed(given())).then_refused("no_quorum", taken="1", quorum="2", missing="nurses, auditors")


def test_a_decision_needs_a_reasoned_response_and_an_authority() -> None:
    story = answered(proposed(given()), "auditors")
    decided(story, response={"absent": "not_published"}).then_refused("reason_needed")
    decided(story, authority={"absent": "not_stated"}).then_refused("authority_needed")


def test_a_live_proposal_rests_on_something_that_was_recorded() -> None:
    story = given()
    proposed(story, rests_on=[]).then_refused("rests_on_nothing")
    proposed(story, rests_on=["hearsay"]).then_refused("unknown_ground", ground="hearsay")


def test_a_correction_cannot_rest_on_a_refused_command() -> None:
    story = given().when("report_progress", id="bad", by="nurses", milestone="9.9", status="done")
    proposed(story, rests_on=["bad"]).then_refused("unknown_ground")


def test_a_plan_has_the_seven_triggers_and_its_own() -> None:
    proposed(given(), trigger="flood").then_refused("unknown_trigger", trigger="flood")
    proposed(given(triggers={"flood": "The river rose"}), trigger="flood").then("correction_proposed")
    assert len(given().plan.defined.all_triggers()) == 7


def test_only_the_change_whose_from_no_longer_holds_is_stale() -> None:
    other = {"item": "1.1", "field": "proof", "from": "A photograph", "to": "Three photographs"}
    late = {"item": "1.1", "field": "due", "from": "2027-03-31", "to": "2027-06-30"}
    story = answered(proposed(proposed(given()), id="two", changes=[late, other]), "auditors")
    decided(story)
    story.when("endorse_correction", by="auditors", correction="two")
    decided(story, correction="two").then("correction_decided", "correction_took_effect")
    effect = story.events("correction_took_effect")[1]
    assert [change.field for change in effect.applied] == ["proof"]
    assert [change.field for change in effect.stale] == ["due"]
    assert story.plan.corrections["two"].stale == ("1.1",)
    assert due(story) == "2027-05-31"


def test_proposals_on_other_items_do_not_grow_stale() -> None:
    elsewhere = {"item": "2.1", "field": "due", "from": "2027-06", "to": "2027-07"}
    story = answered(proposed(proposed(given()), id="two", changes=[elsewhere]), "auditors")
    decided(story)
    answered(story, "auditors", correction="two")
    decided(story, correction="two")
    assert story.events("correction_took_effect")[1].stale == ()


def test_a_correction_of_which_every_change_is_stale_is_not_adopted() -> None:
    story = answered(proposed(proposed(given()), id="two"), "auditors")
    decided(story)
    answered(story, "auditors", correction="two")
    decided(story, correction="two").then_refused("nothing_holds_any_more")
    assert story.plan.corrections["two"].is_open


def test_a_change_that_states_a_wrong_old_value_is_refused_when_proposed() -> None:
    change = {"item": "1.1", "field": "due", "from": "2027-01-31", "to": "2027-06-30"}
    proposed(given(), changes=[change]).then_refused("from_no_longer_holds", item="1.1", actual="2027-03-31")


def test_a_correction_for_the_next_cycle_takes_effect_when_it_opens() -> None:
    story = answered(proposed(given(), takes_effect="next_cycle"), "auditors")
    decided(story).then("correction_decided")
    convened(story, "reflection", "adaptation")
    assert (due(story), story.plan.corrections["cc"].status) == ("2027-03-31", "adopted")
    convened(story, "action").then("phase_closed", "phase_opened", "correction_took_effect")
    assert due(story) == "2027-05-31"


def test_corrections_for_the_next_cycle_are_checked_again_when_it_opens_in_the_order_of_decision() -> None:
    other = [{"item": "1.1", "field": "due", "from": "2027-03-31", "to": "2027-12-31"}]
    story = proposed(given(), takes_effect="next_cycle")
    proposed(story, id="two", takes_effect="next_cycle", changes=other)
    answered(answered(story, "auditors"), "auditors", correction="two")
    decided(story, correction="two", at="2027-02-01")
    decided(story, at="2027-02-02")
    convened(story, "reflection", "adaptation", "action", at="2027-03-01")
    first, second = story.events("correction_took_effect")
    assert (first.correction, second.correction) == ("two", "cc")
    assert (due(story), len(second.stale)) == ("2027-12-31", 1)


def test_a_correction_for_a_date_takes_effect_as_that_day_begins() -> None:
    story = answered(proposed(given(), takes_effect="2027-02-15"), "auditors")
    decided(story, at="2027-02-01").then("correction_decided")
    begins = datetime(2027, 2, 15, 6, tzinfo=UTC)
    assert PLAN.agenda(story.plan) == begins
    assert story.wait_until("2027-02-14 23:59").new_entries == []
    story.wait_until("2027-02-20").then("correction_took_effect")
    assert story.new_entries[0].effective_at == begins
    assert due(story) == "2027-05-31"


def test_a_correction_for_a_date_is_checked_again_on_that_day() -> None:
    story = answered(proposed(given(), takes_effect="2027-02-15"), "auditors")
    decided(story, at="2027-02-01")
    answered(proposed(story, id="two"), "auditors", correction="two")
    decided(story, correction="two", at="2027-02-02")
    story.wait_until("2027-02-16").then("correction_took_effect", applied=())
    assert story.plan.corrections["cc"].stale == ("1.1",)
    assert story.plan.revision == 2


def test_a_correction_cannot_take_effect_on_a_date_that_has_begun() -> None:
    proposed(given(), takes_effect="2027-01-04", at="2027-01-04 10:00").then_refused("takes_effect_too_early")


def test_a_correction_for_a_date_waits_while_the_plan_is_paused() -> None:
    story = answered(proposed(given(), takes_effect="2027-02-15"), "auditors")
    decided(story, at="2027-02-01").when("pause_plan", role="operator", reason="Flood")
    assert story.wait_until("2027-03-01").new_entries == []
    story.when("resume_plan", role="operator").wait_until("2027-03-02").then("correction_took_effect")


def test_a_dropped_item_is_marked_and_keeps_its_id_for_ever() -> None:
    story = answered(proposed(given(), changes=[{"drop": "1.2"}]), "auditors")
    decided(story)
    assert story.plan.find("1.2") is not None
    assert "1.2" in story.plan.dropped
    story.when("report_progress", by="nurses", milestone="1.2", status="done").then_refused("item_dropped", item="1.2")
    again: dict[str, Any] = {"add": {"commitment": "1", "milestone": {"id": "1.2", "deliverable": "Again"}}}
    proposed(story, id="two", changes=[again]).then_refused("breaks_the_plan")
    proposed(story, id="three", changes=[{"drop": "1.2"}]).then_refused("item_dropped")


def test_a_reason_published_later_is_added_to_the_correction() -> None:
    """By the body that decided or proposed it, and only if no reason was published."""
    unexplained = given(live_from="never", source="Gazette", effective="2027-01-01")
    story = answered(proposed(unexplained, rationale={"absent": "not_published"}), "auditors")
    decided(story)
    late: dict[str, Any] = {"correction": "cc", "rationale": "The basins came late", "covers": ["1.1"]}
    story.when("explain_correction", by="auditors", **late).then_refused("not_the_author")
    story.when("explain_correction", by="doctors", **late)
    story.then("correction_explained")
    assert [one.rationale for one in story.plan.corrections["cc"].explained] == ["The basins came late"]
    story.when("explain_correction", by="doctors", correction="cc", rationale="x", covers=["2.1"])
    story.then_refused("unknown_item", item="2.1")


def test_outside_the_amendment_window_nothing_is_proposed() -> None:
    story = given({"policy.amendment_window": {"from": "2027-02-01", "until": "2027-02-28"}})
    proposed(story, at="2027-01-31 23:00").then_refused("outside_amendment_window", first="2027-02-01")
    proposed(story, at="2027-02-28 23:00").then("correction_proposed")
    proposed(story, id="two", at="2027-03-01 00:00:01").then_refused("outside_amendment_window")


def test_the_policy_itself_is_changed_by_a_course_correction() -> None:
    change = {"item": "policy", "field": "cycle", "from": "convened", "to": QUARTERLY}
    story = answered(proposed(given(), changes=[change]), "auditors")
    decided(story)
    convened(story, "reflection", at="2027-02-01")
    assert PLAN.agenda(story.plan) is not None


def test_a_proposal_may_not_bring_a_fault_into_the_plan() -> None:
    change = {"item": "policy", "field": "decisions.quorum", "from": 2, "to": 9}
    proposed(given(), changes=[change]).then_refused("breaks_the_plan")


def test_a_decision_that_rests_on_restricted_ground_counts_it_and_does_not_name_it() -> None:
    story = given().when("observe_power", id="power", by="nurses", stakeholder="purchasing", ability="low", text="Slow")
    proposed(story, rests_on=["power"]).then("correction_proposed")
    shown = correction_view(story.plan, story.plan.corrections["cc"]).as_json()
    assert (shown["rests_on"], shown["rests_on_restricted"]) == ([], 1)
    proposed(story, id="two", rests_on=["seen", "power"])
    shown = correction_view(story.plan, story.plan.corrections["two"]).as_json()
    assert (shown["rests_on"], shown["rests_on_restricted"]) == (["seen"], 1)


def test_only_the_bodies_that_owe_an_answer_are_named() -> None:
    """If all positions are taken and only the decision is missing, no body owes an answer and nothing lapses."""
    story = answered(proposed(given()), "auditors", "doctors")
    for year in ("2027", "2028", "2029"):
        convened(story, "reflection", "adaptation", "action", at=f"{year}-06-01")
    correction = story.plan.corrections["cc"]
    assert (correction.status, correction.owed_by) == ("open", ())


def test_the_author_of_a_returned_draft_owes_the_next_one() -> None:
    story = proposed(given()).when("return_correction", by="doctors", correction="cc", reason="Too short")
    convened(story, "reflection", "adaptation", "action", at="2027-06-01")
    assert story.plan.corrections["cc"].owed_by == ("nurses",)


def test_changes_that_are_valid_only_together_are_checked_together() -> None:
    bodies = {"policy.decisions": {"bodies": ["nurses", "doctors", "auditors"], "quorum": "3"}}
    fewer = [
        {
            "item": "policy",
            "field": "decisions.bodies",
            "from": ["nurses", "doctors", "auditors"],
            "to": ["nurses", "doctors"],
        },
        {"item": "policy", "field": "decisions.quorum", "from": 3, "to": 2},
    ]
    story = answered(proposed(given(bodies), changes=fewer), "auditors", "nurses")
    decided(story)
    assert story.plan.defined.quorum() == 2
    assert story.plan.corrections["cc"].stale == ()


def test_a_milestone_is_dropped_with_its_commitment_and_cannot_be_changed_afterwards() -> None:
    late = {"item": "1.1", "field": "due", "from": "2027-03-31", "to": "2027-05-31"}
    story = proposed(given(), changes=[{"drop": "1"}]).when("endorse_correction", by="auditors", correction="cc")
    proposed(story, id="before", changes=[late]).then("correction_proposed")
    decided(story).then("correction_decided", "correction_took_effect")
    for change in (late, {"drop": "1.1"}, {"add": {"commitment": "1", "milestone": {"id": "1.3", "deliverable": "x"}}}):
        proposed(story, id="after", changes=[change]).then_refused("item_dropped")
    assert story.refused is not None
    assert story.refused.params["since"] != "-"
    story.when("endorse_correction", by="auditors", correction="before")
    decided(story, correction="before").then_refused("nothing_holds_any_more")


def test_one_proposal_does_not_drop_a_commitment_and_then_change_its_milestone() -> None:
    late = {"item": "1.1", "field": "due", "from": "2027-03-31", "to": "2027-05-31"}
    proposed(given(), changes=[{"drop": "1"}, late]).then_refused("item_dropped", item="1.1")
    proposed(given(), changes=[late, {"drop": "1"}]).then("correction_proposed")


def test_a_correction_for_the_next_cycle_is_stale_if_another_drops_its_item_first() -> None:
    late = {"item": "1.1", "field": "due", "from": "2027-03-31", "to": "2027-05-31"}
    story = proposed(given(), id="drops", changes=[{"drop": "1"}], takes_effect="next_cycle")
    proposed(story, id="moves", changes=[late], takes_effect="next_cycle")
    for name in ("drops", "moves"):
        story.when("endorse_correction", by="auditors", correction=name)
        decided(story, correction=name)
    convened(story, "reflection", "adaptation", "action")
    assert [(one.status, one.stale) for one in story.plan.corrections.values()] == [
        ("in_effect", ()),
        ("stale", ("1.1",)),
    ]
    assert fold(story.entries) == story.plan

"""Views show a reader nothing that is not permitted, and hide no gap."""

from typing import Any

import pytest

from domain.kernel.event import Visibility
from domain.views.correction import correction_view
from domain.views.diff import diff_view
from domain.views.models.view import ALL
from domain.views.pending import pending_view
from domain.views.plan import plan_view
from domain.views.summary import summary_view
from tests.unit.domain.story import PROPOSAL, Story, convened, decided, given, proposed

PUBLIC: frozenset[Visibility] = frozenset({"public"})


def partly_public() -> Story:
    """A plan of which the public sees only a part."""
    story = given().when("report_progress", id="seen", by="nurses", milestone="1.1", status="under_way", text="Seven")
    story.when("report_progress", by="doctors", milestone="2.1", status="done", text="Hush", visibility="partners")
    story.when("measure_indicator", by="auditors", indicator="rate", value="77.7", visibility="restricted")
    story.when("test_assumption", by="auditors", assumption="soap", outcome="failed", text="Never comes")
    story.when("observe_power", by="nurses", stakeholder="purchasing", ability="low", text="Blocks it")
    story.when("record_lesson", by="nurses", lesson={"id": "L1", "text": "Ask earlier"})
    return proposed(story, id="quiet", rationale="Between us", visibility="partners")


def shown(story: Story, may_see: frozenset[Any] | None = None) -> dict[str, Any]:
    return plan_view(story.plan, story.now, ALL if may_see is None else may_see).as_json()


SAID_TO_FEW = ("Hush", "77.7", "Never comes", "Blocks it", "Ask earlier", "Between us")


@pytest.mark.parametrize("words", SAID_TO_FEW)
def test_the_public_sees_nothing_that_is_for_partners_or_restricted(words: str) -> None:
    assert words in str(shown(partly_public()))
    assert words not in str(shown(partly_public(), PUBLIC))


def test_a_withheld_status_is_shown_as_withheld() -> None:
    milestone = shown(partly_public(), PUBLIC)["commitments"][1]["milestones"][0]
    assert (milestone["status"], milestone["means"]) == ("withheld", None)


def test_an_item_without_a_report_is_shown_as_not_reported() -> None:
    assert shown(given())["commitments"][0]["milestones"][0]["status"] == "not_reported"


def test_a_report_shows_its_own_date_and_the_day_of_its_recording() -> None:
    story = given().when(
        "report_progress", by="nurses", milestone="1.1", status="done", as_at="2027-01-10", at="2027-02-01"
    )
    milestone = shown(story)["commitments"][0]["milestones"][0]
    assert (milestone["as_at"], milestone["told_at"][:10]) == ("2027-01-10", "2027-02-01")


def test_history_entered_afterwards_is_marked_as_such() -> None:
    story = given(live_from="never", source="Gazette", effective="2020-01-14")
    assert (shown(story)["entered_afterwards"], summary_view(story.plan).as_json()["entered_afterwards"]) == (
        True,
        True,
    )
    assert not shown(given())["entered_afterwards"]


def test_an_illustrative_plan_is_marked_as_such() -> None:
    assert shown(given(illustrative="yes"))["illustrative"]


def test_a_silence_is_shown_with_its_late_answer() -> None:
    story = convened(given(), "reflection", at="2027-02-01")
    story.when("report_progress", by="doctors", milestone="2.1", status="under_way", at="2027-02-03")
    late = {one["body"]: one["answered_late"] for one in shown(story)["silences"]}
    assert late["nurses"] is None
    assert late["doctors"][:10] == "2027-02-03"


def test_a_dropped_item_is_shown_with_its_mark() -> None:
    story = proposed(given(), changes=[{"drop": "1.1"}]).when("endorse_correction", by="auditors", correction="cc")
    story.when(
        "decide_correction",
        by="doctors",
        correction="cc",
        decision="adopted",
        response="Yes",
        authority={"document": "Minutes 7"},
    )
    milestone = shown(story)["commitments"][0]["milestones"][0]
    assert (milestone["id"], milestone["dropped"] is not None, milestone["next"]) == ("1.1", True, None)


OF_FEW = {"visibility": "restricted"}


def answered_in_private() -> Story:
    """A public course correction of which everything after the proposal is restricted or for partners."""
    authority = {"document": "Minutes, kept back"}
    story = proposed(given(), rationale="Seen by all").when(
        "endorse_correction", by="auditors", correction="cc", reason="They pay", **OF_FEW
    )
    decided(story, response="So be it", authority=authority, **OF_FEW)
    return story


def test_restricted_positions_on_a_public_course_correction_are_counted_and_not_shown() -> None:
    story = answered_in_private()
    one = story.plan.corrections["cc"]
    seen = correction_view(story.plan, one, PUBLIC).as_json()
    assert (seen["positions"], seen["positions_withheld"]) == ({}, 1)
    assert (seen["response"], seen["authority"]) == ({"withheld": "restricted"}, {"withheld": "restricted"})
    assert "Seen by all" in str(seen)
    assert not any(words in str(seen) for words in ("They pay", "So be it", "kept back"))
    whole = correction_view(story.plan, one).as_json()
    assert all(words in str(whole) for words in ("They pay", "So be it", "kept back"))
    assert (shown(story, PUBLIC)["corrections"], shown(story)["corrections"]) == ([seen], [whole])


def test_a_restricted_reason_is_shown_only_to_those_who_may_see_it() -> None:
    missing = {"absent": "not_published"}
    before = proposed(given(live_from="never", source="Gazette"), rationale=missing)
    story = answered_by_all(before).when(
        "explain_correction", by="nurses", correction="cc", rationale="To please him", **OF_FEW
    )
    seen = correction_view(story.plan, story.plan.corrections["cc"], PUBLIC).as_json()
    assert (seen["explained"], seen["explained_withheld"]) == ([], 1)
    assert "To please him" not in str(diff_view(before.as_of("2027-01-01"), story.plan, PUBLIC).as_json())
    assert "To please him" in str(diff_view(before.as_of("2027-01-01"), story.plan).as_json())


def answered_by_all(story: Story) -> Story:
    return decided(story.when("endorse_correction", by="auditors", correction="cc"))


def test_a_course_correction_has_the_visibility_of_its_present_draft() -> None:
    story = proposed(given()).when("redraft_correction", by="nurses", correction="cc", **PROPOSAL, **OF_FEW)
    assert shown(story, PUBLIC)["corrections"] == []
    story.when("redraft_correction", by="nurses", correction="cc", **PROPOSAL, visibility="public")
    assert [one["draft"] for one in shown(story, PUBLIC)["corrections"]] == [3]


def test_an_entry_about_a_restricted_subject_is_as_restricted() -> None:
    """It names the subject, and a name can reveal as much as a text."""
    story = proposed(given(), **OF_FEW)
    story.when("endorse_correction", by="auditors", correction="cc", visibility="public")
    assert [entry.visibility for entry in story.new_entries] == ["restricted"]
    story.when("redraft_correction", by="nurses", correction="cc", **PROPOSAL, visibility="public")
    story.when("endorse_correction", by="auditors", correction="cc", draft=2, visibility="partners")
    assert [entry.visibility for entry in story.new_entries] == ["partners"]


def test_silence_about_a_restricted_course_correction_is_not_public() -> None:
    story = convened(proposed(given(), **OF_FEW), "reflection", "adaptation", at="2027-02-01")
    convened(story, "action", at="2027-03-01")
    asked_for = {reader: {one["asked_for"] for one in shown(story, see)["silences"]} for reader, see in READERS}
    assert "position" in asked_for["few"]
    assert "position" not in asked_for["all"]


READERS: tuple[tuple[str, frozenset[Any]], ...] = (("few", ALL), ("all", PUBLIC))


def test_bodies_that_owe_an_answer_are_shown_even_if_positions_are_withheld() -> None:
    story = proposed(given()).when("endorse_correction", by="auditors", correction="cc", **OF_FEW)
    seen = correction_view(story.plan, story.plan.corrections["cc"], PUBLIC).as_json()
    assert (seen["positions"], seen["owed_by"]) == ({}, ["doctors"])


def test_of_an_earlier_draft_the_reader_sees_only_the_permitted_parts() -> None:
    story = proposed(given(), rationale="Between us", visibility="restricted")
    story.when("oppose_correction", by="auditors", correction="cc", reason="Hush", visibility="restricted")
    story.when("return_correction", by="doctors", correction="cc", reason="Quietly", visibility="restricted")
    story.when("redraft_correction", by="nurses", correction="cc", visibility="public", **PROPOSAL)
    [seen] = [one for one in shown(story, PUBLIC)["corrections"]]
    assert seen["earlier_drafts"] == [{"draft": 1, "withheld": "restricted"}]
    assert not [words for words in ("Between us", "Hush", "Quietly") if words in str(shown(story, PUBLIC))]
    [whole] = shown(story)["corrections"][0]["earlier_drafts"]
    assert (whole["positions"]["auditors"]["reason"], whole["returned"]["reason"]) == ("Hush", "Quietly")


def test_the_day_of_a_restricted_occurrence_is_withheld_from_those_who_may_not_see_it() -> None:
    story = given().when("record_occurrence", by="auditors", awaited="guide", visibility="restricted")
    for may_see, happened in ((ALL, "2027-01-04"), (ALL - {"restricted"}, {"withheld": "restricted"})):
        view = plan_view(story.plan, story.now, may_see).as_json()
        assert [one["happened"] for one in view["awaited"]] == [happened]
        assert view["commitments"][0]["milestones"][1]["due"] is not None, "deadlines run for everybody"
        pages = pending_view(story.plan, story.now, may_see).as_json()["bodies"]
        assert not any(page["awaited"] for page in pages), "nobody is asked to declare it again"
    story.when("record_occurrence", by="auditors", awaited="guide").then_refused("already_declared")
    assert story.refused is not None
    assert "2027" not in story.refused.sentence()

"""Pending: what each phase asks of each body, and what is owed in any phase."""

from typing import Any

from domain.kernel.event import Visibility
from domain.views.pending import pending_view
from tests.unit.domain.story import QUARTERLY, Story, convened, decided, given, proposed

PUBLIC: frozenset[Visibility] = frozenset({"public"})


def page(story: Story, body: str, may_see: frozenset[Visibility] | None = None) -> dict[str, Any]:
    view = (
        pending_view(story.plan, story.now, may_see).as_json()
        if may_see
        else pending_view(story.plan, story.now).as_json()
    )
    found: dict[str, Any] = next(one for one in view["bodies"] if one["body"] == body)
    return found


def owed(story: Story, body: str) -> dict[str, Any]:
    """The ids of what a body owes."""
    view = page(story, body)
    ids = {
        name: [one["id"] for one in view[name]]
        for name in ("reports", "positions", "returned", "overdue", "awaited")
        if view[name]
    }
    return ids | ({"reflection": view["reflection"]["cycle"]} if view["reflection"] else {})


def test_in_action_every_lead_is_asked_to_report_on_what_it_has_not_finished() -> None:
    story = given()
    assert owed(story, "nurses") == {"reports": ["1.1"]}
    assert owed(story, "doctors") == {"reports": ["2.1"]}
    assert owed(story, "auditors") == {"awaited": ["guide"]}
    assert page(story, "nurses")["reports"][0]["due"] == "2027-03-31"


def test_what_was_reported_is_not_asked_for_again_in_the_round() -> None:
    story = given().when("report_progress", by="nurses", milestone="1.1", status="under_way")
    assert owed(story, "nurses") == {}
    assert owed(convened(story, "reflection", "adaptation", "action", at="2027-02-02"), "nurses") == {
        "reports": ["1.1"]
    }


def test_what_waits_for_an_event_is_asked_for_once_it_happened() -> None:
    story = given().when("record_occurrence", by="auditors", awaited="guide")
    assert owed(story, "nurses") == {"reports": ["1.1", "1.2"]}
    assert owed(story, "auditors") == {}


def test_in_reflection_every_body_is_asked_the_plans_questions() -> None:
    story = convened(given(questions={"saw": "What did we see?"}), "reflection")
    assert owed(story, "auditors") == {"reflection": 1, "awaited": ["guide"]}
    assert page(story, "doctors")["reflection"]["questions"] == {"saw": "What did we see?"}
    story.when("submit_reflection", by="doctors", answers={"saw": "Dust"})
    assert owed(story, "doctors") == {}


def test_a_course_correction_asks_for_a_position_on_its_present_draft() -> None:
    story = proposed(given())
    [asked] = page(story, "doctors")["positions"]
    assert (asked["id"], asked["draft"], asked["changes"][0]["name"]) == ("cc", 1, "reschedule")
    assert "positions" not in owed(story, "nurses")
    story.when("return_correction", by="doctors", correction="cc", reason="Say why")
    assert "returned" in owed(story, "nurses")
    assert "positions" not in owed(story, "auditors")
    changes = [{"item": "1.1", "field": "due", "from": "2027-03-31", "to": "2027-04-30"}]
    fields: dict[str, Any] = {"trigger": "roadblock", "rests_on": ["seen"], "rationale": "Basins", "changes": changes}
    story.when("redraft_correction", by="nurses", correction="cc", **fields).then("correction_redrafted")
    assert page(story, "doctors")["positions"][0]["draft"] == 2
    decided(story.when("endorse_correction", by="auditors", correction="cc", draft=2), draft=2)
    assert "positions" not in owed(story, "doctors")


def test_a_course_correction_that_the_reader_may_not_see_is_not_pending() -> None:
    story = proposed(given(), visibility="restricted")
    assert page(story, "doctors")["positions"]
    assert not page(story, "doctors", PUBLIC)["positions"]


def test_overdue_items_and_all_silences_are_listed() -> None:
    story = given(policy={"cycle": QUARTERLY, "decisions": {"quorum": "2"}}).wait_until("2027-04-02")
    view = page(story, "nurses")
    assert [one["id"] for one in view["overdue"]] == ["1.1"]
    assert [one["asked_for"] for one in view["unanswered"]] == ["report", "reflection"]


def test_a_paused_plan_has_nothing_pending() -> None:
    story = given().when("pause_plan", role="operator", reason="Elections")
    assert pending_view(story.plan, story.now).as_json()["bodies"] == []


def test_nothing_is_pending_for_a_group() -> None:
    assert "patients" not in [one["body"] for one in pending_view(given().plan, given().now).as_json()["bodies"]]


AUDITED = {"partners.2.audits": "yes"}


def ids(story: Story, body: str, part: str, may_see: frozenset[Visibility] | None = None) -> list[str]:
    return [one.get("id") or one["erratum"] for one in page(story, body, may_see)[part]]


def test_a_finding_asks_the_lead_of_its_item_for_an_answer() -> None:
    story = given(AUDITED).when("raise_finding", id="f1", by="auditors", item="1.1", text="No drain")
    story.when("raise_finding", id="whole", by="auditors", text="No budget")
    asked = {body: ids(story, body, "findings") for body in ("nurses", "doctors", "auditors")}
    assert asked == {"nurses": ["f1", "whole"], "doctors": ["whole"], "auditors": []}
    for status, by, wanted in (
        ("answered", "nurses", []),
        ("partly_settled", "auditors", ["f1"]),
        ("under_review", "auditors", []),
        ("not_settled", "auditors", ["f1"]),
        ("settled", "auditors", []),
    ):
        story.when("follow_finding", by=by, finding="f1", status=status).then("finding_followed")
        assert [one for one in ids(story, "nurses", "findings") if one == "f1"] == wanted


def test_a_waiting_erratum_asks_every_body_but_its_writer() -> None:
    mends: dict[str, Any] = {
        "id": "fe-1",
        "entry": 1,
        "item": "1.1",
        "field": "due",
        "says": "2027-03-31",
        "should_say": "2027-03-30",
    }
    story = given().when("record_erratum", by="nurses", source="Published plan", **mends)
    assert {body: ids(story, body, "errata") for body in ("nurses", "doctors", "auditors")} == {
        "nurses": [],
        "doctors": ["fe-1"],
        "auditors": ["fe-1"],
    }
    story.when("confirm_erratum", by="doctors", erratum="fe-1").then("erratum_confirmed")
    assert ids(story, "auditors", "errata") == []


def test_a_finding_that_the_reader_may_not_see_is_not_pending() -> None:
    fields: dict[str, Any] = {
        "id": "f1",
        "by": "auditors",
        "item": "1.1",
        "text": {"sealed": "a" * 64},
        "visibility": "restricted",
    }
    story = given(AUDITED).when("raise_finding", **fields)
    assert ids(story, "nurses", "findings") == ["f1"]
    assert ids(story, "nurses", "findings", PUBLIC) == []

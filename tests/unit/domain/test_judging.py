"""Self-reports, assessments and findings: none of the three overwrites another."""

from typing import Any

import pytest

from domain.views.plan import plan_view
from tests.unit.domain.story import Story, convened, decided, given, proposed

AUDITED = {"partners.2.audits": "yes"}
REPORT = {"milestone": "1.1", "status": "under_way"}


def assessed(story: Story, **fields: Any) -> Story:
    judged = {"by": "auditors", "item": "1.1", "scale": "Completion", "verdict": "Limited", "source": "Report 4"}
    return story.when("record_assessment", **judged | fields)


def found(story: Story, **fields: Any) -> Story:
    return story.when("raise_finding", **{"id": "f1", "by": "auditors", "item": "1.1", "text": "No drain"} | fields)


def followed(story: Story, status: str, by: str = "auditors") -> Story:
    return story.when("follow_finding", by=by, finding="f1", status=status, text="Because")


def closed(edits: dict[str, Any] | None = None) -> Story:
    return given(edits).when("close_plan", role="operator", reason="Over", at="2027-06-01")


def test_self_report_assessment_and_finding_never_overwrite_each_other() -> None:
    story = given(AUDITED).when("report_progress", by="nurses", milestone="1.1", status="done")
    found(assessed(story))
    view = plan_view(story.plan, story.now).as_json()
    milestone = view["commitments"][0]["milestones"][0]
    assert (milestone["status"], milestone["reported_by"]) == ("done", "nurses")
    assert [(one["body"], one["verdict"], one["scale"]) for one in milestone["assessed"]] == [
        ("auditors", "Limited", "Completion")
    ]
    assert [(one["id"], one["raised_by"], one["status"]) for one in view["findings"]] == [("f1", "auditors", "open")]


def test_an_assessment_has_its_own_scale_and_a_source_and_no_body_assesses_its_own_work() -> None:
    assessed(given()).then("assessment_recorded", verdict="Limited")
    assessed(given(), item=None).then("assessment_recorded", item=None)
    assessed(given(), source=None).then_refused("assessment_source_needed")
    for item in ("1", "1.1", "rate"):
        assessed(given(), by="nurses", item=item).then_refused("own_assessment", body="nurses", item=item)
    assessed(given(), by="nurses", item="2.1").then("assessment_recorded")


def test_an_assessor_that_is_no_partner_is_entered_by_the_operator_from_the_document() -> None:
    story = assessed(given(), by=None, role="operator", assessor="Independent reporting mechanism")
    story.then("assessment_recorded", assessor="Independent reporting mechanism")


def test_only_an_audit_body_raises_a_finding() -> None:
    found(given(AUDITED)).then("finding_raised", finding="f1")
    found(given(AUDITED), by="doctors").then_refused("not_an_audit_body", body="doctors", bodies="auditors")
    found(given()).then_refused("not_an_audit_body", bodies="-")


def test_the_body_concerned_answers_a_finding_and_the_auditor_judges_the_answer() -> None:
    story = followed(found(given(AUDITED)), "answered", by="nurses").then("finding_followed")
    followed(story, "settled", by="nurses").then_refused("not_the_auditor", auditor="auditors")
    followed(story, "partly_settled").then("finding_followed")
    view = plan_view(story.plan, story.now).as_json()["findings"][0]
    assert (view["status"], [step["status"] for step in view["follow_ups"]]) == (
        "partly_settled",
        ["answered", "partly_settled"],
    )
    followed(given(AUDITED), "settled").then_refused("unknown_finding", finding="f1")


def test_the_successor_of_an_audit_body_follows_up_its_findings() -> None:
    story = found(given(AUDITED))
    fields = {"body": "auditors", "successor": "comptroller", "name": "Comptroller"}
    story.when("succeed_partner", role="operator", source="Decree 12", **fields)
    followed(story, "settled", by="comptroller").then("finding_followed")
    found(story, id="f2", by="comptroller").then("finding_raised")


def test_a_course_correction_may_rest_on_a_finding() -> None:
    story = proposed(found(given(AUDITED)), trigger="audit_finding", rests_on=["f1"])
    story.when("endorse_correction", by="auditors", correction="cc")
    decided(story).then("correction_decided", "correction_took_effect")


def test_an_answer_to_a_restricted_finding_is_never_open_to_more_than_the_finding() -> None:
    story = found(given(AUDITED), visibility="restricted")
    story.when("follow_finding", by="nurses", finding="f1", status="answered", text="Because", visibility="public")
    assert [entry.visibility for entry in story.new_entries] == ["restricted"]


@pytest.mark.parametrize(
    ("command", "fields", "kind"),
    [
        ("report_progress", {"by": "nurses", **REPORT}, "progress_reported"),
        ("attach_evidence", {"by": "nurses", "item": "1.1", "evidence": {"document": "Photo"}}, "evidence_attached"),
        ("record_assessment", {"by": "auditors", "verdict": "Limited", "source": "Report 4"}, "assessment_recorded"),
        ("raise_finding", {"by": "auditors", "text": "No drain"}, "finding_raised"),
    ],
)
def test_a_closed_plan_still_records_late_entries_as_after_closing(command: str, fields: Any, kind: str) -> None:
    story = closed(AUDITED).when(command, at="2028-05-01", **fields).then(kind)
    assert (story.new_entries[0].phase, story.new_entries[0].cycle) == (None, 1)


def test_an_entry_after_closing_is_marked_in_the_view() -> None:
    story = closed(AUDITED).when("report_progress", by="nurses", at="2028-05-01", **REPORT)
    view = plan_view(assessed(story).plan, story.now).as_json()
    assert view["commitments"][0]["milestones"][0]["after_closing"]
    assert view["assessments"][0]["after_closing"]
    before = given().when("report_progress", by="nurses", **REPORT)
    assert not plan_view(before.plan, before.now).as_json()["commitments"][0]["milestones"][0]["after_closing"]


def test_a_closed_plan_refuses_course_corrections_resting_on_a_finding_too() -> None:
    story = found(closed(AUDITED), at="2028-05-01")
    proposed(story, trigger="audit_finding", rests_on=["f1"]).then_refused("plan_closed")


def test_closing_lists_what_was_awaited_open_and_unanswered() -> None:
    story = convened(proposed(found(found(given(AUDITED)), id="f2")), "reflection", at="2027-03-01")
    story.when("follow_finding", by="auditors", finding="f2", status="settled")
    story.when("close_plan", role="operator", reason="Over", at="2027-04-01")
    (event,) = story.events("plan_closed")
    assert event.awaited == ("guide",)
    assert event.open_items == ("1.1", "1.2", "2.1")
    assert event.unanswered == ("cc",)
    assert event.silent == ("auditors", "doctors", "nurses")
    assert event.findings == ("f1",)


def test_closing_lists_what_was_adopted_and_never_took_effect() -> None:
    for takes_effect in ("next_cycle", "2027-05-01"):
        story = proposed(given(), takes_effect=takes_effect)
        decided(story.when("endorse_correction", by="auditors", correction="cc")).then("correction_decided")
        story.when("close_plan", role="operator", reason="Over", at="2027-04-01")
        (event,) = story.events("plan_closed")
        assert (event.adopted, event.unanswered) == (("cc",), ())
        assert story.wait_until("2027-06-01").new_entries == []
    story = proposed(given(), takes_effect="next_cycle", visibility="restricted")
    decided(story.when("endorse_correction", by="auditors", correction="cc"))
    story.when("close_plan", role="operator", reason="Over")
    assert story.events("plan_closed")[0].adopted == (), "everybody may read what closing says"


def test_a_body_contests_an_assessment_or_a_finding_that_was_entered_for_it() -> None:
    entered = {"role": "operator", "source": "Letter 3"}
    story = found(assessed(given(AUDITED), **entered), **entered)
    assessment, finding = (entry.version for entry in story.entries[-2:])
    for entry in (assessment, finding):
        story.when("contest_entry", by="auditors", entry=entry, reason="We never said so").then("entry_contested")
    view = plan_view(story.plan, story.now).as_json()
    assert (view["assessments"], view["findings"]) == ([], [])
    assert [one["entry"] for one in view["contested"]] == [assessment, finding]


def left(story: Story, body: str = "auditors") -> Story:
    story.when("leave_partner", role="operator", source="Decree 12", body=body, reason="Abolished")
    return story.then("partner_left")


def test_a_finding_whose_auditor_left_is_settled_by_another_audit_body() -> None:
    story = left(found(given(AUDITED | {"partners.1.audits": "yes"})))
    followed(story, "settled", by="nurses").then_refused("auditor_left", finding="f1", bodies="doctors")
    followed(story, "settled", by="doctors").then("finding_followed")
    assert plan_view(story.plan, story.now).as_json()["findings"][0]["status"] == "settled"


def test_a_finding_without_an_auditor_is_settled_by_the_operator_from_a_source() -> None:
    story = left(found(given(AUDITED)))
    fields = {"role": "operator", "finding": "f1", "status": "settled"}
    story.when("follow_finding", **fields).then_refused("body_needed")
    story.when("follow_finding", **fields | {"role": "partner"}, source="Ruling 9").then_refused("body_needed")
    story.when("follow_finding", **fields, source="Ruling 9").then("finding_followed")
    story.when("close_plan", role="operator", reason="Over")
    assert story.events("plan_closed")[0].findings == ()


def test_a_finding_whose_auditor_takes_part_is_settled_by_no_other_body_and_not_by_the_operator() -> None:
    story = found(given(AUDITED | {"partners.1.audits": "yes"}))
    followed(story, "settled", by="doctors").then_refused("not_the_auditor", auditor="auditors")
    fields = {"role": "operator", "finding": "f1", "status": "settled", "source": "Ruling 9"}
    story.when("follow_finding", **fields).then_refused("body_needed")


@pytest.mark.parametrize("status", ["settled", "withdrawn"])
def test_a_settled_finding_takes_no_answer(status: str) -> None:
    story = followed(followed(found(given(AUDITED)), "answered", by="nurses"), status)
    followed(story, "answered", by="nurses").then_refused("finding_settled", finding="f1")
    assert plan_view(story.plan, story.now).as_json()["findings"][0]["status"] == status
    followed(story, "under_review").then("finding_followed")
    followed(story, "answered", by="nurses").then("finding_followed")

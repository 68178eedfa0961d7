"""Errata: typing errors are corrected in public, and no promise is changed as if it were a typing error."""

from datetime import UTC, datetime
from typing import Any

import pytest

from audit.history import entry_view
from domain.views.diff import diff_view
from domain.views.plan import plan_view
from tests.unit.domain.story import (
    PROPOSAL,
    Story,
    contested,
    counted,
    decided,
    decided_in_session,
    entered,
    erred,
    fold,
    given,
    proposed,
)

DUE: dict[str, Any] = {"entry": 1, "item": "1.1", "field": "due", "says": "2027-03-31", "should_say": "2027-03-13"}


def milestone(story: Story, name: str = "1.1") -> dict[str, Any]:
    view = plan_view(story.plan, story.now).as_json()
    found: dict[str, Any] = next(
        one for commitment in view["commitments"] for one in commitment["milestones"] if one["id"] == name
    )
    return found


def due(story: Story) -> str:
    return str(milestone(story)["due"])


def confirmed(story: Story, by: str = "doctors", **fields: Any) -> Story:
    return story.when("confirm_erratum", by=by, **{"erratum": "fe-1"} | fields)


def objected(story: Story, by: str = "auditors", **fields: Any) -> Story:
    return story.when("contest_erratum", by=by, **{"erratum": "fe-1", "reason": "It moves a promise"} | fields)


def test_an_erratum_corrects_its_entry_in_every_view() -> None:
    story = erred(counted(given(), of=12)).then("erratum_recorded", entry=3, says=7, should_say=8, waits=False)
    assert (milestone(story)["count"], milestone(story)["of"]) == (8, 12)
    (mark,) = milestone(story)["mended"]
    assert (mark["by"], mark["field"], mark["says"], mark["should_say"]) == (4, "count", 7, 8)
    shown = entry_view(story.entries[2], "00", {"public"}, story.plan).as_json()
    assert (shown["data"]["count"], shown["mended"][0]["should_say"]) == (7, 8)
    assert fold(story.entries) == story.plan


def test_an_erratum_has_the_effective_time_of_its_entry_and_as_recorded_before_it_the_old_value_counts() -> None:
    story = counted(given(), at="2027-02-01")
    erred(story, at="2027-03-01")
    assert story.new_entries[0].effective_at == story.entries[2].effective_at
    mended, stood = (
        story.as_of("2027-02-02", until).standings["1.1"].report.count
        for until in (None, datetime(2027, 2, 15, tzinfo=UTC))
    )
    assert (mended, stood) == (8, 7)
    assert fold(story.entries[:3]).standings["1.1"].report.count == 7


def test_a_later_report_still_counts_when_an_earlier_one_is_corrected() -> None:
    story = counted(given()).when("report_progress", by="nurses", milestone="1.1", status="under_way", count=9)
    erred(story).then("erratum_recorded")
    assert milestone(story)["count"] == 9


@pytest.mark.parametrize(
    ("command", "fields", "mends"),
    [
        ("measure_indicator", {"indicator": "rate", "value": "9.50"}, ("value", "9.50", "9.05")),
        ("measure_indicator", {"indicator": "rate", "value": "9", "text": "In Mai"}, ("text", "In Mai", "In May")),
        ("record_occurrence", {"awaited": "guide", "text": "Gazete"}, ("text", "Gazete", "Gazette")),
        (
            "attach_evidence",
            {"item": "1.1", "evidence": {"document": "Foto"}},
            ("evidence.document", "Foto", "Photo"),
        ),
        ("record_lesson", {"lesson": {"id": "L1", "text": "Basin first"}}, ("text", "Basin first", "Basins first")),
        ("submit_reflection", {"answers": {"did": "Whashed"}}, ("answers.did", "Whashed", "Washed")),
        ("test_assumption", {"assumption": "soap", "outcome": "failed", "text": "Sope"}, ("text", "Sope", "Soap")),
        (
            "report_progress",
            {"milestone": "1.1", "status": "done", "as_at": "2027-01-03"},
            ("as_at", "2027-01-03", "2027-01-02"),
        ),
    ],
)
def test_an_erratum_corrects_any_statement(command: str, fields: dict[str, Any], mends: tuple[str, str, str]) -> None:
    story = given().when(command, id="told", by="auditors", **fields)
    field, says, should_say = mends
    erred(story, entry="told", field=field, says=says, should_say=should_say).then("erratum_recorded", waits=False)
    found = fold(story.entries)
    assert found == story.plan
    view = plan_view(story.plan, story.now).as_json()
    assert [one["should_say"] for one in view["errata"]] == [should_say]
    if command == "measure_indicator":
        assert view["indicators"][0]["measured"][field] == should_say
    if command == "record_lesson":
        assert view["lessons"][0]["text"] == should_say
    if command == "test_assumption":
        assert view["assumptions"][0]["test"]["text"] == should_say
    if command == "report_progress":
        assert milestone(story)["as_at"] == should_say


@pytest.mark.parametrize(
    ("item", "field", "says", "should_say", "waits"),
    [
        ("1.1", "due", "2027-03-31", "2027-03-13", True),
        ("1.1", "stated", "by springtime", "by spring", True),
        ("rate", "target", {"value": "4"}, {"value": "40"}, True),
        ("rate", "target.value", "4", "40", True),
        ("1", "lead", "nurses", "doctors", True),
        ("1.1", "deliverable", "Basins at every bed", "A basin at every bed", True),
        ("1.1", "proof", "A photograph", "Two photographs", False),
        ("1", "title", "Hands are washed", "Hands get washed", False),
        ("problem", "statement", "Patients catch infections on the ward", "Patients catch infections", False),
        ("c1", "text", "Nobody sees whether hands are washed", "Nobody looks", False),
        ("nurses", "name", "Nursing office", "Office of nursing", False),
        ("purchasing", "name", "Purchasing department", "Purchasing", False),
        ("guide", "what", "A national guide is published", "The national guide is published", False),
        ("soap", "text", "Soap is delivered", "Soap is delivered weekly", False),
        ("plan", "title", "A ward that washes its hands", "The ward that washes its hands", False),
    ],
)
def test_an_erratum_on_a_promise_waits_and_any_other_does_not(
    item: str, field: str, says: Any, should_say: Any, waits: bool
) -> None:
    story = given({"commitments.0.milestones.0.stated": "by springtime"})
    before = story.plan.definition
    erred(story, entry=1, item=item, field=field, says=says, should_say=should_say)
    story.then("erratum_recorded", waits=waits, should_say=should_say)
    assert (story.plan.definition == before) == waits
    if waits:
        confirmed(story).then("erratum_confirmed")
    assert story.plan.definition != before
    assert story.plan.revision == 1
    objected(story).then("erratum_contested")
    assert story.plan.definition == before


def test_a_status_is_a_promise_and_waits_too() -> None:
    story = erred(counted(given()), field="status", says="under_way", should_say="done").then(
        "erratum_recorded", waits=True
    )
    assert milestone(story)["status"] == "under_way"
    confirmed(story)
    assert milestone(story)["status"] == "done"


def test_an_erratum_on_a_promise_is_confirmed_by_a_body_other_than_its_writer() -> None:
    story = erred(given(), **DUE).then("erratum_recorded", waits=True)
    assert due(story) == "2027-03-31"
    confirmed(story, by="nurses").then_refused("writer_cannot_confirm", body="nurses")
    confirmed(story, by="patients").then_refused("group_cannot_answer")
    confirmed(story).then("erratum_confirmed")
    assert due(story) == "2027-03-13"
    confirmed(story, by="auditors").then_refused("nothing_to_confirm")


def test_the_operator_who_wrote_for_a_body_does_not_confirm_for_it() -> None:
    story = entered(given(), "record_erratum", id="fe-1", **DUE).then("erratum_recorded")
    entered(story, "confirm_erratum", erratum="fe-1").then_refused("writer_cannot_confirm", body="nurses")


def test_any_body_may_contest_an_erratum_which_then_needs_a_course_correction() -> None:
    story = confirmed(erred(given(), **DUE))
    objected(story, by="doctors").then("erratum_contested")
    assert due(story) == "2027-03-31"
    confirmed(story, by="auditors").then_refused("erratum_was_contested")
    objected(story).then_refused("erratum_was_contested")
    erred(story, id="fe-2", **DUE).then_refused("back_as_correction")
    (row,) = plan_view(story.plan, story.now).as_json()["errata"]
    assert (row["status"], row["confirmed_by"], row["contested_by"]) == ("contested", "doctors", "doctors")
    change = {"item": "1.1", "field": "due", "from": "2027-03-31", "to": "2027-03-13"}
    proposed(story, changes=[change], rests_on=["fe-1"]).then("correction_proposed")


def test_a_later_erratum_stands_when_an_earlier_one_is_contested() -> None:
    story = erred(erred(counted(given())), id="fe-2", says=8, should_say=9)
    assert milestone(story)["count"] == 9
    objected(story)
    assert milestone(story)["count"] == 9
    objected(story, erratum="fe-2")
    assert milestone(story)["count"] == 7


def test_an_erratum_does_not_undo_a_later_course_correction() -> None:
    story = proposed(given()).when("endorse_correction", by="auditors", correction="cc")
    decided(story, at="2027-02-01").then("correction_decided", "correction_took_effect")
    confirmed(erred(story, **DUE)).then("erratum_confirmed")
    assert due(story) == "2027-05-31"
    assert str(story.as_of("2027-01-31").find("1.1").due.day) == "2027-03-13"  # type: ignore[union-attr]
    objected(story)
    assert due(story) == "2027-05-31"


def test_an_erratum_on_a_course_correction_names_the_entry_by_which_it_took_effect() -> None:
    add = {"add": {"commitment": "1", "milestone": {"id": "1.3", "deliverable": "Mirors", "due": "2027-05"}}}
    story = proposed(given(), changes=[*PROPOSAL["changes"], add]).when(
        "endorse_correction", by="auditors", correction="cc"
    )
    decided(story)
    took = story.new_entries[-1].version
    erred(story, entry=took, item="1.3", field="deliverable", says="Mirors", should_say="Mirrors")
    confirmed(story)
    assert milestone(story, "1.3")["deliverable"] == "Mirrors"
    erred(story, id="fe-2", entry=took, item="1.1", field="due", says="2027-05-31", should_say="2027-05-30")
    confirmed(story, erratum="fe-2")
    assert due(story) == "2027-05-30"
    erred(story, id="fe-3", entry=1, item="1.3", field="proof", says="x", should_say="y").then_refused(
        "cannot_be_mended"
    )


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"entry": 99}, "nothing_said"),
        ({"entry": 2}, "nothing_said"),
        ({"source": None}, "erratum_needs_source"),
        ({"field": "milestone", "says": "1.1", "should_say": "2.1"}, "cannot_be_mended"),
        ({"field": "of"}, "nothing_to_mend"),
        ({"says": 6}, "says_otherwise"),
        ({"says": "seven"}, "says_otherwise"),
        ({"should_say": "eight"}, "bad_value"),
        ({"should_say": -1}, "bad_value"),
        ({"should_say": "7"}, "nothing_to_mend"),
        ({"field": "status", "says": "under_way", "should_say": "splendid"}, "unknown_status"),
        (DUE | {"should_say": "2027-02-30"}, "bad_value"),
        (DUE | {"field": "lead", "says": "nurses", "should_say": "doctors"}, "nothing_to_mend"),
        (DUE | {"item": "1", "field": "lead", "says": "nurses", "should_say": "strangers"}, "breaks_the_plan"),
        (DUE | {"item": "policy", "field": "done_needs", "says": "nothing"}, "cannot_be_mended"),
        (DUE | {"item": "nurses", "field": "decides", "says": "yes", "should_say": "no"}, "cannot_be_mended"),
        (DUE | {"item": "9.9"}, "cannot_be_mended"),
    ],
)  # fmt: skip
def test_an_erratum_that_changes_nothing_or_the_wrong_field_is_refused(fields: dict[str, Any], code: str) -> None:
    erred(counted(given()), **fields).then_refused(code)


def test_a_corrected_status_is_a_word_of_the_scale_that_its_report_used() -> None:
    story = proposed(counted(given(scale={"under_way": "under_way", "finished": "done"})))
    was = {word: one.model_dump(exclude_none=True) for word, one in story.plan.defined.scale.items()}
    shall_be = {"complete": {"means": "done"}}
    proposed(story, id="c2", changes=[{"item": "plan", "field": "scale", "from": was, "to": shall_be}])
    decided_in_session(story, correction="c2").then("correction_decided", "correction_took_effect")
    erred(story, field="status", says="under_way", should_say="complete").then_refused("unknown_status")
    erred(story, field="status", says="under_way", should_say="finished").then("erratum_recorded")


def test_there_is_no_erratum_on_an_erratum() -> None:
    story = erred(counted(given()))
    for entry in ("fe-1", 4):
        erred(story, id="fe-2", entry=entry).then_refused("erratum_of_erratum")


def test_a_contested_entry_takes_no_erratum_and_a_corrected_entry_may_be_contested() -> None:
    story = erred(entered(given(), id="count", count=7))
    assert milestone(story)["count"] == 8
    contested(story, "nurses", 3).then("entry_contested")
    assert milestone(story)["status"] == "not_reported"
    erred(story, id="fe-2", says=8, should_say=9).then_refused("entry_was_contested")


def test_an_erratum_entered_for_a_body_that_contests_it_has_no_effect() -> None:
    story = entered(counted(given()), "record_erratum", "nurses", id="fe-1", entry="count", field="count",
                    says=7, should_say=8)  # fmt: skip
    contested(story, "nurses", "fe-1").then("entry_contested")
    assert milestone(story)["count"] == 7
    erred(story, id="fe-2").then("erratum_recorded")


def test_a_confirmation_entered_for_a_body_that_contests_it_leaves_the_erratum_waiting() -> None:
    story = entered(erred(given(), **DUE), "confirm_erratum", "doctors", erratum="fe-1")
    assert due(story) == "2027-03-13"
    contested(story, "doctors", story.entries[-1].version).then("entry_contested")
    assert due(story) == "2027-03-31"
    assert story.plan.errata["fe-1"].status == "waiting"


def test_sealed_text_is_not_compared_and_an_erratum_has_the_visibility_of_its_entry() -> None:
    story = counted(given(), visibility="restricted", what={"sealed": "a" * 64})
    erred(story, field="what", says="x", should_say="y").then_refused("sealed_field")
    erred(story).then("erratum_recorded")
    assert story.new_entries[0].visibility == "restricted"
    view = plan_view(story.plan, story.now, {"public"}).as_json()
    assert (view["errata"], view["commitments"][0]["milestones"][0]["mended"]) == ([], [])
    assert entry_view(story.entries[2], "00", {"public"}, story.plan).mended == ()


def test_errata_are_taken_after_the_plan_was_closed() -> None:
    story = counted(given()).when("close_plan", role="operator", reason="Over")
    erred(story).then("erratum_recorded")
    erred(story, id="fe-2", **DUE).then("erratum_recorded")
    confirmed(story, erratum="fe-2").then("erratum_confirmed")
    objected(story, erratum="fe-2").then("erratum_contested")
    assert milestone(story)["count"] == 8


def test_a_diff_separates_errata_from_changes_of_the_course() -> None:
    story = confirmed(erred(given(), **DUE))
    diff = diff_view(fold(story.entries[:2]), story.plan).as_json()
    (row,) = diff["changes"]
    assert (row["field"], row["erratum"], row["correction"]) == ("due", "fe-1", None)
    assert [(one["erratum"], one["status"]) for one in diff["errata"]] == [("fe-1", "in_effect")]


def test_an_erratum_that_sets_done_needs_the_evidence_that_the_policy_requires() -> None:
    story = counted(given({"policy.done_needs": "evidence"}))
    erred(story, field="status", says="under_way", should_say="done").then_refused("evidence_needed", item="1.1")


LEAD: dict[str, Any] = {"entry": "start", "item": "1", "field": "lead", "says": "nurses", "should_say": "doctors"}


def test_a_corrected_lead_passes_to_the_present_successor_of_that_body() -> None:
    story = erred(given(), by="auditors", **LEAD)
    story.when(
        "succeed_partner", role="operator", body="doctors", successor="medics", name="Medics", source="Decree 12"
    )
    confirmed(story, by="nurses").then("erratum_confirmed")
    assert [one.lead for one in story.plan.defined.commitments if one.id == "1"] == ["medics"]


def test_an_erratum_that_would_break_the_plan_after_another_one_is_not_confirmed() -> None:
    waiting = {"after": "guide", "days": "5"}
    story = given({"commitments.0.milestones.0.due": waiting, "commitments.0.milestones.1.due": waiting})
    mend: dict[str, Any] = {"entry": "start", "field": "due", "says": {"after": "guide", "days": 5}}
    erred(story, id="fe-1", item="1.1", should_say={"after": "1.2", "days": 5}, **mend)
    erred(story, id="fe-2", item="1.2", should_say={"after": "1.1", "days": 5}, **mend)
    confirmed(story).then("erratum_confirmed")
    confirmed(story, erratum="fe-2").then_refused("breaks_the_plan")

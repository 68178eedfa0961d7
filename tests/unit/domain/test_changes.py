"""Changes of a plan: their names, and what each may change."""

from typing import Any

import pytest

from domain.kernel.text import same_text
from domain.views.models.parts import ChangePart
from tests.unit.domain.story import Story, decided, given, proposed


def changed(*changes: dict[str, Any], **keys: Any) -> Story:
    """A plan after one adopted course correction."""
    story = proposed(given(**keys), changes=list(changes)).then("correction_proposed")
    story.when("endorse_correction", by="auditors", correction="cc")
    return decided(story).then("correction_decided", "correction_took_effect")


@pytest.mark.parametrize(
    ("change", "name"),
    [
        ({"add": {"cause": {"id": "c2", "text": "x"}}}, "add"),
        ({"drop": "1.1"}, "drop"),
        ({"item": "1.1", "field": "due", "to": "2027-05-01"}, "reschedule"),
        ({"item": "1.1", "field": "stated", "to": "soon"}, "reschedule"),
        ({"item": "rate", "field": "target", "to": {"value": "2"}}, "retarget"),
        ({"item": "1.1", "field": "lead", "to": "doctors"}, "reassign"),
        ({"item": "1", "field": "with", "to": ["doctors"]}, "reassign"),
        ({"item": "1.1", "field": "deliverable", "to": "x"}, "refine"),
        ({"item": "problem", "field": "statement", "to": "x"}, "reframe"),
        ({"item": "policy", "field": "cycle", "to": "answered"}, "change_the_policy"),
    ],
)
def test_the_name_of_a_change_follows_from_the_field_that_it_changes(change: dict[str, Any], name: str) -> None:
    assert ChangePart.model_validate(change).kind == name


def test_every_kind_of_part_can_be_added() -> None:
    story = changed(
        {"add": {"cause": {"id": "c2", "text": "Cold water"}}},
        {"add": {"awaited": {"id": "soap-law", "what": "A law on soap", "told_by": ["auditors"]}}},
        {"add": {"indicator": {"id": "basins", "name": "Basins"}}},
        {"add": {"assumption": {"id": "water", "text": "There is water"}}},
        {"add": {"commitment": {"id": "3", "title": "Warm water", "addresses": ["c2"]}}},
        {"add": {"commitment": "3", "milestone": {"id": "3.1", "deliverable": "A boiler", "due": "2027-09"}}},
    )
    assert {"soap-law", "basins", "water", "3", "3.1"} <= set(story.plan.introduced)
    assert story.plan.introduced["3.1"] == story.now
    assert [cause.id for cause in story.plan.defined.problem.causes] == ["c1", "c2"]
    story.when("report_progress", by="nurses", milestone="3.1", status="done").then("progress_reported")
    story.when("record_occurrence", by="auditors", awaited="soap-law").then("occurrence_recorded")


@pytest.mark.parametrize(
    ("item", "field", "was", "shall_be"),
    [
        ("1.1", "deliverable", "Basins at every bed", "Basins in every room"),
        ("1.1", "lead", None, "doctors"),
        ("1.1", "with", [], ["doctors", "auditors"]),
        ("1.1", "due", "2027-03-31", {"after": "guide", "days": 90}),
        ("1.1", "due", "2027-03-31", None),
        ("1.2", "due", {"after": "guide", "working_days": 10}, "2027-06"),
        ("1", "because", None, "It stops them"),
        ("rate", "target", {"value": "4"}, {"value": "2.5"}),
        ("rate", "target.value", "4", "2.5"),
        ("soap", "weak_below", None, "3"),
        (
            "problem",
            "statement",
            "Patients catch infections on the ward",
            {"en": "They catch them", "es": "Se infectan"},
        ),
        ("policy", "decisions.quorum", 2, 3),
        ("policy", "closed_days", [], ["2027-12-24/2027-12-31"]),
        ("plan", "words.milestone", None, "step"),
    ],
)
def test_a_change_states_the_old_and_the_new_value_of_a_field(item: str, field: str, was: Any, shall_be: Any) -> None:
    change = {"item": item, "field": field, "from": was, "to": shall_be}
    back = {"item": item, "field": field, "from": shall_be, "to": was}
    story = changed(change)
    assert story.plan.revision == 2
    proposed(story, id="again", changes=[change]).then_refused("from_no_longer_holds")
    proposed(story, id="back", changes=[back]).then("correction_proposed")


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"item": "9.9", "field": "due", "to": "2027-05-01"}, "unknown_item"),
        ({"drop": "9.9"}, "unknown_item"),
        ({"item": "1.1", "field": "colour", "to": "red"}, "unknown_field"),
        ({"item": "1.1", "field": "id", "from": "1.1", "to": "7"}, "unknown_field"),
        ({"item": "1", "field": "milestones", "to": []}, "unknown_field"),
        ({"item": "plan", "field": "timezone", "from": "America/Mexico_City", "to": "UTC"}, "unknown_field"),
        ({"item": "plan", "field": "live_from", "to": "never"}, "unknown_field"),
        ({"item": "1.1", "field": "due.day", "to": "2027-05-01"}, "unknown_field"),
        ({"item": "1.1", "field": "due", "from": "2027-03-31", "to": "2027-02-30"}, "bad_value"),
        ({"item": "1.1", "field": "deliverable", "from": "Basins at every bed", "to": None}, "bad_value"),
        ({"item": "1.1", "field": "lead", "to": "strangers"}, "breaks_the_plan"),
        ({"add": {"commitment": "rate", "milestone": {"id": "x", "deliverable": "x"}}}, "wrong_kind_of_item"),
        ({"add": {"indicator": {"id": "1.1", "name": "x"}}}, "breaks_the_plan"),
    ],
)
def test_a_change_that_does_not_fit_the_plan_is_refused_when_proposed(change: dict[str, Any], code: str) -> None:
    proposed(given(), changes=[change]).then_refused(code)


def test_the_changes_of_a_proposal_apply_one_after_the_other() -> None:
    first = {"item": "1.1", "field": "due", "from": "2027-03-31", "to": "2027-04-30"}
    second = {"item": "1.1", "field": "due", "from": "2027-04-30", "to": "2027-05-31"}
    assert len(changed(first, second).events("correction_took_effect")[0].applied) == 2
    proposed(given(), changes=[second, first]).then_refused("from_no_longer_holds")
    dropped = [{"drop": "1.1"}, first]
    proposed(given(), changes=dropped).then_refused("item_dropped")


def test_a_text_matches_if_one_of_its_languages_is_given() -> None:
    both = {"en": "Basins", "es": "Lavabos"}
    assert same_text("Basins", both)
    assert same_text(both, "Lavabos")
    assert not same_text("Basin", both)
    assert not same_text({"en": "Basins"}, both)

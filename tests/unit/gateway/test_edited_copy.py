"""Edited copies and forms: edits become the changes that the editor meant; faults have lines."""

import pytest
from hypothesis import given as for_all
from hypothesis import settings
from hypothesis import strategies as st

import language
from domain.corrections.edited_copy import without_dropped
from domain.kernel.faults import Malformed
from domain.plan import Plan
from domain.plan_file.definition import Definition
from domain.views.models.copies import CopyView
from domain.views.plan import plan_view
from gateway.plan_files.edited_copy import copy_of, read_edited_copy
from telling.edited_copy import correction_form, edited_copy
from tests.unit.domain.story import decided, given, plan_file, proposed
from tests.unit.domain.test_plan_file import WHOLE

STORY = given()
PLAN = STORY.plan


def text(plan: Plan = PLAN) -> str:
    return "\n".join(edited_copy(CopyView.read(copy_of(plan)))) + "\n"


def blank(plan: Plan = PLAN) -> str:
    return "\n".join(correction_form(CopyView.read(copy_of(plan)), plan_view(plan, STORY.now))) + "\n"


def faults(body: str, now: Plan = PLAN) -> list[tuple[int | None, str]]:
    with pytest.raises(Malformed) as caught:
        read_edited_copy(body.encode(), PLAN.id).changes(PLAN, now)
    return [(fault.line, fault.code) for fault in caught.value.faults]


@pytest.mark.parametrize("tongue", language.LANGUAGES)
def test_a_copy_is_the_plan_itself_whatever_its_comments_say(tongue: str) -> None:
    whole = given(**{key: said for key, said in WHOLE.items() if key != "live_from"}).plan
    with language.speaking(tongue):
        for told in (text(whole), blank(whole)):
            read = read_edited_copy(told.encode(), whole.id)
            assert (read.definition, read.made_from) == (whole.defined, whole.version)


TEXTS = st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=30).filter(str.strip)


@settings(deadline=None)
@for_all(TEXTS, TEXTS, st.sampled_from(["1.10", "no", "null", "~", "2027-02-30", "- x", "a: b", "#1", "0x10", "1_000"]))
def test_every_text_survives_the_way_out_and_back(title: str, deliverable: str, note: str) -> None:
    said = plan_file({"title": title, "commitments.0.milestones.0.deliverable": {"es": deliverable, "en": note}})
    plan = PLAN.with_(definition=Definition.model_validate(said))
    assert read_edited_copy(text(plan).encode(), plan.id).definition == plan.defined


def test_each_edit_becomes_a_proposed_change() -> None:
    body = (
        text().replace("due: '2027-03-31'", "due: 2027-05-31").replace("title: Hands are looked at", "title: Looked at")
    )
    changes = read_edited_copy(body.encode(), PLAN.id).changes(PLAN, PLAN)
    assert sorted((one.item, one.field, one.was, one.shall_be) for one in changes) == [
        ("1.1", "due", "2027-03-31", "2027-05-31"),
        ("2", "title", "Hands are looked at", "Looked at"),
    ]


def test_a_form_carries_the_reasons_and_its_empty_lines_are_ignored() -> None:
    body = blank().replace("due: '2027-03-31'", "due: 2027-05-31")
    assert read_edited_copy(body.encode(), PLAN.id).reasons.model_dump(exclude_defaults=True) == {"takes_effect": "now"}
    filled = []
    for line in body.splitlines():
        key = line.partition(":")[0].strip()
        said = {
            "proposed_by": "nurses",
            "trigger": "roadblock",
            "rationale": '"Late: no pipes"',
            "rests_on": "seen, L1",
        }
        filled.append(f"  {key}: {said[key]}" if key in said and "←" in line else line)
    reasons = read_edited_copy("\n".join(filled).encode(), PLAN.id).reasons
    assert (reasons.proposed_by, reasons.trigger, reasons.rationale) == ("nurses", "roadblock", "Late: no pipes")
    assert reasons.rests_on == ("seen", "L1")


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("due: '2027-03-31'", "due: 30/06/2027", "not_a_deadline"),
        ("due: '2027-03-31'", "deu: 2027-06-30", "unknown_key"),
        ("id: '1.1'", "id: '1.9'", "id_renamed"),
        ("timezone: America/Mexico_City", "timezone: America/Bogota", "not_by_correction"),
        ("lead: doctors", "lead: doktors", "unknown_body_named"),
        ("plan: ward", "plan: other", "other_plan"),
        ("made_from: ", "made_form: ", "unknown_key"),
        ("name: Nursing office", "name: Nurses", "partners_by_their_own"),
        ("title: Hands are washed", "title:", "empty_value"),
    ],
)
def test_a_fault_is_named_with_its_line(old: str, new: str, code: str) -> None:
    body = text()
    assert old in body
    line = body[: body.index(old)].count("\n") + 1
    # An item of a list begins on the line of its first key.
    found = faults(body.replace(old, new, 1))
    assert {(line, code), (line - 1, code)} & {(where, one) for where, one in found}


def test_a_copy_of_an_older_version_reports_what_changed_since_and_accepts_the_rest() -> None:
    story = proposed(given())
    decided(story.when("endorse_correction", by="auditors", correction="cc"))
    rest = text().replace("due: 2027-06", "due: 2027-07").replace("due: '2027-06'", "due: 2027-07")
    assert len(read_edited_copy(rest.encode(), PLAN.id).changes(PLAN, story.plan)) == 1
    body = text().replace("due: '2027-03-31'", "due: 2027-08-31")
    assert [code for _line, code in faults(body, story.plan)] == ["changed_since"]


def test_a_copy_without_the_entry_it_was_made_from_is_refused() -> None:
    body = "\n".join(line for line in text().splitlines() if not line.startswith("made_from"))
    assert [code for _line, code in faults(body)] == ["missing"]


def test_a_copy_omits_dropped_milestones() -> None:
    story = proposed(given(), changes=[{"drop": "2"}])
    decided(story.when("endorse_correction", by="auditors", correction="cc"))
    left = without_dropped(story.plan.defined, story.plan.dropped)
    assert read_edited_copy(text(story.plan).encode(), PLAN.id).definition == left
    assert "Hands are looked at" not in text(story.plan)

"""Edited copies: applied to the original, the changes read from a copy give the copy."""

from copy import deepcopy
from typing import Any

import pytest
from hypothesis import given as for_all
from hypothesis import settings
from hypothesis import strategies as st

from domain.corrections.changes import apply_all
from domain.corrections.edited_copy import changed_since, changes_between, without_dropped
from domain.corrections.messages import Change
from domain.kernel.faults import Malformed
from domain.plan_file.check import check
from domain.plan_file.definition import Definition
from tests.unit.domain.story import decided, given, plan_file, proposed

WARD = plan_file()


def read(file: dict[str, Any]) -> Definition:
    return Definition.model_validate(file)


def changes(edits: dict[str, Any], file: dict[str, Any] = WARD) -> list[Change]:
    return changes_between(read(file), read(_edited(file, edits)))


def _edited(file: dict[str, Any], edits: dict[str, Any]) -> dict[str, Any]:
    """The file with edits by dotted path; ``None`` removes a key, a path that ends in ``+`` adds to a list."""
    file = deepcopy(file)
    for path, value in edits.items():
        *steps, last = path.split(".")
        place: Any = file
        for step in steps:
            place = place[int(step)] if isinstance(place, list) else place.setdefault(step, {})
        if last == "+":
            place.append(value)
        elif value is None:
            del place[int(last) if isinstance(place, list) else last]
        else:
            place[int(last) if isinstance(place, list) else last] = value
    return file


def sorted_(definition: Definition) -> Any:
    """A definition with its parts in the order of their ids."""
    written = definition.model_dump(mode="json", by_alias=True)
    for commitment in written["commitments"]:
        commitment["milestones"].sort(key=lambda one: one["id"])
    for name in ("commitments", "indicators", "assumptions", "awaited"):
        written[name].sort(key=lambda one: one["id"])
    return written


FIRST = "commitments.0.milestones.0"


def test_an_edited_field_is_set_from_its_old_to_its_new_value() -> None:
    [change] = changes({f"{FIRST}.due": "2027-05-31"})
    assert (change.item, change.field, change.was, change.shall_be) == ("1.1", "due", "2027-03-31", "2027-05-31")


def test_a_removed_or_added_field_is_set_to_or_from_nothing() -> None:
    found = changes({f"{FIRST}.proof": None, f"{FIRST}.note": "By hand"})
    assert sorted((one.field, one.was, one.shall_be) for one in found) == [
        ("note", None, "By hand"),
        ("proof", "A photograph", None),
    ]


def test_two_rules_of_the_policy_are_two_changes() -> None:
    found = changes({"policy.decisions.quorum": "1", "policy.decisions.adopts": "consensus"})
    assert {one.field for one in found} == {"decisions.quorum", "decisions.adopts"}


def test_new_parts_are_added_and_missing_parts_are_dropped_with_their_milestones() -> None:
    promise = {"id": "3", "title": "Soap", "milestones": [{"id": "3.1", "deliverable": "Bars"}]}
    found = changes({"commitments.+": promise, "commitments.1": None, "problem.causes.+": {"id": "c2", "text": "Dust"}})
    assert [one.add.part.id for one in found if one.add] == ["c2", "3"]
    assert [one.drop for one in found if one.drop] == ["2"]


def test_the_order_of_parts_does_not_matter() -> None:
    with pytest.raises(Malformed) as caught:
        changes({"commitments": [deepcopy(one) for one in reversed(WARD["commitments"])]})
    assert [fault.code for fault in caught.value.faults] == ["copy_changes_nothing"]


@pytest.mark.parametrize(
    ("edits", "code", "path"),
    [
        ({}, "copy_changes_nothing", ()),
        ({f"{FIRST}.id": "1.9"}, "id_renamed", ("commitments", 0, "milestones", 0, "id")),
        ({"commitments.0.id": "9", "indicators.0.of": "9"}, "id_renamed", ("commitments", 0, "id")),
        ({f"{FIRST}.id": "1.9", f"{FIRST}.due": "2028-01"}, "id_renamed", ("commitments", 0, "milestones", 0, "id")),
        ({"commitments.0.id": "9", "commitments.0.title": "Soap"}, "moved", ("commitments", 0, "milestones", 0)),
        ({"assumptions.0.id": "soaps"}, "id_renamed", ("assumptions", 0, "id")),
        ({"timezone": "UTC"}, "not_by_correction", ("timezone",)),
        ({"plan": "other"}, "not_by_correction", ("plan",)),
        ({"awaited.0.what": "A law"}, "not_by_correction", ("awaited", 0)),
        ({"awaited": []}, "not_dropped", ()),
        ({"partners.+": {"id": "new", "name": "New"}}, "partners_by_their_own", ("partners", 4)),
        ({"partners.3": None}, "partners_by_their_own", ("partners",)),
        (
            {"commitments.1.milestones.+": WARD["commitments"][0]["milestones"][0], FIRST: None},
            "moved",
            ("commitments", 1, "milestones", 1),
        ),
    ],
)
def test_an_edit_that_no_course_correction_can_make_is_a_fault_at_its_place(edits: Any, code: str, path: Any) -> None:
    with pytest.raises(Malformed) as caught:
        changes(edits)
    assert (code, path) in {(fault.code, fault.path) for fault in caught.value.faults}
    assert all(fault.sentence() for fault in caught.value.faults)


def test_a_copy_of_an_older_version_is_accepted_while_its_fields_are_unchanged() -> None:
    story = proposed(given())
    before = story.plan
    decided(story.when("endorse_correction", by="auditors", correction="cc")).then(
        "correction_decided", "correction_took_effect"
    )
    now = story.plan
    copy = read(_edited(WARD, {"commitments.1.milestones.0.due": "2027-07"}))
    asked = changes_between(before.defined, copy)
    assert changed_since(now.defined, now.dropped, copy, asked) == []
    copy = read(_edited(WARD, {f"{FIRST}.due": "2027-08-31"}))
    [fault] = changed_since(now.defined, now.dropped, copy, changes_between(before.defined, copy))
    assert (fault.code, fault.path) == ("changed_since", ("commitments", 0, "milestones", 0, "due"))
    assert "due is now 2027-05-31" in fault.sentence()


def test_an_item_dropped_since_is_named_and_is_in_no_new_copy() -> None:
    story = proposed(given(), changes=[{"drop": "1"}, {"drop": "soap"}])
    before = story.plan.defined
    decided(story.when("endorse_correction", by="auditors", correction="cc"))
    now = story.plan
    added = {"commitments.0.milestones.+": {"id": "1.3", "deliverable": "Towels"}, f"{FIRST}.due": "2027-08-31"}
    copy = read(_edited(WARD, added))
    found = changed_since(now.defined, now.dropped, copy, changes_between(before, copy))
    assert {(fault.code, fault.params["item"]) for fault in found} == {("dropped_since", "1")}
    left = without_dropped(now.defined, now.dropped)
    assert ([one.id for one in left.commitments], left.assumptions) == (["2"], ())


# --- any edit -------------------------------------------------------------------------------------------------------

TEXTS = st.text(st.characters(codec="utf-8"), min_size=1, max_size=12).filter(str.strip)
IDS = st.sampled_from(["n1", "n2", "n3"])
SET = {
    f"{FIRST}.due": st.sampled_from(["2027-05-31", "2027-06", {"after": "2.1", "days": "3"}]),
    f"{FIRST}.stated": TEXTS,
    f"{FIRST}.counts": st.just({"of": "beds"}),
    f"{FIRST}.with": st.just(["doctors"]),
    "commitments.1.title": st.fixed_dictionaries({"es": TEXTS, "en": TEXTS}),
    "commitments.1.lead": st.sampled_from(["nurses", "auditors"]),
    "indicators.0.target": st.sampled_from([{"value": "3"}, {"absent": "not_stated"}]),
    "assumptions.0.weak_below": st.just("1.50"),
    "title": TEXTS,
    "words": st.fixed_dictionaries({"cycle": TEXTS}),
    "questions": st.dictionaries(IDS, TEXTS, min_size=1),
    "problem.statement": TEXTS,
    "problem.causes": st.lists(TEXTS, max_size=2).map(
        lambda texts: (
            [{"id": "c1", "text": "Nobody sees"}] + [{"id": f"c{n}", "text": t} for n, t in enumerate(texts, 2)]
        )
    ),
    "policy.decisions.quorum": st.sampled_from(["1", "3"]),
    "policy.decisions.adopts": st.sampled_from(["consensus", "2"]),
    "policy.closed_days": st.just(["2027-05-01"]),
    "policy.visibility.reports": st.just("partners"),
    "policy.cycle": st.just({"every": "3 months", "reflection": "2 working_days", "adaptation": "1 working_day"}),
}
ADD = {
    "commitments.0.milestones.+": st.fixed_dictionaries({"id": st.just("m9"), "deliverable": TEXTS}),
    "commitments.+": st.fixed_dictionaries({"id": st.just("k9"), "title": TEXTS}),
    "indicators.+": st.fixed_dictionaries({"id": st.just("i9"), "name": TEXTS}),
    "awaited.+": st.fixed_dictionaries({"id": st.just("w9"), "what": TEXTS, "told_by": st.just("nurses")}),
}
TAKE = ("commitments.0.milestones.1", "commitments.1", "assumptions.0", f"{FIRST}.proof")


@st.composite
def edits(draw: st.DrawFn) -> dict[str, Any]:
    keys = draw(st.lists(st.sampled_from([*SET, *ADD]), unique=True, max_size=8))
    made: dict[str, Any] = {key: draw((SET | ADD)[key]) for key in keys}
    if draw(st.booleans()):
        gone = draw(st.sampled_from(TAKE))
        made = {key: value for key, value in made.items() if not key.startswith((gone, "assumptions", "commitments.1"))}
        made[gone] = None
    return made


@settings(deadline=None)
@for_all(edits())
def test_the_changes_of_any_edit_give_the_edited_plan(made: dict[str, Any]) -> None:
    before, copy = read(WARD), read(_edited(WARD, made))
    if sorted_(before) == sorted_(copy):
        with pytest.raises(Malformed, match="nothing to propose"):
            changes_between(before, copy)
        return
    asked = changes_between(before, copy)
    if check(copy).faults:
        return  # a plan with a fault is refused when it is proposed
    after, applied, stale = apply_all(before, (), asked)
    assert (applied, stale) == (asked, [])
    gone = {change.drop for change in asked if change.drop}
    assert sorted_(without_dropped(after, gone)) == sorted_(copy)
    assert changed_since(before, (), copy, asked) == []

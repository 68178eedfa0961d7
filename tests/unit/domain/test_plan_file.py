"""The plan file: valid content, faults at their places, and warnings."""

from typing import Any

import pytest

from domain import PLAN
from domain.kernel.faults import FAULTS, Fault, Malformed
from domain.loop.messages import StartPlan
from domain.plan_file.check import check
from domain.plan_file.definition import Definition
from tests.unit.domain.story import QUARTERLY, given, plan_file

WHOLE = plan_file(
    illustrative="yes",
    live_from="2027-01-04",
    source={"document": "Gazette 1", "date": "2026-12", "url": "https://example.org/1", "sha256": "0" * 64},
    approved={"date": "2026-12-20", "minutes": "Minutes 1", "by": ["nurses"]},
    words={"commitment": "promise", "milestone": "step", "cycle": {"es": "ronda", "en": "round"}},
    scale={"open": "under_way", "finished": {"means": "done", "label": {"es": "listo"}}},
    questions={"what": "What happened?"},
    triggers={"flood": "The river rose"},
    problem={
        "statement": {"es": "Se infectan", "en": "They catch infections"},
        "who_suffers": "Patients",
        "causes": [{"id": "c1", "text": "Nobody sees it"}],
        "solved_when": "Four in a thousand",
    },
    assumptions=[{"id": "soap", "text": "Soap comes", "watch": "rate", "weak_below": "1", "weak_above": "9.50"}],
    policy={
        "cycle": QUARTERLY | {"early": "yes"},
        "reports": {"every": "month", "within": "10 working days"},
        "closed_days": ["2027-03-22/2027-04-02", "2027-05-01"],
        "decisions": {
            "bodies": ["nurses", "doctors"],
            "quorum": "2",
            "adopts": "consensus",
            "unanswered_after_cycles": "3",
        },
        "done_needs": "evidence",
        "visibility": {"reports": "partners", "corrections": "partners", "reflections": "public", "evidence": "public"},
        "amendment_window": {"from": "2027-02-01", "until": "2027-03-01"},
    },
    commitments=[
        {
            "id": "1",
            "title": "Wash",
            "lead": "nurses",
            "with": ["doctors"],
            "addresses": ["c1"],
            "because": "It stops them",
            "note": "Required",
            "milestones": [
                {
                    "id": "1.1",
                    "deliverable": "Basins",
                    "due": {"every": "month", "day": "10", "from": "2027-01-10", "until": "2027-12-10"},
                    "stated": "every tenth",
                    "proof": "Photo",
                    "measure": {"absent": "not_stated"},
                    "counts": {"of": "beds"},
                    "lead": "doctors",
                    "with": ["auditors"],
                    "note": "Encouraged",
                }
            ],
        }
    ],
)


def faults_of(definition: Any) -> list[Fault]:
    """The faults of a plan file, by path."""
    try:
        command = PLAN.parse({"command": "start_plan", "id": "s", "definition": definition})
    except Malformed as malformed:
        return malformed.faults
    assert isinstance(command, StartPlan)
    return list(check(command.definition).faults)


def test_every_key_of_a_plan_file_is_read_and_written_back_unchanged() -> None:
    written = Definition.model_validate(WHOLE).model_dump(mode="json", by_alias=True, exclude_none=True)
    again = Definition.model_validate(written)
    assert again == Definition.model_validate(WHOLE)
    assert written["commitments"][0]["milestones"][0]["due"] == {
        "every": "1 months",
        "day": 10,
        "from": "2027-01-10",
        "until": "2027-12-10",
    }
    assert written["policy"]["closed_days"] == ["2027-03-22/2027-04-02", "2027-05-01"]
    assert written["assumptions"][0]["weak_above"] == "9.50"
    assert not faults_of(WHOLE)


def test_only_name_title_problem_one_body_and_one_commitment_are_required() -> None:
    least = {
        "plan": "p",
        "title": "t",
        "problem": {"statement": "s"},
        "partners": [{"id": "a", "name": "A"}],
        "commitments": [{"id": "1", "title": "x"}],
    }
    assert faults_of(least) == []
    for key in least:
        left = {name: value for name, value in least.items() if name != key}
        assert [(fault.code, fault.path[-1]) for fault in faults_of(left)] == [("missing", key)]


def test_ids_like_numbers_and_words_like_booleans_stay_text() -> None:
    definition = Definition.model_validate(plan_file({"commitments.0.milestones.0.id": "1.10", "title": "no"}))
    assert definition.commitments[0].milestones[0].id == "1.10"
    assert definition.title == "no"


MILESTONE = ("commitments", 0, "milestones", 0)
DUE = "commitments.0.milestones.0.due"

WRONG: list[tuple[str, dict[str, Any], tuple[str | int, ...]]] = [
    ("reports_overlap", {"policy.reports": {"every": "week", "within": "2 weeks"}}, ("policy", "reports")),
    ("unknown_key", {"commitments.0.leed": "nurses"}, ("commitments", 0, "leed")),
    ("missing", {"commitments.0.milestones.0.deliverable": None}, (*MILESTONE, "deliverable")),
    ("text_expected", {"title": ["a"]}, ("title",)),
    ("text_expected", {"problem.causes.0.text": ""}, ("problem", "causes", 0, "text")),
    ("comma_in_text", {"title": {"es": "manos", "sucias": ""}}, ("title",)),
    ("not_a_language", {"title": {"Spanish!": "manos"}}, ("title",)),
    ("too_long", {"commitments.0.title": "x" * 20_001}, ("commitments", 0, "title")),
    ("bad_id", {"commitments.0.id": "año"}, ("commitments", 0, "id")),
    ("bad_id", {"plan": "No Capitals"}, ("plan",)),
    ("not_a_number", {"indicators.0.target.value": "4,5"}, ("indicators", 0, "target")),
    ("not_a_date", {"approved": {"date": "20 Dec"}}, ("approved", "date")),
    ("impossible_date", {DUE: "2027-02-30"}, (*MILESTONE, "due")),
    ("impossible_date", {DUE: "2027-13"}, (*MILESTONE, "due")),
    ("not_a_span", {"policy.cycle": QUARTERLY | {"every": "a while"}}, ("policy", "cycle")),
    ("not_a_deadline", {DUE: "before the rains"}, (*MILESTONE, "due")),
    ("days_or_working_days", {DUE: {"after": "guide"}}, (*MILESTONE, "due")),
    ("days_or_working_days", {DUE: {"after": "guide", "days": "3", "working_days": "3"}}, (*MILESTONE, "due")),
    ("ends_before_it_begins", {"policy.closed_days": ["2027-02-02/2027-02-01"]}, ("policy", "closed_days", 0)),
    ("yes_or_no", {"partners.0.decides": "perhaps"}, ("partners", 0, "decides")),
    ("unknown_time_zone", {"timezone": "America/Xalapa"}, ("timezone",)),
    ("not_one_of", {"policy.done_needs": "luck"}, ("policy", "done_needs")),
    ("not_one_of", {DUE: {"absent": "lost"}}, (*MILESTONE, "due")),
    ("too_few", {"partners": []}, ("partners",)),
    ("out_of_range", {"policy.decisions.quorum": "0"}, ("policy", "decisions", "quorum")),
    ("out_of_range", {DUE: "9999-12-31"}, (*MILESTONE, "due")),
    ("out_of_range", {DUE: {"after": "guide", "days": "99999999999"}}, (*MILESTONE, "due")),
    ("out_of_range", {"policy.cycle": QUARTERLY | {"every": "9999 years"}}, ("policy", "cycle")),
    ("list_expected", {"partners": "nurses"}, ("partners",)),
    ("mapping_expected", {"problem": "It is bad"}, ("problem",)),
    ("duplicate_id", {"commitments.1.id": "1"}, ("commitments", 1, "id")),
    ("duplicate_id", {"indicators.0.id": "1.1"}, ("indicators", 0, "id")),
    ("recurs_by_days", {DUE: {"every": "PT30S"}}, (*MILESTONE, "due")),
    ("duplicate_id", {"commitments.1.id": "policy"}, ("commitments", 1, "id")),
    ("duplicate_id", {"stakeholders.0.id": "nurses"}, ("stakeholders", 0, "id")),
    ("unknown_body_named", {"commitments.0.lead": "nurse"}, ("commitments", 0, "lead")),
    ("unknown_body_named", {"awaited.0.told_by": ["nobody"]}, ("awaited", 0, "told_by")),
    ("unknown_body_named", {"commitments.0.milestones.0.with": ["who"]}, (*MILESTONE, "with", 0)),
    ("unknown_body_named", {"approved": {"date": "2027-01-01", "by": ["who"]}}, ("approved", "by", 0)),
    (
        "unknown_body_named",
        {"policy.decisions.bodies": ["nurses", "x", "doctors"]},
        ("policy", "decisions", "bodies", 1),
    ),
    ("unknown_cause", {"commitments.0.addresses": ["c9"]}, ("commitments", 0, "addresses", 0)),
    ("unknown_awaited_named", {DUE: {"after": "guid", "days": "1"}}, (*MILESTONE, "due", "after")),
    ("unknown_indicator", {"assumptions.0.watch": "rat"}, ("assumptions", 0, "watch")),
    ("unknown_commitment", {"indicators.0.of": "9"}, ("indicators", 0, "of")),
    ("waits_for_itself", {DUE: {"after": "1.1", "days": "1"}}, (*MILESTONE, "due")),
    ("quorum_cannot_be_met", {"policy.decisions.quorum": "4"}, ("policy", "decisions", "quorum")),
    ("adoption_cannot_be_met", {"policy.decisions.adopts": "4"}, ("policy", "decisions", "adopts")),
    ("group_cannot_decide", {"policy.decisions.bodies": ["nurses", "doctors", "patients"]}, ("policy", "decisions")),
    ("windows_do_not_fit", {"policy.cycle": QUARTERLY | {"every": "2 weeks"}}, ("policy", "cycle")),
]


@pytest.mark.parametrize(("code", "edits", "path"), WRONG, ids=[f"{code}-{i}" for i, (code, *_) in enumerate(WRONG)])
def test_a_fault_is_named_at_its_place(code: str, edits: dict[str, Any], path: tuple[str | int, ...]) -> None:
    found = [fault for fault in faults_of(plan_file(edits)) if fault.code == code]
    assert found, [fault.code for fault in faults_of(plan_file(edits))]
    at = tuple(step for step in found[0].path if step != "definition")
    assert at[: len(path)] == path
    assert found[0].sentence()


MALFORMED_COMMANDS: list[tuple[str, dict[str, Any]]] = [
    ("not_a_moment", {"command": "close_plan", "reason": "x", "effective": "2027-03-01T12:00:00"}),
    ("not_a_moment", {"command": "close_plan", "reason": "x", "effective": "yesterday"}),
    ("one_of", {"command": "report_progress", "status": "done"}),
    ("reason_needed", {"command": "report_progress", "milestone": "1.1", "nothing_to_report": True}),
    (
        "milestone_of",
        {
            "command": "propose_correction",
            "trigger": "roadblock",
            "rationale": "x",
            "changes": [{"add": {"milestone": {"id": "1.9", "deliverable": "x"}}}],
        },
    ),
    (
        "changes_nothing",
        {
            "command": "propose_correction",
            "trigger": "roadblock",
            "rationale": "x",
            "changes": [{"item": "1.1", "field": "due", "from": "2027-03-31", "to": "2027-03-31"}],
        },
    ),
    (
        "too_many",
        {
            "command": "propose_correction",
            "trigger": "roadblock",
            "rationale": "x",
            "changes": [{"drop": f"x{n}"} for n in range(501)],
        },
    ),
    ("not_readable", {"command": "report_progress", "milestone": "1.1", "status": "done", "count": 1.5e300}),
    ("value_needed", {"command": "record_erratum", "entry": 3, "field": "count", "says": None, "should_say": 8}),
    ("changes_nothing", {"command": "record_erratum", "entry": 3, "field": "count", "says": 7, "should_say": 7}),
]


@pytest.mark.parametrize(("code", "fields"), MALFORMED_COMMANDS)
def test_a_command_that_cannot_be_read_says_why(code: str, fields: dict[str, Any]) -> None:
    with pytest.raises(Malformed) as caught:
        PLAN.parse({"id": "x"} | fields)
    assert code in {fault.code for fault in caught.value.faults}


def test_every_fault_with_a_sentence_can_happen() -> None:
    warnings = {"commitment_without_cause", "cause_unaddressed", "no_causes", "commitment_without_milestones"}
    warnings |= {"nobody_leads", "no_proof", "one_body_decides", "no_due"}
    warnings |= {"looks_like_email", "looks_like_phone", "looks_like_curp"}  # see test_personal
    warnings |= {"copy_changes_nothing", "not_by_correction", "partners_by_their_own", "not_dropped", "id_renamed"}
    warnings |= {"moved", "changed_since", "dropped_since"}  # see test_edited
    shown = {code for code, *_ in WRONG} | {code for code, *_ in MALFORMED_COMMANDS} | warnings
    assert shown == set(FAULTS)


def test_all_faults_are_named_at_once_and_a_faulty_item_is_not_called_missing() -> None:
    faults = faults_of(plan_file({DUE: "2027-02-30", "commitments.1.titel": "x", "timezone": "Mars"}))
    assert sorted(fault.code for fault in faults) == ["impossible_date", "unknown_key", "unknown_time_zone"]


def test_an_unknown_body_comes_with_the_one_that_was_probably_meant() -> None:
    (fault,) = faults_of(plan_file({"commitments.0.lead": "nurse"}))
    assert "nurses?" in fault.sentence()


def test_milestones_that_wait_for_each_other_are_a_fault() -> None:
    edits = {DUE: {"after": "2.1", "days": "1"}, "commitments.1.milestones.0.due": {"after": "1.1", "days": "1"}}
    assert [fault.code for fault in faults_of(plan_file(edits))] == ["waits_for_itself", "waits_for_itself"]


@pytest.mark.parametrize(
    ("code", "edits"),
    [
        ("commitment_without_cause", {"commitments.0.addresses": []}),
        ("cause_unaddressed", {"problem.causes.1": {"id": "c2", "text": "Cold water"}}),
        ("no_causes", {"problem.causes": [], "commitments.0.addresses": [], "commitments.1.addresses": []}),
        ("commitment_without_milestones", {"commitments.1.milestones": []}),
        ("nobody_leads", {"commitments.0.lead": None}),
        ("no_proof", {"commitments.0.milestones.0.proof": None}),
        ("one_body_decides", {"policy.decisions": {"bodies": ["nurses"]}}),
        ("no_due", {DUE: {"absent": "not_stated"}}),
    ],
)
def test_missing_information_is_a_warning_and_the_plan_starts(code: str, edits: dict[str, Any]) -> None:
    found = check(Definition.model_validate(plan_file(edits)))
    assert not found.faults
    assert code in {warning.code for warning in found.warnings}
    assert all(warning.sentence() for warning in found.warnings)
    given(edits)


def test_a_deadline_stated_in_words_gives_no_warning() -> None:
    definition = Definition.model_validate(plan_file({DUE: None, "commitments.0.milestones.0.stated": "in spring"}))
    assert not check(definition).warnings


def test_the_deciding_bodies_are_named_or_marked_or_all_that_are_no_group() -> None:
    def bodies(edits: dict[str, Any]) -> tuple[str, ...]:
        return Definition.model_validate(plan_file(edits)).deciding_bodies()

    assert bodies({"policy.decisions.bodies": ["doctors", "nurses"]}) == ("doctors", "nurses")
    assert bodies({"partners.0.decides": "no"}) == ("doctors", "auditors")
    assert bodies({f"partners.{n}.decides": "no" for n in range(3)}) == ("nurses", "doctors", "auditors")


def test_a_quorum_that_is_not_stated_is_more_than_half() -> None:
    assert Definition.model_validate(plan_file({"policy.decisions": {}})).quorum() == 2


def test_a_plan_file_with_a_fault_starts_nothing() -> None:
    with pytest.raises(Malformed):
        given({"policy.decisions.quorum": "9"})


def test_a_plan_is_started_once() -> None:
    given().when("start_plan", role="operator", definition=plan_file()).then_refused("already_started")

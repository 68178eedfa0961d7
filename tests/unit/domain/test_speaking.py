"""Who may speak for a body; reports, evidence, occurrences, reflections, lessons, power."""

from typing import Any

import pytest

from domain import PLAN
from domain.kernel.faults import Malformed
from ledger.sealed import seal_paths
from tests.unit.domain.story import PROPOSAL, convened, given, proposed

REPORT: dict[str, Any] = {"milestone": "1.1", "status": "under_way"}


def test_a_command_needs_a_body_that_is_a_partner() -> None:
    given().when("report_progress", **REPORT).then_refused("body_needed")
    given().when("report_progress", by="strangers", **REPORT).then_refused("unknown_body", body="strangers")


def test_the_operator_steers_without_a_body() -> None:
    convened(given(), "reflection").then("phase_closed", "phase_opened")


def test_an_operator_who_speaks_for_a_body_names_the_source() -> None:
    story = given().when("report_progress", role="operator", by="nurses", **REPORT)
    story.then_refused("source_needed", body="nurses")
    story.when("report_progress", role="operator", by="nurses", source={"document": "Letter 3"}, **REPORT)
    story.then("progress_reported")


def test_a_group_may_report_but_takes_no_position() -> None:
    story = proposed(given())
    story.when("report_progress", by="patients", **REPORT).then("progress_reported")
    story.when("submit_reflection", by="patients", answers={"did": "x"}).then_refused("members_needed")
    story.when("endorse_correction", by="patients", correction="cc").then_refused(
        "group_cannot_answer", body="patients"
    )


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"milestone": "9.9", "status": "done"}, "unknown_item"),
        ({"milestone": "1", "status": "done"}, "wrong_kind_of_item"),
        ({"commitment": "rate", "status": "done"}, "wrong_kind_of_item"),
        ({"indicator": "1.1", "status": "done"}, "wrong_kind_of_item"),
        ({"milestone": "1.1", "status": "splendid"}, "unknown_status"),
    ],
)
def test_a_report_is_about_an_item_of_the_plan_in_the_plans_own_scale(fields: dict[str, Any], code: str) -> None:
    given().when("report_progress", by="nurses", **fields).then_refused(code)


def test_the_plans_own_status_words_have_the_declared_meanings() -> None:
    story = given(scale={"abierto": "under_way", "cumplido": "done"})
    story.when("report_progress", by="nurses", milestone="1.1", status="cumplido").then("progress_reported")
    assert (story.plan.standings["1.1"].status, story.plan.meaning_of("1.1")) == ("cumplido", "done")
    assert "1.1" not in story.plan.unfinished().get("nurses", [])


def test_a_report_without_a_stated_status_leaves_the_status_as_it_was() -> None:
    story = given().when("report_progress", by="nurses", **REPORT)
    story.when("report_progress", by="nurses", milestone="1.1", status={"absent": "not_stated"}, listed=True)
    story.when("report_progress", by="nurses", milestone="1.1", nothing_to_report=True, challenge="No soap")
    assert story.plan.standings["1.1"].status == "under_way"


def test_completion_may_go_down() -> None:
    story = given()
    for word in ("done", "under_way"):
        story.when("report_progress", by="nurses", milestone="1.1", status=word).then("progress_reported")
    assert story.plan.meaning_of("1.1") == "under_way"


def test_nothing_is_done_without_evidence_if_the_policy_requires_it() -> None:
    done = {"milestone": "1.1", "status": "done"}
    photo = {"document": "Photo", "sha256": "a" * 64}
    strict = {"policy.done_needs": "evidence"}
    given().when("report_progress", by="nurses", **done).then("progress_reported")
    given(strict).when("report_progress", by="nurses", **done).then_refused("evidence_needed", item="1.1")
    given(strict).when("report_progress", by="nurses", **done, evidence=[photo]).then("progress_reported")
    story = given(strict).when("attach_evidence", by="doctors", item="2.1", evidence=photo)
    story.when("report_progress", by="nurses", **done).then_refused("evidence_needed")
    story.when("attach_evidence", by="nurses", item="1.1", evidence=photo)
    story.when("report_progress", by="nurses", **done).then("progress_reported")
    story.when("report_progress", by="nurses", **REPORT).then("progress_reported")


def test_a_measurement_keeps_its_digits_and_only_an_indicator_is_measured() -> None:
    story = given().when("measure_indicator", by="auditors", indicator="rate", value="9.50").then("indicator_measured")
    assert PLAN.write(story.new_entries[0].event)["value"] == "9.50"
    story.when("measure_indicator", by="auditors", indicator="1.1", value="9").then_refused("wrong_kind_of_item")
    story.when("measure_indicator", by="auditors", indicator="rate", value={"absent": "not_collected"})
    story.then("indicator_measured")


def test_an_awaited_event_is_declared_once_by_a_body_that_may() -> None:
    story = given().when("record_occurrence", by="nurses", awaited="guide")
    story.then_refused("not_the_teller", body="nurses", tellers="auditors")
    story.when("record_occurrence", by="auditors", awaited="eclipse").then_refused("unknown_awaited", known="guide")
    story.when("record_occurrence", by="auditors", awaited="guide").then("occurrence_recorded")
    story.when("record_occurrence", by="auditors", awaited="guide").then_refused("already_declared")


def test_a_reflection_answers_the_plans_own_questions_once_a_cycle() -> None:
    story = convened(given(questions={"q1": "What now?"}), "reflection")
    story.when("submit_reflection", by="nurses", answers={"did": "x"}).then_refused("unknown_question", known="q1")
    story.when("submit_reflection", by="nurses", cycle=2, answers={"q1": "x"}).then_refused("no_such_cycle", now="1")
    story.when("submit_reflection", by="nurses", answers={"q1": "x"}).then("reflection_submitted", cycle=1, late=False)
    story.when("submit_reflection", by="nurses", answers={"q1": "y"}).then_refused("already_reflected")
    story.when("submit_reflection", by="doctors", answers={"q1": "y"}).then("reflection_submitted")


def test_an_answer_to_a_round_that_has_closed_is_late_and_not_refused() -> None:
    story = convened(given(), "reflection", at="2027-03-01", until="2027-03-05").wait_until("2027-03-08")
    story.when("submit_reflection", by="nurses", answers={"did": "x"}).then("reflection_submitted", late=True)
    convened(story, "adaptation")
    story.when("submit_reflection", by="doctors", answers={"did": "x"}).then("reflection_submitted", late=True)


def test_lessons_come_with_a_reflection_or_alone_and_each_has_its_own_id() -> None:
    story = given().when("report_progress", id="seen", by="nurses", **REPORT)
    lesson = {"id": "L1", "text": "Basins first", "rests_on": ["seen"], "for": ["this_plan", "successor"]}
    story.when("submit_reflection", by="nurses", answers={"did": "x"}, lessons=[lesson])
    story.then("reflection_submitted", "lesson_recorded", id="L1", meant_for=("this_plan", "successor"))
    story.when("record_lesson", by="doctors", lesson=lesson).then_refused("lesson_exists", lesson="L1")
    twice = [lesson | {"id": "L2"}] * 2
    story.when("submit_reflection", by="doctors", answers={"did": "x"}, lessons=twice).then_refused("lesson_exists")
    assert "doctors" not in story.plan.reflected_in(1)


def test_an_assumption_is_tested_by_its_own_id() -> None:
    story = given().when("test_assumption", by="nurses", assumption="water", outcome="failed")
    story.then_refused("unknown_assumption", assumption="water")


@pytest.mark.parametrize("visibility", [None, "public", "partners", "restricted"])
def test_a_power_observation_is_restricted_whatever_the_command_says(visibility: str | None) -> None:
    story = given().when(
        "observe_power", by="nurses", stakeholder="purchasing", authority="high", visibility=visibility
    )
    assert [entry.visibility for entry in story.new_entries] == ["restricted"]
    story.when("observe_power", by="nurses", stakeholder="stranger", text="x").then_refused("unknown_stakeholder")


WORDS: list[tuple[dict[str, Any], list[tuple[Any, ...]]]] = [
    (
        {"command": "observe_power", "stakeholder": "x", "ability": "low", "text": {"es": "Frena"}},
        [("ability",), ("text",)],
    ),
    (
        {
            "command": "report_progress",
            "milestone": "1.1",
            "status": "done",
            "count": 2,
            "what": "w",
            "text": "t",
            "challenge": "c",
            "next_step": "n",
            "differs": {"due": "earlier"},
            "evidence": [{"sha256": "a" * 64, "url": "u"}, {"document": "d", "text": "t"}],
        },
        [
            ("what",),
            ("text",),
            ("challenge",),
            ("next_step",),
            ("differs",),
            ("evidence", 1, "document"),
            ("evidence", 0, "url"),
            ("evidence", 1, "text"),
        ],
    ),
    (
        {
            "command": "submit_reflection",
            "answers": {"what.now": "x"},
            "lessons": [{"id": "L", "text": "t", "therefore": "u"}],
        },
        [("answers", "what.now"), ("lessons", 0, "text"), ("lessons", 0, "therefore")],
    ),
    (
        {
            "command": "propose_correction",
            "trigger": "roadblock",
            "rationale": {"absent": "not_published"},
            "changes": [{"drop": "1.1"}, {"drop": "1.2", "rationale": "r"}],
            "source": {"document": "Minutes", "date": "2027-01-01"},
        },
        [("changes", 1, "rationale"), ("source", "document")],
    ),
    (
        {
            "command": "decide_correction",
            "correction": "cc",
            "decision": "adopted",
            "response": "Yes",
            "authority": {"document": "Minutes 7", "number": "7/2027"},
            "session": {
                "date": "2027-01-04",
                "minutes": "Minutes 7",
                "positions": {"doctors": "endorse", "nurses": {"position": "oppose", "reason": "No money"}},
            },
        },
        [
            ("response",),
            ("authority", "document"),
            ("authority", "number"),
            ("session", "minutes"),
            ("session", "positions", "nurses", "reason"),
        ],
    ),
    ({"command": "pause_plan", "reason": "r", "source": "Minutes"}, []),
]


@pytest.mark.parametrize(("fields", "words"), WORDS, ids=lambda one: one["command"] if isinstance(one, dict) else "")
def test_the_words_of_a_command_are_its_free_texts(fields: dict[str, Any], words: list[tuple[Any, ...]]) -> None:
    assert list(PLAN.parse(fields | {"id": "x"}).words()) == words


@pytest.mark.parametrize(("fields", "words"), WORDS, ids=lambda one: one["command"] if isinstance(one, dict) else "")
def test_a_command_with_all_texts_sealed_can_be_read(fields: dict[str, Any], words: list[tuple[Any, ...]]) -> None:
    sealed, _ = seal_paths(PLAN.parse(fields | {"id": "x"}).model_dump(mode="json", by_alias=True), words, b"salt")
    assert list(PLAN.parse(sealed).words()) == []


def test_entries_about_a_restricted_course_correction_are_restricted() -> None:
    story = proposed(given(), visibility="restricted")
    for command, fields in (
        ("endorse_correction", {"by": "auditors"}),
        ("return_correction", {"by": "doctors", "reason": "Too late"}),
        ("redraft_correction", {"by": "nurses"} | PROPOSAL),
        ("withdraw_correction", {"by": "nurses", "reason": "We go on"}),
    ):
        story.when(command, correction="cc", **fields)
        assert [entry.visibility for entry in story.new_entries] == ["restricted"], command


def test_visibility_comes_from_the_command_or_else_from_the_policy() -> None:
    story = given({"policy.visibility.reports": "partners"})
    seen = [
        story.when(command, by="nurses", **fields).new_entries[0].visibility
        for command, fields in (
            ("report_progress", REPORT),
            ("report_progress", REPORT | {"visibility": "public"}),
            ("submit_reflection", {"answers": {"did": "x"}}),
            ("attach_evidence", {"item": "1.1", "evidence": {"url": "https://example.org"}}),
            (
                "propose_correction",
                {"trigger": "roadblock", "rests_on": ["c2"], "rationale": "x", "changes": [{"drop": "1.1"}]},
            ),
        )
    ]
    assert seen == ["partners", "public", "partners", "partners", "public"]


def test_a_refused_command_adds_only_the_entry_about_its_refusal() -> None:
    story = given()
    before = PLAN.dump(story.plan)
    story.when("report_progress", by="nurses", milestone="9.9", status="done", text="A secret").then_refused(
        "unknown_item"
    )
    after = PLAN.dump(story.plan)
    assert {key for key in before if before[key] != after[key]} == {"version", "refused"}
    assert "secret" not in str(PLAN.write(story.new_entries[0].event))
    assert story.new_entries[0].visibility == "restricted"


def test_a_command_with_an_unknown_name_is_malformed_and_not_refused() -> None:
    with pytest.raises(Malformed) as caught:
        PLAN.parse({"command": "abolish_plan", "id": "x"})
    assert [(fault.code, fault.path) for fault in caught.value.faults] == [("not_one_of", ())]


def test_signals_without_a_command_are_counted_and_bounded_within_a_cycle() -> None:
    story = given()
    outline = {"name": "insult", "size": 12, "sha256": "b" * 64}
    (draft,) = PLAN.arrivals(story.plan, [outline] * 30, story.now)
    assert (draft.event.count, len(draft.event.first), draft.visibility) == (30, 20, "restricted")  # type: ignore[attr-defined]
    assert PLAN.arrivals(story.plan.with_(arrivals_refused=50), [outline], story.now) == []
    assert PLAN.arrivals(story.plan, [], story.now) == []

"""Every refusal can happen, and has the parameters of its sentence."""

from collections.abc import Callable
from string import Formatter
from typing import Any

import pytest

from domain import PLAN
from domain.kernel.context import CommandEnvelope
from domain.kernel.faults import FAULTS
from domain.kernel.refused import REFUSALS, Refused
from tests.unit.domain.story import (
    PROPOSAL,
    Story,
    contested,
    convened,
    counted,
    decided,
    decided_in_session,
    entered,
    erred,
    given,
    met,
    plan_file,
    proposed,
)

REPORT: dict[str, Any] = {"by": "nurses", "milestone": "1.1", "status": "under_way"}
DECREE: dict[str, Any] = {"role": "operator", "source": "Decree 12"}
ERASING: dict[str, Any] = {"reason": "It named a person", "authority": {"document": "Ruling 12"}}
DUE = {"item": "1.1", "field": "due", "from": "2027-03-31", "to": "2027-05-31"}

OF_THE_ENGINE = {"engine_fault", "bad_signature", "unreadable", "reader_not_raised", "no_seal"}
"""What those who handle commands refuse before or after the domain is asked."""


def unstarted() -> Story:
    story = given()
    story.plan = PLAN.empty
    return story


def withdrawn() -> Story:
    return proposed(given()).when("withdraw_correction", by="nurses", correction="cc")


def endorsed(edits: dict[str, Any] | None = None) -> Story:
    return proposed(given(edits)).when("endorse_correction", by="auditors", correction="cc")


def closed() -> Story:
    return given().when("close_plan", role="operator", reason="Over")


def paused() -> Story:
    return given().when("pause_plan", role="operator", reason="Flood")


def declared(story: Story, by: str = "auditors", **fields: Any) -> Story:
    return story.when("record_occurrence", by=by, **{"awaited": "guide"} | fields)


def reflected(story: Story, by: str = "nurses", **fields: Any) -> Story:
    return story.when("submit_reflection", by=by, **{"answers": {"did": "x"}} | fields)


def learned(story: Story) -> Story:
    return story.when("record_lesson", by="nurses", lesson={"id": "L1", "text": "x"})


def dropped() -> Story:
    return decided(
        proposed(given(), changes=[{"drop": "1.1"}]).when("endorse_correction", by="auditors", correction="cc")
    )


def stale() -> Story:
    story = proposed(proposed(given()), id="two").when("endorse_correction", by="auditors", correction="cc")
    return decided(story).when("endorse_correction", by="auditors", correction="two")


def parted(story: Story, **fields: Any) -> Story:
    return story.when("leave_partner", **DECREE | {"body": "doctors", "reason": "Abolished"} | fields)


def elsewhere() -> Story:
    return unstarted().when("start_plan", role="operator", definition=plan_file(plan="another"))


def afterwards() -> Story:
    story = given(live_from="never", source="Gazette", effective="2020-01-14")
    return convened(story, "reflection", effective="2020-03-01")


SITUATIONS: dict[str, Callable[[], Story]] = {
    "unknown_plan": lambda: unstarted().when("report_progress", **REPORT),
    "already_started": lambda: given().when("start_plan", role="operator", definition=plan_file()),
    "plan_closed": lambda: convened(closed(), "reflection"),
    "plan_paused": lambda: convened(paused(), "reflection"),
    "not_paused": lambda: given().when("resume_plan", role="operator"),
    "unknown_body": lambda: given().when("report_progress", **REPORT | {"by": "strangers"}),
    "body_left": lambda: parted(given()).when("report_progress", **REPORT | {"by": "doctors"}),
    "body_succeeded": lambda: (
        given()
        .when("succeed_partner", **DECREE, body="doctors", successor="health", name="Health institute")
        .when("report_progress", **REPORT | {"by": "doctors"})
    ),
    "unknown_partner": lambda: parted(given(), body="strangers"),
    "body_exists": lambda: given().when("join_partner", **DECREE, body="nurses", name="Nurses"),
    "successor_is_partner": lambda: given().when(
        "succeed_partner", **DECREE, body="doctors", successor="nurses", name="Nurses"
    ),
    "last_to_decide": lambda: parted(given({"policy.decisions": {"bodies": ["doctors"], "quorum": "1"}})),
    "partner_source_needed": lambda: given().when("leave_partner", role="operator", body="doctors", reason="Abolished"),
    "body_needed": lambda: given().when("report_progress", **REPORT | {"by": None}),
    "group_cannot_answer": lambda: proposed(given()).when("endorse_correction", by="patients", correction="cc"),
    "members_needed": lambda: reflected(given(), by="patients"),
    "not_a_group": lambda: reflected(given(), members=3),
    "more_than_the_group": lambda: reflected(given(), by="patients", members=31),
    "assessment_source_needed": lambda: given().when("record_assessment", by="auditors", verdict="Good"),
    "own_assessment": lambda: given().when(
        "record_assessment", by="nurses", item="1.1", verdict="Splendid", source="Report 1"
    ),
    "not_an_audit_body": lambda: given().when("raise_finding", by="nurses", text="x"),
    "unknown_finding": lambda: given().when("follow_finding", by="nurses", finding="f9", status="answered"),
    "not_the_auditor": lambda: (
        given({"partners.2.audits": "yes"})
        .when("raise_finding", id="f1", by="auditors", text="No drain")
        .when("follow_finding", by="nurses", finding="f1", status="settled")
    ),
    "auditor_left": lambda: parted(
        given({"partners.2.audits": "yes"}).when("raise_finding", id="f1", by="auditors", text="No drain"),
        body="auditors",
    ).when("follow_finding", by="nurses", finding="f1", status="settled"),
    "finding_settled": lambda: (
        given({"partners.2.audits": "yes"})
        .when("raise_finding", id="f1", by="auditors", text="No drain")
        .when("follow_finding", by="auditors", finding="f1", status="settled")
        .when("follow_finding", by="nurses", finding="f1", status="answered")
    ),
    "other_plan": elsewhere,
    "source_needed": lambda: given().when("report_progress", role="operator", **REPORT),
    "session_by_operator": lambda: met(given(), role="partner"),
    "session_of_strangers": lambda: met(given(), present=["nurses", "strangers"]),
    "present_and_absent": lambda: met(given(), absent=["doctors"]),
    "position_of_absent": lambda: decided_in_session(proposed(given()), present=["doctors"]),
    "session_in_the_future": lambda: met(given(), date="2027-01-05"),
    "in_the_future": lambda: declared(given(), effective="2028-01-01"),
    "takes_effect_when_recorded": lambda: given().when(
        "report_progress", **REPORT, effective="2027-01-05", at="2027-02-01"
    ),
    "before_last_change": lambda: convened(afterwards(), "adaptation", effective="2020-02-01"),
    "source_needed_afterwards": lambda: declared(given(), effective="2027-01-03"),
    "before_its_subject": lambda: declared(given(), effective="2027-01-03", source="Letter 3"),
    "unknown_entry": lambda: given().when("redact", role="admin", entry=99, **ERASING),
    "already_erased": lambda: (
        given()
        .when("observe_power", by="nurses", stakeholder="purchasing", text={"sealed": "a" * 64})
        .when("redact", role="admin", entry=3, **ERASING)
        .when("redact", role="admin", entry=3, **ERASING)
    ),
    "unknown_item": lambda: given().when("report_progress", **REPORT | {"milestone": "9.9"}),
    "item_dropped": lambda: dropped().when("report_progress", **REPORT),
    "unknown_status": lambda: given().when("report_progress", **REPORT | {"status": "splendid"}),
    "evidence_needed": lambda: given({"policy.done_needs": "evidence"}).when(
        "report_progress", **REPORT | {"status": "done"}
    ),
    "wrong_kind_of_item": lambda: given().when("report_progress", **REPORT | {"milestone": "1"}),
    "unknown_awaited": lambda: declared(given(), awaited="eclipse"),
    "not_the_teller": lambda: declared(given(), by="nurses"),
    "already_declared": lambda: declared(declared(given())),
    "unknown_question": lambda: reflected(given(), answers={"why": "x"}),
    "no_such_cycle": lambda: reflected(given(), cycle=7),
    "already_reflected": lambda: reflected(reflected(given())),
    "lesson_exists": lambda: learned(learned(given())),
    "unknown_ground": lambda: proposed(given(), rests_on=["hearsay"]),
    "unknown_stakeholder": lambda: given().when("observe_power", by="nurses", stakeholder="nobody", text="x"),
    "unknown_assumption": lambda: given().when("test_assumption", by="nurses", assumption="rain", outcome="failed"),
    "correction_exists": lambda: proposed(proposed(given())),
    "unknown_correction": lambda: given().when("endorse_correction", by="nurses", correction="cc"),
    "not_open": lambda: decided(withdrawn()),
    "not_the_author": lambda: proposed(given()).when("withdraw_correction", by="doctors", correction="cc"),
    "other_draft": lambda: proposed(given()).when("endorse_correction", by="doctors", correction="cc", draft=2),
    "may_not_decide": lambda: proposed(given({"policy.decisions.bodies": ["nurses", "doctors"]})).when(
        "endorse_correction", by="auditors", correction="cc"
    ),
    "proposer_may_not_decide": lambda: decided(endorsed(), by="nurses"),
    "no_quorum": lambda: decided(proposed(given())),
    "not_adopted_by_count": lambda: decided(endorsed({"policy.decisions.adopts": "3"})),
    "adopted_by_count": lambda: decided(
        endorsed().when("endorse_correction", by="nurses", correction="cc"), decision="declined"
    ),
    "reason_needed": lambda: decided(endorsed(), response={"absent": "not_stated"}),
    "authority_needed": lambda: decided(endorsed(), authority={"absent": "not_stated"}),
    "rests_on_nothing": lambda: proposed(given(), rests_on=[]),
    "nothing_said": lambda: contested(given(), "nurses", 99),
    "not_entered_for_you": lambda: contested(entered(given()), "doctors", 3),
    "own_entry": lambda: contested(given().when("report_progress", **REPORT), "nurses", 3),
    "already_contested": lambda: contested(contested(entered(given()), "nurses", 3), "nurses", 3),
    "unknown_erratum": lambda: given().when("confirm_erratum", by="doctors", erratum="fe-1"),
    "erratum_of_erratum": lambda: erred(erred(counted(given())), entry="fe-1", id="fe-2"),
    "entry_was_contested": lambda: erred(contested(entered(given(), id="count", count=7), "nurses", 3)),
    "erratum_needs_source": lambda: erred(counted(given()), source=None),
    "cannot_be_mended": lambda: erred(counted(given()), field="milestone", says="1.1", should_say="2.1"),
    "back_as_correction": lambda: erred(
        erred(counted(given())).when("contest_erratum", by="doctors", erratum="fe-1", reason="It was 7"), id="fe-2"
    ),
    "nothing_to_mend": lambda: erred(counted(given()), field="of"),
    "sealed_field": lambda: erred(
        counted(given(), visibility="restricted", what={"sealed": "a" * 64}), field="what", says="x"
    ),
    "says_otherwise": lambda: erred(counted(given()), says=6),
    "nothing_to_confirm": lambda: erred(counted(given())).when("confirm_erratum", by="doctors", erratum="fe-1"),
    "writer_cannot_confirm": lambda: erred(
        given(), entry=1, item="1.1", field="due", says="2027-03-31", should_say="2027-03-30"
    ).when("confirm_erratum", by="nurses", erratum="fe-1"),
    "erratum_was_contested": lambda: (
        erred(counted(given()))
        .when("contest_erratum", by="doctors", erratum="fe-1", reason="It was 7")
        .when("contest_erratum", by="auditors", erratum="fe-1", reason="It was 7")
    ),
    "ground_contested": lambda: proposed(contested(entered(given(), id="seen"), "nurses", 3), rests_on=["seen"]),
    "unknown_trigger": lambda: proposed(given(), trigger="boredom"),
    "outside_amendment_window": lambda: proposed(
        given({"policy.amendment_window": {"from": "2027-02-01", "until": "2027-02-28"}})
    ),
    "takes_effect_too_early": lambda: proposed(given(), takes_effect="2027-01-01"),
    "from_no_longer_holds": lambda: proposed(given(), changes=[DUE | {"from": "2027-01-31"}]),
    "unknown_field": lambda: proposed(given(), changes=[DUE | {"field": "colour"}]),
    "bad_value": lambda: proposed(given(), changes=[DUE | {"to": "2027-02-30"}]),
    "breaks_the_plan": lambda: proposed(given(), changes=[DUE | {"field": "lead", "from": None, "to": "strangers"}]),
    "nothing_holds_any_more": lambda: decided(stale(), correction="two"),
    "not_next_phase": lambda: convened(given(), "adaptation"),
    "ends_before_it_begins": lambda: convened(given(), "reflection", until="2027-01-01"),
    "already_explained": lambda: proposed(given()).when(
        "explain_correction", by="nurses", correction="cc", rationale="Another reason"
    ),
    "as_at_in_the_future": lambda: given().when("report_progress", **REPORT, as_at="2090-01-01"),
    "id_taken": lambda: proposed(given()).when("report_progress", **REPORT, id="seen"),
    "until_needed": lambda: (
        given({"policy.cycle": {"every": "3 months", "reflection": "1 week", "adaptation": "1 week"}})
        .wait_until("2027-04-01")
        .when("reopen_phase", role="operator", reason="x")
    ),
    "nothing_to_reopen": lambda: given().when("reopen_phase", role="operator", reason="x"),
}


@pytest.mark.parametrize("code", SITUATIONS)
def test_a_refusal_can_happen_and_has_every_parameter_of_its_sentence(code: str) -> None:
    refused = SITUATIONS[code]().then_refused(code).refused
    assert refused is not None
    needed = {name for _, name, _, _ in Formatter().parse(REFUSALS[code]) if name}
    if "fault" in refused.params:
        needed -= {"why"}
        needed |= {name for _, name, _, _ in Formatter().parse(FAULTS[refused.params["fault"]]) if name}
    assert needed <= set(refused.params)
    assert "{" not in refused.sentence()
    assert "None" not in refused.sentence()


def test_every_refusal_with_a_sentence_can_happen() -> None:
    assert set(SITUATIONS) | OF_THE_ENGINE == set(REFUSALS)


INSULTS: list[tuple[str, dict[str, Any]]] = [
    ("unknown_status", {"command": "report_progress", "milestone": "1.1", "status": "insult"}),
    ("unknown_item", {"command": "report_progress", "milestone": "insult", "status": "done"}),
    ("unknown_body", {"command": "report_progress", "milestone": "1.1", "status": "done", "by": "insult"}),
    ("unknown_awaited", {"command": "record_occurrence", "awaited": "insult"}),
    ("unknown_question", {"command": "submit_reflection", "answers": {"insult": "insult"}}),
    ("unknown_stakeholder", {"command": "observe_power", "stakeholder": "insult", "text": "insult"}),
    ("unknown_assumption", {"command": "test_assumption", "assumption": "insult", "outcome": "failed"}),
    ("unknown_correction", {"command": "endorse_correction", "correction": "insult"}),
    ("unknown_ground", {"command": "record_lesson", "lesson": {"id": "L", "text": "x", "rests_on": ["insult"]}}),
    ("unknown_trigger", {"command": "propose_correction", "trigger": "insult"}),
    ("unknown_item", {"command": "propose_correction", "changes": [{"drop": "insult"}]}),
    ("unknown_field", {"changes": [{"item": "1.1", "field": "insult", "from": 1, "to": 2}]}),
    ("bad_value", {"changes": [{"item": "policy", "field": "decisions.insult.x", "from": 1, "to": 2}]}),
    ("from_no_longer_holds", {"changes": [{"item": "1.1", "field": "proof", "from": "insult", "to": "x"}]}),
    ("bad_value", {"changes": [DUE | {"to": "insult"}]}),
    ("breaks_the_plan", {"changes": [{"item": "1.1", "field": "lead", "from": None, "to": "insult"}]}),
]


@pytest.mark.parametrize(("code", "fields"), INSULTS)
def test_a_refusal_keeps_nothing_that_its_sender_wrote(code: str, fields: dict[str, Any]) -> None:
    proposal = PROPOSAL if "changes" in fields or fields.get("command") == "propose_correction" else {}
    story = proposed(given()).when(**{"by": "nurses", "command": "propose_correction"} | proposal | fields)
    refused = story.then_refused(code).refused
    assert refused is not None
    assert "insult" not in str(refused.kept())
    assert story.events("command_refused")[-1].params == refused.kept()


def test_a_refusal_keeps_the_parameters_that_come_from_the_plan() -> None:
    story = given().when("report_progress", **REPORT | {"status": "an insult"}).then_refused("unknown_status")
    assert story.events("command_refused")[0].params == {"words": "not_started, under_way, waiting, done, stopped"}


def test_a_long_parameter_of_a_refusal_is_shortened() -> None:
    assert len(Refused("unknown_item", item="x" * 9_000).params["item"]) == 200


def test_a_plan_is_not_started_in_the_future_or_dated_back_while_live() -> None:
    def start(effective: str, **keys: Any) -> str:
        story = given()
        command = PLAN.parse(
            {
                "command": "start_plan",
                "id": "s",
                "definition": plan_file(**keys),
                "effective": effective,
                "source": "Minutes",
            }
        )
        asked = CommandEnvelope(
            command=command, plan="ward", actor="a", role="operator", on_behalf_of=None, accepted_at=story.now
        )
        with pytest.raises(Refused) as caught:
            PLAN.decide(PLAN.empty, asked)
        return caught.value.code

    assert start("2027-01-05") == "in_the_future"
    assert start("2027-01-02", live_from="2027-01-01") == "takes_effect_when_recorded"

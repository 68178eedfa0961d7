"""The illustrative plan: three cycles by the clock, played at the moments that its script gives."""

from datetime import date, datetime, timedelta

import pytest

from domain import PLAN
from domain.corrections.messages import CorrectionCarriedOver, CorrectionDecided, CorrectionLapsed
from domain.kernel.entry import Entry
from domain.plan import Plan
from domain.plan_file.check import check
from domain.plan_file.deadlines import due_day
from tests.unit.examples.folding import Play, definition_of, lines_of
from tests.unit.examples.golden import expected, line_of, play, shown

FOLDER = "veracruz-public-works"


@pytest.fixture(scope="module")
def played() -> Play:
    return play()


def as_of_version(played: Play, version: int) -> Plan:
    plan = PLAN.empty
    for entry in played.entries[:version]:
        plan = PLAN.evolve(plan, entry)
    return plan


def due_day_of(plan: Plan, item: str) -> date | None:
    (milestone,) = [one for _, one in plan.defined.milestones() if one.id == item]
    return due_day(milestone.due, plan.happened(), plan.defined.calendar()) if milestone.due else None


def happened(played: Play, kind: str) -> list[Entry]:
    return [entry for entry in played.entries if entry.kind == kind]


def test_the_plan_file_is_complete_and_says_that_it_is_illustrative() -> None:
    definition = definition_of(FOLDER)
    findings = check(definition)
    assert (findings.faults, findings.warnings) == ((), ())
    assert definition.illustrative


def test_the_script_sends_every_command_once_in_order() -> None:
    steps = lines_of(FOLDER, "script.jsonl")
    assert [step["send"] for step in steps[1:]] == [command["id"] for command in lines_of(FOLDER)]
    moments = [datetime.fromisoformat(step["at"]) for step in steps]
    assert moments == sorted(moments)


def test_the_story_leads_to_exactly_the_history_expected(played: Play) -> None:
    assert [line_of(shown(entry)) for entry in played.entries] == expected()


def test_the_clock_alone_moves_the_phases_and_each_ends_with_a_day(played: Play) -> None:
    calendar = played.plan.defined.calendar()
    closed = happened(played, "phase_closed")
    days = [calendar.day_of(entry.effective_at - timedelta(seconds=1)).isoformat() for entry in closed]
    assert days == [
        *("2027-02-24", "2027-03-10", "2027-04-14"),
        *("2027-06-09", "2027-06-23", "2027-07-14"),
        *("2027-09-09", "2027-09-23", "2027-10-14"),
    ]
    assert {entry.cause for entry in closed} == {None}


def test_silence_is_recorded_of_bodies_that_were_asked_and_answered_late_stands_beside_it(played: Play) -> None:
    silences = [(one.cycle, one.body, one.asked_for, one.answered_late is not None) for one in played.plan.silences]
    assert silences == [
        (1, "observatorio", "reflection", True),
        (1, "auditoria", "position", False),
        (1, "contadores", "position", False),
        (1, "observatorio", "position", False),
        (2, "observatorio", "reflection", False),
        (2, "fiscalizacion", "position", False),
        (2, "contadores", "position", False),
        (2, "observatorio", "position", False),
        (3, "comites", "report", True),
    ]


def test_the_quorum_is_met_by_bodies_other_than_the_proposer_and_the_dissent_stands(played: Play) -> None:
    decided, handed_over, reframed = [
        entry.event for entry in happened(played, "correction_decided") if isinstance(entry.event, CorrectionDecided)
    ]
    assert (decided.endorse, decided.oppose) == (("auditoria", "comites"), ("contadores",))
    assert played.plan.corrections[decided.correction].body == "observatorio"
    assert handed_over.endorse == ("contadores", "fiscalizacion", "observatorio")
    assert (reframed.endorse, reframed.abstain) == (("comites", "fiscalizacion", "observatorio"), ("contadores",))
    assert played.plan.defined.quorum() == 3


def test_what_was_adopted_takes_effect_and_what_nobody_answered_is_carried_over_and_lapses(played: Play) -> None:
    assert [one.status for one in played.plan.corrections.values()] == ["lapsed", "in_effect", "in_effect", "in_effect"]
    (carried,) = [entry.event for entry in played.entries if isinstance(entry.event, CorrectionCarriedOver)]
    assert (carried.correction, carried.times) == ("ficha-digital", 1)
    assert carried.owed_by == ("auditoria", "contadores", "observatorio")
    (lapsed,) = [entry.event for entry in played.entries if isinstance(entry.event, CorrectionLapsed)]
    assert lapsed.unanswered_by == ("fiscalizacion", "contadores", "observatorio")
    assert "2.2" in {milestone.id for _, milestone in played.plan.defined.milestones()}


def test_an_office_takes_over_what_an_abolished_body_held(played: Play) -> None:
    definition = played.plan.defined
    assert "auditoria" not in definition.deciding_bodies()
    assert "fiscalizacion" in definition.deciding_bodies()
    leads = {milestone.id: definition.lead_of(one, milestone) for one, milestone in definition.milestones()}
    assert (leads["1.2"], leads["1.3"]) == ("fiscalizacion", "fiscalizacion")


def test_a_report_that_its_body_contests_counts_no_more(played: Play) -> None:
    before = next(entry for entry in played.entries if entry.cause == "ficha-abril-dictada")
    assert as_of_version(played, before.version).meaning_of("2.1") == "done"
    assert as_of_version(played, before.version + 1).meaning_of("2.1") is None


def test_a_count_typed_wrongly_is_mended_and_a_deadline_waits_for_another_body(played: Play) -> None:
    waiting = next(entry.version for entry in played.entries if entry.cause == "mayo-no-junio")
    confirmed = next(entry.version for entry in played.entries if entry.cause == "si-dice-mayo")

    def due(version: int) -> date | None:
        plan = as_of_version(played, version)
        return due_day_of(plan, "2.1")

    assert (due(waiting), due(confirmed)) == (date(2027, 6, 30), date(2027, 5, 31))


def test_the_problem_is_reframed_and_the_first_framing_is_kept_by_the_record(played: Play) -> None:
    first, last = as_of_version(played, 1).defined.problem, played.plan.defined.problem
    assert "paid in full" in str(first.statement)
    assert "nobody measures them" in str(last.statement)


def test_a_public_decision_rests_on_a_restricted_observation(played: Play) -> None:
    visible = {entry.cause: entry.visibility for entry in played.entries}
    assert visible["poder-2"] == "restricted"
    assert visible["registro-cambia-de-manos"] == visible["manos-decidida"] == "public"
    assert "poder-2" in played.plan.corrections["registro-cambia-de-manos"].proposal.rests_on
    assert visible["reflexion-2"] == "partners"


def test_the_plan_can_be_started_on_any_day_and_is_live_from_that_day() -> None:
    definition = definition_of(FOLDER)
    begun = Play(definition.plan)
    begun.start(definition, datetime.fromisoformat("2026-05-20T18:00:00-06:00"))
    assert begun.plan.live_from == begun.plan.defined.calendar().start_of(date(2026, 5, 20))

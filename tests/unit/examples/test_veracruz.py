"""The illustrative plan: one cycle by the clock, played at the moments that its script gives."""

import json
from datetime import date, datetime, timedelta

import pytest

from domain.check import check
from domain.entry import Entry
from domain.events import (
    CorrectionCarriedOver,
    CorrectionDecided,
    CorrectionTookEffect,
    PhaseClosed,
    PhaseOpened,
    ReflectionSubmitted,
    SilenceRecorded,
)
from tests.unit.examples.folding import EXAMPLES, Play, definition_of, lines_of

FOLDER = "veracruz-public-works"
GOLDEN = EXAMPLES.parent / "tests" / "golden" / "examples" / "veracruz.json"


@pytest.fixture(scope="module")
def played() -> Play:
    definition = definition_of(FOLDER)
    commands = {command["id"]: command for command in lines_of(FOLDER)}
    play = Play(definition.plan)
    for step in lines_of(FOLDER, "script.jsonl"):
        at = datetime.fromisoformat(step["at"])
        if "start" in step:
            assert step["start"] == "plan.yaml"
            play.start(definition, at)
        else:
            play.send(commands[step["send"]], at)
    return play


def about(entry: Entry) -> str | None:
    """Whom or what an entry is about: the body or the phase."""
    match entry.event:
        case SilenceRecorded(body=body):
            return body
        case PhaseOpened(phase=phase) | PhaseClosed(phase=phase):
            return phase
        case _:
            return entry.on_behalf_of


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


def test_the_cycle_leads_to_exactly_the_history_expected(played: Play) -> None:
    expected = [tuple(line) for line in json.loads(GOLDEN.read_text(encoding="utf-8"))]
    assert [(entry.kind, about(entry)) for entry in played.entries] == expected


def test_the_clock_alone_moves_the_phases_and_each_ends_with_a_day(played: Play) -> None:
    calendar = played.plan.defined.calendar()
    closed = [entry for entry in played.entries if isinstance(entry.event, PhaseClosed)]
    days = [(about(entry), calendar.day_of(entry.effective_at - timedelta(seconds=1)).isoformat()) for entry in closed]
    assert days == [("action", "2027-02-24"), ("reflection", "2027-03-10"), ("adaptation", "2027-04-14")]
    assert {entry.cause for entry in closed} == {None}


def test_silence_is_recorded_of_bodies_that_were_asked_and_answered_late_stands_beside_it(played: Play) -> None:
    silences = [(one.body, one.asked_for, one.answered_late is not None) for one in played.plan.silences]
    assert silences == [
        ("observatorio", "reflection", True),
        ("auditoria", "position", False),
        ("contadores", "position", False),
        ("observatorio", "position", False),
    ]
    late = [
        entry.on_behalf_of
        for entry in played.entries
        if isinstance(entry.event, ReflectionSubmitted) and entry.event.late
    ]
    assert late == ["observatorio"]


def test_the_quorum_is_met_by_bodies_other_than_the_proposer(played: Play) -> None:
    (decided,) = [entry.event for entry in played.entries if isinstance(entry.event, CorrectionDecided)]
    proposer = played.plan.corrections[decided.correction].body
    assert (decided.endorse, decided.oppose) == (("auditoria", "comites"), ("contadores",))
    assert proposer == "observatorio"
    assert played.plan.defined.quorum() == 3


def test_what_was_adopted_takes_effect_in_the_next_cycle_and_what_was_not_answered_is_carried_over(
    played: Play,
) -> None:
    (effect,) = [entry for entry in played.entries if isinstance(entry.event, CorrectionTookEffect)]
    assert played.plan.cycle == 2
    assert effect.effective_at == played.plan.defined.calendar().end_of(date(2027, 4, 14))
    assert "2.2" in {milestone.id for _, milestone in played.plan.defined.milestones()}
    (carried,) = [entry.event for entry in played.entries if isinstance(entry.event, CorrectionCarriedOver)]
    assert (carried.correction, carried.times) == ("ficha-digital", 1)
    assert carried.owed_by == ("auditoria", "contadores", "observatorio")


def test_power_is_restricted_and_reflections_are_for_partners(played: Play) -> None:
    visible = {entry.kind: entry.visibility for entry in played.entries}
    assert visible["power_observed"] == "restricted"
    assert visible["reflection_submitted"] == "partners"
    assert visible["correction_decided"] == "public"


def test_the_plan_can_be_started_on_any_day_and_is_live_from_that_day() -> None:
    definition = definition_of(FOLDER)
    play = Play(definition.plan)
    play.start(definition, datetime.fromisoformat("2026-05-20T18:00:00-06:00"))
    assert play.plan.live_from == play.plan.defined.calendar().start_of(date(2026, 5, 20))

"""Every kind of event has a sentence, in both languages, also where the reader may not see what it says."""

from collections.abc import Iterator
from datetime import UTC
from typing import Any

import pytest

import language
from domain import PLAN
from domain.corrections import changes
from domain.corrections.messages import Change
from domain.kernel.refused import REFUSALS
from telling.changes import NAMES, change, change_name
from telling.history import entry
from telling.refusals import WHY
from telling.sentences import KINDS, sentence

AT = "2027-03-01T12:00:00.000000Z"
MET = {"session": {"date": "2027-03-01", "minutes": "Minutes 3", "present": ["works"], "absent": ["neighbours"]}}
CHANGES = [
    {"item": "1.1", "field": "due", "from": "2027-01-31", "to": {"after": "rules", "days": 90}},
    {"drop": "1.2"},
    {"add": {"commitment": "1", "milestone": {"id": "1.3", "deliverable": {"en": "A map", "es": "Un mapa"}}}},
]
LOOP = {"cycle": 2, "phase": "reflection"}
WINDOW = {"since": AT, "until": AT, "open_days": 4, "working_days": 10}
ABOUT = {"correction": "cr-1"}
DATA: dict[str, dict[str, Any]] = {
    "plan_started": {"definition": {"title": "Water", "commitments": [{"milestones": [{}, {}]}]}, "live_from": None},
    "phase_opened": LOOP | {"closes_at": AT},
    "phase_closed": LOOP | {"by": "convened", "groups": [{"body": "people", "answered": 12, "of": 30}]},
    "phase_reopened": LOOP | {"reason": "Minutes were missing."},
    "silence_recorded": LOOP | WINDOW | {"body": "works", "asked_for": "report", "about": ["1.1"]},
    "window_not_held": LOOP | WINDOW | {"because": "door_closed", "closes_at": AT},
    "reports_asked": {"period": 3, "since": AT, "closes_at": AT},
    "reports_closed": {"period": 3},
    "plan_paused": {"reason": "Elections."},
    "plan_resumed": {"text": "The new council has met."},
    "plan_closed": {"reason": "Done.", "open_items": ["1.1"], "lessons_for_successor": ["L1", "L2"]},
    "progress_reported": {"milestone": "1.1", "status": "done", "count": 7, "of": 12, "as_at": "2027-02-28"},
    "evidence_attached": {"item": "1.1", "evidence": {"document": "map.pdf"}},
    "indicator_measured": {"indicator": "i1", "value": "41"},
    "occurrence_recorded": {"awaited": "rules"},
    "reflection_submitted": {"cycle": 2, "answers": {"learned": "Much."}, "late": True},
    "lesson_recorded": {"id": "L1", "text": "Visit.", "for": ["successor"]},
    "assumption_tested": {"assumption": "a1", "outcome": "failed"},
    "power_observed": {"stakeholder": "treasury", "authority": {"sealed": "0" * 64}},
    "entry_contested": {"entry": 14, "reason": "Nobody of ours said so."},
    "erratum_recorded": {"erratum": "fe-1", "entry": 1, "item": "1.1", "field": "due", "says": "2027-01-30",
                         "should_say": "2027-01-31", "waits": True},
    "erratum_confirmed": {"erratum": "fe-1"},
    "erratum_contested": {"erratum": "fe-1", "reason": "It moves a promise."},
    "correction_proposed": ABOUT | {"trigger": "roadblock", "rationale": "Why not.", "changes": CHANGES},
    "correction_redrafted": ABOUT | {"draft": 2, "trigger": "own", "rationale": {"absent": "not_published"}},
    "position_taken": ABOUT | {"draft": 1, "position": "oppose", "reason": "Nobody budgeted it."},
    "correction_returned": ABOUT | {"draft": 1, "reason": "Say how."},
    "correction_withdrawn": ABOUT,
    "correction_decided": ABOUT | {"draft": 1, "decision": "adopted", "response": "Yes.", "endorse": ["works"]},
    "correction_took_effect": ABOUT | {"applied": CHANGES[:2], "stale": CHANGES[2:]},
    "correction_explained": ABOUT | {"rationale": "Later.", "covers": ["1.1"]},
    "correction_carried_over": ABOUT | {"owed_by": ["works"], "times": 1},
    "correction_lapsed": ABOUT | {"unanswered_by": ["works"]},
    "assessment_recorded": {"item": "1.1", "assessor": "IRM", "scale": "Completion", "verdict": "Substantial"},
    "finding_raised": {"finding": "f1", "item": "1.1", "text": "No drain", "answer_by": "2027-09-30"},
    "finding_followed": {"finding": "f1", "status": "partly_settled"},
    "partner_joined": {"partner": {"id": "women", "name": "Women's council"}},
    "partner_left": {"body": "works", "reason": "Abolished.", "without_lead": ["1"], "quorum": 2, "adopts": 2},
    "partner_succeeded": {"body": "works", "successor": {"id": "water", "name": "Water office"}},
    "erased": {"entry": 7, "reason": "It named a person.", "authority": {"document": "Ruling", "number": "12"}},
    "command_refused": {"command": "convene", "code": "plan_closed"},
    "arrivals_refused": {"count": 3},
}  # fmt: skip
SESSIONS = {
    "reflection_submitted": DATA["reflection_submitted"] | MET,
    "correction_decided": DATA["correction_decided"] | MET,
}
PLAN_VIEW = {"partners": [{"id": "works", "name": {"en": "Public works", "es": "Obras públicas"}}], "scale": {}}


@pytest.fixture(params=language.LANGUAGES)
def spoken(request: pytest.FixtureRequest) -> Iterator[str]:
    with language.speaking(request.param):
        yield request.param


def _entry(kind: str, data: dict[str, Any]) -> dict[str, Any]:
    return {"version": 7, "kind": kind, "effective_at": AT, "recorded_at": AT, "role": "operator", "data": data}


@pytest.mark.parametrize("kind", PLAN.event_kinds)
def test_every_kind_of_event_has_a_sentence(kind: str, spoken: str) -> None:
    told = sentence(_entry(kind, DATA[kind]), PLAN_VIEW, UTC)
    assert told
    assert "{" not in told
    # Not the bare name of its kind, which is what an unknown one is told with.
    with language.speaking("en"):
        plain = f"{KINDS[kind]}."
    assert told.lower() != plain
    if spoken == "es":
        with language.speaking("en"):
            assert told != sentence(_entry(kind, DATA[kind]), PLAN_VIEW, UTC) or kind == "progress_reported"


@pytest.mark.parametrize(
    ("language_", "told"),
    [
        ("en", "In the session of 2027-03-01 (Minutes 3; present: Public works; absent: neighbours)."),
        ("es", "En la sesión del 2027-03-01 (Minutes 3; presentes: Obras públicas; ausentes: neighbours)."),
    ],
)
@pytest.mark.parametrize("kind", SESSIONS)
def test_what_a_session_said_tells_who_was_there_and_who_was_not(kind: str, language_: str, told: str) -> None:
    with language.speaking(language_):
        assert sentence(_entry(kind, SESSIONS[kind]), PLAN_VIEW, UTC).endswith(told)
        by = " ".join(" ".join(entry(_entry(kind, SESSIONS[kind]), PLAN_VIEW, UTC)).split())
    assert by.endswith(("(a session, entered by the operator)", "(una sesión, capturada por quien opera)"))


@pytest.mark.usefixtures("spoken")
@pytest.mark.parametrize("kind", PLAN.event_kinds)
def test_what_is_withheld_says_so_and_no_more(kind: str) -> None:
    told = sentence(_entry(kind, {"withheld": "restricted"}), PLAN_VIEW, UTC)
    assert any(word in told for word in ("withheld", "reservado"))


@pytest.mark.parametrize(
    ("language_", "told"), [("en", "CONTESTED by Public works in entry 9"), ("es", "IMPUGNADO por Obras públicas")]
)
def test_a_contested_entry_says_so_beside_it(language_: str, told: str) -> None:
    contested = {"contested": [{"body": "works", "by": 9, "recorded_at": AT}]}
    with language.speaking(language_):
        line = " ".join(entry(_entry("progress_reported", DATA["progress_reported"]) | contested, PLAN_VIEW, UTC))
    assert told in " ".join(line.split())


@pytest.mark.parametrize(
    ("language_", "told"),
    [
        ("en", "MENDED by entry 9 (erratum fe-1): count says 7, should say 8"),
        ("es", "ENMENDADO por el asiento 9 (fe de erratas fe-1): count dice 7, debe decir 8"),
    ],
)
def test_a_mended_entry_says_so_beside_it(language_: str, told: str) -> None:
    mended = {"mended": [{"erratum": "fe-1", "by": 9, "item": None, "field": "count", "says": 7, "should_say": 8}]}
    with language.speaking(language_):
        line = " ".join(entry(_entry("progress_reported", DATA["progress_reported"]) | mended, PLAN_VIEW, UTC))
    assert told in " ".join(line.split())


def test_a_kind_from_a_newer_engine_is_named_and_breaks_nothing() -> None:
    assert sentence(_entry("audit_found", {}), PLAN_VIEW, UTC) == "audit_found."


def test_what_was_entered_afterwards_says_so_with_its_source() -> None:
    old = _entry("plan_paused", DATA["plan_paused"]) | {"source": {"document": "Minutes 4", "date": "2020-05-08"}}
    with language.speaking("en"):
        told = " ".join(entry(old, PLAN_VIEW | {"entered_afterwards": True}, UTC))
    assert "entered afterwards" in told
    assert "Minutes 4 2020-05-08" in told


def test_a_terminal_is_told_no_control_characters() -> None:
    told = sentence(_entry("plan_paused", {"reason": "\x1b[2Jgone\x07\nnext"}), PLAN_VIEW, UTC)
    assert "\x1b" not in told
    assert "\n" not in told


def test_the_kinds_that_are_told_are_those_of_the_engine() -> None:
    assert set(DATA) == set(PLAN.event_kinds) == set(KINDS)


def test_every_refusal_has_its_few_words() -> None:
    assert WHY.keys() == REFUSALS.keys()


def _line(kind: str, **more: Any) -> str:
    with language.speaking("en"):
        return " ".join(" ".join(entry(_entry(kind, DATA[kind]) | more, PLAN_VIEW, UTC)).split())


def test_the_id_of_what_something_can_rest_on_is_told() -> None:
    assert "id report-7" in _line("progress_reported", cause="report-7")
    assert "id report-7" not in _line("progress_reported", cause="report-7", data={"withheld": "restricted"})


@pytest.mark.parametrize(
    ("kind", "role", "by"),
    [
        ("phase_opened", "operator", "(the operator)"),
        ("phase_opened", "clock", "(the calendar)"),
        ("silence_recorded", "operator", "(the calendar)"),
        ("correction_took_effect", "operator", "(the operator)"),
        ("command_refused", "reviewer", "(a reviewer)"),
        ("arrivals_refused", "mailbox", "(the mailbox)"),
    ],
)
def test_nobody_is_said_to_have_done_what_another_did(kind: str, role: str, by: str) -> None:
    assert _line(kind, role=role, on_behalf_of=None).endswith(by)


def test_the_source_of_what_was_recorded_as_it_happened_is_told() -> None:
    assert _line("progress_reported", source={"document": "Letter 12"}).endswith("[source: Letter 12]")


@pytest.mark.parametrize(
    "change",
    [
        *CHANGES,
        *(
            {"item": "1.1", "field": field, "to": "x"}
            for field in ("due", "stated", "lead", "with", "deliverable", "proof")
        ),
        {"item": "i1", "field": "target", "to": {"value": "90"}},
        {"item": "problem", "field": "statement", "to": "x"},
        {"item": "policy", "field": "decisions.quorum", "to": "3"},
        {"item": "plan", "field": "title", "to": "x"},
    ],
)
def test_a_change_is_called_what_the_engine_calls_it(change: dict[str, Any]) -> None:
    assert change_name(change) == changes.name_of(Change.model_validate(change))
    assert change_name(change) in NAMES


def test_a_rule_of_the_policy_is_said_in_words() -> None:
    changed = {"name": "change_the_policy", "item": "policy", "field": "decisions.adopts", "from": "majority"}
    with language.speaking("es"):
        assert change(changed | {"to": "2"}).endswith("mayoría → 2")
    assert change(changed | {"to": "consensus"}).endswith("majority → consensus")

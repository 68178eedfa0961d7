"""Every kind of event has a sentence in both languages, also if its content is withheld from the reader."""

from collections.abc import Iterator
from datetime import UTC
from typing import Any, get_args

import pytest

import language
from domain import PLAN
from domain.kernel.refused import REFUSALS
from domain.views.models.history import EntryView
from domain.views.models.parts import ChangeKind, ChangePart
from domain.views.models.plan import PartnerView
from domain.views.plan import plan_view
from telling import registry
from telling.changes import NAMES, change
from telling.history import entry
from telling.sentences import kind_name, sentence
from telling.wording import COMMANDS, EVENTS, REFUSAL_REASONS
from tests.unit.domain.story import given

AT = "2027-03-01T12:00:00.000000Z"
MET = {"session": {"date": "2027-03-01", "minutes": "Minutes 3", "present": ["works"], "absent": ["neighbours"]}}
CHANGES = [
    {"item": "1.1", "field": "due", "from": "2027-01-31", "to": {"after": "rules", "days": 90}},
    {"drop": "1.2"},
    {
        "add": {
            "commitment": "1",
            "milestone": {"id": "1.3", "deliverable": {"en": "A map", "es": "Un mapa"}, "with": []},
        }
    },
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
WORKS = PartnerView(
    id="works", name={"en": "Public works", "es": "Obras públicas"}, decides=True, audits=False, since=None
)
STORY = given()
WORDS: dict[str, Any] = {"scale": {}, "triggers": {}, "live_from": None, "entered_afterwards": False}
PLAN_VIEW = plan_view(STORY.plan, STORY.now).model_copy(update={"partners": (WORKS,), **WORDS})


@pytest.fixture(params=language.LANGUAGES)
def spoken(request: pytest.FixtureRequest) -> Iterator[str]:
    with language.speaking(request.param):
        yield request.param


def _entry(kind: str, data: dict[str, Any], **more: Any) -> EntryView:
    known = {"version": 7, "kind": kind, "effective_at": AT, "recorded_at": AT, "role": "operator", "data": data}
    envelope = {"actor": "p-1", "on_behalf_of": None, "source": None, "cycle": 0, "phase": None, "cause": None}
    rest = {"visibility": "public", "hash": "0" * 64, "contested": (), "mended": ()}
    return EntryView.model_validate(envelope | rest | known | more)


@pytest.mark.parametrize("kind", PLAN.event_kinds)
def test_every_kind_of_event_has_a_sentence(kind: str, spoken: str) -> None:
    text = sentence(_entry(kind, DATA[kind]), PLAN_VIEW, UTC)
    assert text
    assert "{" not in text
    assert text.lower() != f"{kind_name(kind)}.".lower()
    if spoken == "es":
        with language.speaking("en"):
            assert text != sentence(_entry(kind, DATA[kind]), PLAN_VIEW, UTC) or kind == "progress_reported"


@pytest.mark.parametrize(
    ("language_", "expected"),
    [
        ("en", "In the session of 1 March 2027 (Minutes 3; present: Public works; absent: neighbours)."),
        ("es", "En la sesión del 1 de marzo de 2027 (Minutes 3; presentes: Obras públicas; ausentes: neighbours)."),
    ],
)
@pytest.mark.parametrize("kind", SESSIONS)
def test_an_entry_from_a_session_lists_the_bodies_present_and_absent(kind: str, language_: str, expected: str) -> None:
    with language.speaking(language_):
        assert sentence(_entry(kind, SESSIONS[kind]), PLAN_VIEW, UTC).endswith(expected)
        by = " ".join(" ".join(entry(_entry(kind, SESSIONS[kind]), PLAN_VIEW, UTC)).split())
    assert by.endswith(("(a session, entered by the operator)", "(una sesión, capturada por el operador)"))


@pytest.mark.usefixtures("spoken")
@pytest.mark.parametrize("kind", PLAN.event_kinds)
def test_a_withheld_entry_shows_only_that_it_is_withheld(kind: str) -> None:
    text = sentence(_entry(kind, {"withheld": "restricted"}), PLAN_VIEW, UTC)
    assert any(word in text for word in ("withheld", "reservado"))


@pytest.mark.parametrize(
    ("language_", "expected"), [("en", "CONTESTED by Public works in entry 9"), ("es", "IMPUGNADO por Obras públicas")]
)
def test_a_contested_entry_is_marked(language_: str, expected: str) -> None:
    contested = {"body": "works", "by": 9, "recorded_at": AT, "successor": None}
    with language.speaking(language_):
        line = " ".join(
            entry(_entry("progress_reported", DATA["progress_reported"], contested=[contested]), PLAN_VIEW, UTC)
        )
    assert expected in " ".join(line.split())


@pytest.mark.parametrize(
    ("language_", "expected"),
    [
        ("en", "CORRECTED by entry 9 (erratum fe-1): count says 7, should say 8"),
        ("es", "CORREGIDO por el asiento 9 (fe de erratas fe-1): count dice 7, debe decir 8"),
    ],
)
def test_a_corrected_entry_is_marked(language_: str, expected: str) -> None:
    fix = {"item": None, "field": "count", "says": 7, "should_say": 8}
    mended = {"erratum": "fe-1", "by": 9, "recorded_at": AT} | fix
    with language.speaking(language_):
        line = " ".join(entry(_entry("progress_reported", DATA["progress_reported"], mended=[mended]), PLAN_VIEW, UTC))
    assert expected in " ".join(line.split())


def test_a_kind_of_a_newer_engine_is_shown_by_its_name() -> None:
    assert sentence(_entry("audit_found", {}), PLAN_VIEW, UTC) == "audit_found."


def test_an_entry_made_afterwards_is_marked_with_its_source() -> None:
    source = {"document": "Minutes 4", "date": "2020-05-08"}
    old = _entry("plan_paused", DATA["plan_paused"], source=source)
    with language.speaking("en"):
        text = " ".join(entry(old, PLAN_VIEW.model_copy(update={"entered_afterwards": True}), UTC))
    assert "entered afterwards" in text
    assert "Minutes 4 2020-05-08" in text


def test_control_characters_never_reach_the_terminal() -> None:
    text = sentence(_entry("plan_paused", {"reason": "\x1b[2Jgone\x07\nnext"}), PLAN_VIEW, UTC)
    assert "\x1b" not in text
    assert "\n" not in text


@pytest.mark.usefixtures("spoken")
def test_two_wordings_of_one_kind_are_an_error() -> None:
    """At import: a module of `telling.wording` registers its wording when it is imported."""
    with pytest.raises(ValueError, match="Two wordings for lesson_recorded"):
        registry.event("lesson_recorded", "lesson")(lambda _data, _words: "")
    with pytest.raises(ValueError, match="Two wordings for record_lesson"):
        registry.commands({"record_lesson": "a lesson"})
    with pytest.raises(ValueError, match="Two wordings for plan_closed"):
        registry.refusals({"plan_closed": "the plan is closed"})


def test_every_kind_of_event_has_wording_and_no_other_kind_has() -> None:
    assert set(DATA) == set(PLAN.event_kinds) == EVENTS.keys()


def test_every_refusal_code_has_a_reason_for_the_history() -> None:
    assert REFUSAL_REASONS.keys() == REFUSALS.keys()


def test_every_command_has_a_name() -> None:
    assert COMMANDS.keys() == PLAN.command_kinds.keys()


def _line(kind: str, **more: Any) -> str:
    with language.speaking("en"):
        return " ".join(" ".join(entry(_entry(kind, **{"data": DATA[kind]} | more), PLAN_VIEW, UTC)).split())


def test_the_id_that_others_can_rest_on_is_shown() -> None:
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
def test_the_author_of_an_entry_is_who_made_it(kind: str, role: str, by: str) -> None:
    assert _line(kind, role=role, on_behalf_of=None).endswith(by)


def test_the_source_of_an_entry_is_shown() -> None:
    assert _line("progress_reported", source={"document": "Letter 12"}).endswith("[source: Letter 12]")


def test_every_kind_of_change_has_a_name() -> None:
    assert NAMES.keys() == set(get_args(ChangeKind))


def test_a_rule_of_the_policy_is_worded() -> None:
    changed = ChangePart(item="policy", field="decisions.adopts", was="majority", shall_be="2")
    with language.speaking("es"):
        assert change(changed).endswith("mayoría → 2")
    assert change(changed.model_copy(update={"shall_be": "consensus"})).endswith("majority → consensus")

"""Answers of the gateway: the JSON as it came, the typed view in it, and what another version sends."""

import json
from typing import Any

import pytest

from domain.views.plan import plan_view
from tests.unit.cli.conftest import Rumbo, ScriptedGateway
from tests.unit.domain.story import given, proposed

WHERE = "/v1/plans/ward"
STORY = proposed(given())
VIEW = plan_view(STORY.plan, STORY.now).as_json()


def _newer(part: Any) -> Any:
    """An answer of a newer server: an unknown field in every object but those keyed by people."""
    match part:
        case {"en": str()} | {"sealed": str()}:
            return part
        case dict():
            free = part.keys() <= {"learned", "roadblocks", "power", "next"}
            return {name: _newer(one) for name, one in part.items()} | ({} if free else {"newer_field": {"x": [1]}})
        case list():
            return [_newer(one) for one in part]
        case _:
            return part


@pytest.fixture
def newer(gateway: ScriptedGateway) -> dict[str, Any]:
    keyed = {name: VIEW[name] for name in ("scale", "questions", "triggers", "words")}
    view: dict[str, Any] = _newer(VIEW) | keyed
    gateway.answer("GET", WHERE, 200, view)
    gateway.answer("GET", f"{WHERE}/history", 200, {"entries": [], "next": None})
    return view


def test_fields_that_only_a_newer_server_has_do_not_break_a_text(
    rumbo: Rumbo, gateway: ScriptedGateway, newer: dict[str, Any]
) -> None:
    shown = rumbo("plan", "show", "ward")
    assert (shown.code, shown.err.count("\n")) == (0, 1)
    gateway.answer("GET", WHERE, 200, VIEW)
    assert rumbo("plan", "show", "ward").out == shown.out


def test_json_is_what_the_server_sent_with_fields_that_are_unknown_here(rumbo: Rumbo, newer: dict[str, Any]) -> None:
    assert rumbo("plan", "show", "ward", "-o", "json").out == json.dumps(newer, ensure_ascii=False, indent=2) + "\n"
    corrections = rumbo("correction", "list", "ward", "-o", "json").out
    assert json.loads(corrections) == {"corrections": newer["corrections"]}


def test_an_answer_without_a_field_names_the_field_and_the_version(rumbo: Rumbo, gateway: ScriptedGateway) -> None:
    gateway.answer("GET", WHERE, 200, {name: value for name, value in VIEW.items() if name != "timezone"})
    said = rumbo("plan", "show", "ward")
    assert said.code == 1
    assert "another version of it (timezone: Field required)" in said.err
    assert rumbo("plan", "show", "ward", "-o", "json").code == 0

"""Erasing does not change a plan. It is recorded with its reason and authority."""

from dataclasses import replace
from typing import Any

import pytest

from domain import PLAN
from tests.unit.domain.story import Story, given

WHY: dict[str, Any] = {"reason": "It named a person", "authority": {"document": "Ruling 12"}}


def observed() -> Story:
    seen: dict[str, Any] = {"stakeholder": "purchasing", "ability": {"sealed": "a" * 64}, "text": {"sealed": "b" * 64}}
    return given().when("observe_power", by="nurses", **seen)


def erased(story: Story, entry: int = 3) -> Story:
    return story.when("redact", role="admin", entry=entry, **WHY)


def test_an_erasure_is_recorded_publicly_with_its_reason_and_authority() -> None:
    story = erased(observed()).then("erased", entry=3, reason="It named a person")
    assert story.new_entries[0].visibility == "public"
    assert story.new_entries[0].on_behalf_of is None


def test_an_erasure_does_not_change_the_plan() -> None:
    story = observed()
    before = story.plan
    after = erased(story).plan
    assert after.erased == (3,)
    assert replace(after, version=before.version, recorded_at=before.recorded_at, erased=()) == before
    assert PLAN.dump(after)["power"] == PLAN.dump(before)["power"]


def test_an_erased_entry_is_not_erased_again() -> None:
    story = erased(erased(observed())).then_refused("already_erased", entry="3")
    story.when("observe_power", by="nurses", stakeholder="purchasing", text={"sealed": "c" * 64})
    another = story.plan.version
    erased(story, another).then("erased")
    assert story.plan.erased == (3, another)


def test_the_sealed_texts_of_one_command_are_erased_together_and_once() -> None:
    lessons = [{"id": "L1", "text": {"sealed": "c" * 64}}]
    fields: dict[str, Any] = {"answers": {"did": {"sealed": "b" * 64}}, "lessons": lessons, "visibility": "restricted"}
    story = given().when("submit_reflection", by="nurses", **fields).then("reflection_submitted", "lesson_recorded")
    erased(story, 4).then("erased")
    erased(story, 3).then_refused("already_erased", entry="3")


@pytest.mark.parametrize("ended", ["pause_plan", "close_plan"])
def test_a_paused_or_closed_plan_can_be_erased_from(ended: str) -> None:
    erased(observed().when(ended, role="operator", reason="Over")).then("erased")


def test_an_erasure_needs_no_source_where_every_other_command_does() -> None:
    erased(given(live_from="never", source="Gazette"), entry=1).then("erased")


def test_the_port_tells_the_engine_which_entry_is_to_be_erased() -> None:
    command = PLAN.parse({"command": "redact", "id": "x", "entry": 3, **WHY})
    assert PLAN.erases(command) == 3
    assert PLAN.erases(PLAN.parse({"command": "resume_plan", "id": "x"})) is None
    assert list(command.words()) == [], "what is public and permanent is not sealed"

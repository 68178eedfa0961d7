"""Members of a group are counted, never named."""

from typing import Any

import pytest

from tests.unit.domain.story import Story, convened, given


def answered(story: Story, members: int | None, **fields: Any) -> Story:
    return story.when("submit_reflection", by="patients", answers={"did": "We waited"}, members=members, **fields)


def counted(story: Story) -> list[tuple[str, int, Any]]:
    return [(one.body, one.answered, one.of) for event in story.events("phase_closed") for one in event.groups]


def test_a_round_closes_with_how_many_members_of_a_group_answered() -> None:
    story = convened(given(), "reflection", at="2027-03-01")
    answered(answered(story, 7), 5).then("reflection_submitted", members=5)
    convened(story, "adaptation", at="2027-04-01")
    assert counted(story) == [("patients", 12, 30)]


def test_a_group_without_an_answer_is_counted_as_none_of_its_members_and_not_as_silent() -> None:
    story = convened(convened(given(), "reflection", at="2027-03-01"), "adaptation", at="2027-04-01")
    assert counted(story) == [("patients", 0, 30)]
    assert "patients" not in {event.body for event in story.events("silence_recorded")}


def test_members_of_a_group_of_unknown_size_are_counted_too() -> None:
    story = answered(convened(given({"partners.3.group": "unknown"}), "reflection", at="2027-03-01"), 40)
    convened(story, "adaptation", at="2027-04-01")
    assert counted(story) == [("patients", 40, "unknown")]


def test_a_report_of_a_group_states_how_many_members_report() -> None:
    story = given().when("report_progress", by="patients", milestone="1.1", status="under_way", members=9)
    story.then("progress_reported", members=9)


def test_a_group_cannot_have_more_answers_than_members() -> None:
    answered(answered(given(), 20), 11).then_refused("more_than_the_group", size="30", before="20")


def test_a_groups_answer_states_how_many_members_answered_and_another_bodys_does_not() -> None:
    answered(given(), None).then_refused("members_needed", body="patients")
    story = given().when("submit_reflection", by="nurses", answers={"did": "x"}, members=2)
    story.then_refused("not_a_group", body="nurses")


@pytest.mark.parametrize("cycle", [1, 2])
def test_members_are_counted_for_each_cycle(cycle: int) -> None:
    story = answered(convened(given(), "reflection", at="2027-03-01"), 7)
    convened(story, "adaptation", "action", "reflection", at="2027-04-01")
    answered(story, 3, cycle=cycle)
    counted = [story.plan.members_in(1), story.plan.members_in(2)]
    assert counted == ([{"patients": 10}, {}] if cycle == 1 else [{"patients": 7}, {"patients": 3}])


def test_an_answer_that_a_group_contests_is_not_counted() -> None:
    story = convened(given(), "reflection", at="2027-03-01")
    answered(answered(story, 7), 5, role="operator", source="Letter 3")
    story.when("contest_entry", by="patients", entry=story.entries[-1].version, reason="We were two").then(
        "entry_contested"
    )
    convened(story, "adaptation", at="2027-04-01")
    assert counted(story) == [("patients", 7, 30)]

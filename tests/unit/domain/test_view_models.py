"""The models of answers: what one writes another reads again, and they say all that the plan's own parts say."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any, get_args

import pytest
from pydantic import BaseModel

from domain.corrections import messages
from domain.errata.messages import Erratum
from domain.judging.messages import Assessment, Finding
from domain.kernel.event import Source, Visibility
from domain.kernel.text import Absent
from domain.learning.messages import AssumptionTest, Lesson, PowerObservation
from domain.plan_file import definition
from domain.reporting.messages import Measurement
from domain.views.construct import part_view
from domain.views.diff import diff_view
from domain.views.models import annotations, correction, diff, history, parts, pending, plan
from domain.views.models.view import ALL, AbsentView, View
from domain.views.pending import pending_view
from domain.views.plan import plan_view
from tests.unit.domain.story import (
    Story,
    contested,
    convened,
    decided_in_session,
    entered,
    erred,
    given,
    proposed,
)

READERS: list[frozenset[Visibility]] = [frozenset({"public"}), frozenset({"public", "partners"}), ALL]


def long_told() -> Story:
    """A plan in which most of what can happen has happened."""
    story = given().when("report_progress", id="seen", by="nurses", milestone="1.1", status="under_way", text="Seven")
    story.when("report_progress", id="count", by="nurses", milestone="1.1", status="under_way", count=7, of=12)
    story.when("report_progress", by="doctors", milestone="2.1", status="done", visibility="restricted", text="Hush")
    story.when("measure_indicator", by="auditors", indicator="rate", value="77.7", text={"en": "High", "es": "Alta"})
    story.when("test_assumption", by="auditors", assumption="soap", outcome="failed", rests_on=["seen"])
    story.when("observe_power", by="nurses", stakeholder="purchasing", ability="low", text={"sealed": "a" * 64})
    story.when("record_lesson", by="nurses", lesson={"id": "L1", "text": "Ask earlier", "rests_on": ["seen"]})
    story.when("record_occurrence", by="auditors", awaited="guide")
    erred(story)
    entered(story, id="letter", milestone="1.2")
    contested(story, "nurses", "letter")
    proposed(story)
    story.when("return_correction", by="doctors", correction="cc", reason="Say why")
    story.when("redraft_correction", by="nurses", correction="cc", trigger="roadblock", rests_on=["seen"],
        rationale={"en": "Too hot", "es": "Calor"},
        changes=[{"drop": "1.2"}, {"add": {"cause": {"id": "c9", "text": "Heat"}}}],
    )  # fmt: skip
    decided_in_session(story, draft=2)
    proposed(story, id="open")
    return convened(story, "reflection", at="2027-04-10")


@pytest.fixture(scope="module")
def story() -> Story:
    return long_told()


@pytest.mark.parametrize("may_see", READERS)
def test_an_answer_is_read_again_as_what_was_written(story: Story, may_see: frozenset[Visibility]) -> None:
    """It also holds every value against the type of its field: the largest of them are made without that."""
    before = story.as_of("2027-01-05")
    views: list[View] = [
        plan_view(story.plan, story.now, may_see),
        pending_view(story.plan, story.now, may_see),
        diff_view(before, story.plan, may_see),
    ]
    for view in views:
        written = json.loads(json.dumps(view.as_json()))
        again = type(view).model_validate(written)
        assert again.as_json() == written
        assert type(view).model_validate_json(json.dumps(written)) == again


def test_the_story_is_one_in_which_most_has_happened(story: Story) -> None:
    view = plan_view(story.plan, story.now)
    assert all((view.corrections, view.contested, view.errata, view.lessons, view.power, view.indicators[0].measured))
    assert view.corrections[0].session is not None
    assert view.corrections[0].earlier_drafts[0].draft == 1


def test_what_may_be_missing_is_missing_and_not_null() -> None:
    shown = plan_view(given().plan, datetime(2027, 1, 5, tzinfo=UTC)).as_json()
    [milestone, waiting] = shown["commitments"][0]["milestones"]
    assert {"told_at", "note", "counts", "text"} & milestone.keys() == set()
    assert (milestone["deadline"], milestone["due"], milestone["reported_by"]) == ("2027-03-31", "2027-03-31", None)
    assert (waiting["deadline"], waiting["due"]) == ({"after": "guide", "working_days": 10}, None)
    assert "source" in shown


SAME_FIELDS: list[tuple[type[View], type[BaseModel]]] = [
    (parts.SourceView, Source),
    (parts.CausePart, definition.Cause),
    (parts.ProblemPart, definition.Problem),
    (parts.PartnerPart, definition.Partner),
    (parts.MilestonePart, definition.Milestone),
    (parts.CommitmentPart, definition.Commitment),
    (parts.IndicatorPart, definition.Indicator),
    (parts.AssumptionPart, definition.Assumption),
    (parts.AwaitedPart, definition.Awaited),
    (parts.ScaleWordPart, definition.ScaleWord),
    (parts.WordsPart, definition.Words),
    (parts.ApprovedPart, definition.Approved),
    (parts.ClockedCyclePart, definition.Cycle),
    (parts.ReportRhythmPart, definition.Rhythm),
    (parts.DecisionsPart, definition.Decisions),
    (parts.VisibilitiesPart, definition.Defaults),
    (parts.PolicyPart, definition.Policy),
    (parts.AdditionPart, messages.Addition),
    (parts.ChangePart, messages.Change),
    (plan.MeasurementView, Measurement),
    (plan.PowerView, PowerObservation),
]

MORE_FIELDS: list[tuple[type[View], type[BaseModel]]] = [
    (plan.AssumptionTestView, AssumptionTest),
    (plan.LessonView, Lesson),
    (plan.AssessmentView, Assessment),
    (plan.FindingView, Finding),
]


@pytest.mark.parametrize(("view", "part"), SAME_FIELDS)
def test_a_part_and_its_view_have_the_same_keys(view: type[View], part: type[BaseModel]) -> None:
    assert keys_of(view) == keys_of(part)


@pytest.mark.parametrize(("view", "part"), MORE_FIELDS)
def test_a_view_has_every_key_of_what_was_stated(view: type[View], part: type[BaseModel]) -> None:
    assert keys_of(view) >= keys_of(part)


def keys_of(model: type[BaseModel]) -> set[str]:
    return {info.alias or name for name, info in model.model_fields.items()}


def test_the_words_of_the_models_are_those_of_the_domain() -> None:
    assert get_args(parts.Meaning) == get_args(definition.Meaning)
    assert AbsentView.model_fields["absent"].annotation == Absent.model_fields["absent"].annotation
    assert get_args(annotations.ErratumView.model_fields["status"].annotation) == get_args(
        Erratum.status.fget.__annotations__["return"]  # type: ignore[attr-defined]
    )


def all_views(view: type[View] = View) -> list[type[View]]:
    return [one for sub in view.__subclasses__() for one in (sub, *all_views(sub))]


def test_every_view_says_what_it_is_and_no_field_is_of_any_type() -> None:
    assert {history.StepView, pending.PendingView, diff.DiffView, correction.CorrectionView} <= set(all_views())
    for view in all_views():
        assert view.__doc__, view
        for name, info in view.model_fields.items():
            assert "typing.Any" not in repr(info.annotation), (view, name)


def test_the_schema_of_a_view_has_the_description_of_every_documented_field() -> None:
    schema: dict[str, Any] = plan.MilestoneView.model_json_schema()
    assert schema["properties"]["due"]["description"].startswith("The day on which it falls")
    assert schema["properties"]["with"]["description"] == "The bodies that help."


def test_a_part_is_read_once_and_forgotten_with_the_part() -> None:
    from domain.views import construct  # noqa: PLC0415

    cause = definition.Cause(id="c1", text="Heat")
    key = id(cause), parts.CausePart
    assert part_view(parts.CausePart, cause) is part_view(parts.CausePart, cause)
    assert key in construct._views
    del cause
    assert key not in construct._views


def test_a_moment_of_the_record_is_written_in_utc_to_the_microsecond() -> None:
    when = datetime(2027, 1, 1, tzinfo=UTC) + timedelta(hours=1)
    contest = annotations.ContestView(body="nurses", by=4, recorded_at=when, successor=None)
    assert contest.as_json()["recorded_at"] == "2027-01-01T01:00:00.000000Z"

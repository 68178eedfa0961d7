"""Histories to export: the two examples, and a small plan that says everything in every class of visibility."""

from collections.abc import Collection, Sequence
from datetime import UTC, datetime, timedelta
from functools import cache

from audit.exports import FORMATS
from audit.exports.content import ExportContent, Reach
from audit.replay import step_view
from audit.trace import Threads
from domain.kernel.entry import Entry
from domain.kernel.event import Visibility
from domain.plan import Plan
from domain.views.models.history import StepView
from tests.unit.domain.story import Story, changed, given
from tests.unit.examples import golden
from tests.unit.examples.folding import Play, definition_of, lines_of

ORIGIN = "test.example/1"
MADE = datetime(2027, 7, 1, 12, tzinfo=UTC)
FEDERAL, VERACRUZ, WARD = "federal-data-strategy-2020", "veracruz-public-works", "ward"
NAMES = (FEDERAL, VERACRUZ, WARD)

HIDDEN = {"partners": "for-partners-only", "restricted": "for-very-few"}
"""A word in every text of a class, and in every id that such a text has."""


PERSON = "p-0123456789abcdef"
"""Whoever sent all of it."""


def told(name: str, reach: Reach = "public") -> ExportContent:
    """A whole history, as far as a reach goes."""
    entries, plan = _history(name)
    return tell(entries, plan, reach)


def tell(entries: Sequence[Entry], plan: Plan, reach: Reach = "public") -> ExportContent:
    return ExportContent(
        origin=ORIGIN,
        entries=[(changed(entry, actor=PERSON), f"{entry.version:064x}") for entry in entries],
        now=plan,
        reach=reach,
        made_at=MADE,
    )


@cache
def exported(name: str, write_as: str, reach: Reach = "public") -> bytes:
    return b"".join(FORMATS[write_as].write(told(name, reach)))


def steps_of(may_see: Collection[Visibility]) -> list[StepView]:
    """The small plan's history told again, to a reader who may see so much."""
    history, threads, views = told(WARD), Threads(), []
    for step in history.steps():
        threads.add(step.entry, step.hash)
        views.append(step_view(step, threads, may_see))
    return views


@cache
def _history(name: str) -> tuple[Sequence[Entry], Plan]:
    match name:
        case "federal-data-strategy-2020":
            play = _federal()
        case "veracruz-public-works":
            play = golden.play()
        case _:
            story = ward()
            return story.entries, story.plan
    return play.entries, play.plan


def _federal() -> Play:
    play, definition = Play(FEDERAL), definition_of(FEDERAL)
    assert definition.source is not None
    assert definition.source.date is not None
    entered = datetime(2026, 1, 1, tzinfo=UTC)
    play.start(definition, entered, effective=datetime.fromisoformat(definition.source.date))
    for count, command in enumerate(lines_of(FEDERAL), start=1):
        play.send(command, entered + timedelta(seconds=count))
    return play


def ward() -> Story:
    """A lesson that rests on a report, a course correction that rests on the lesson; and all of it hidden as well."""
    story = given()
    story.when("report_progress", id="r-open", by="nurses", milestone="1.1", status="under_way", text="All may know")
    for visibility, word in HIDDEN.items():
        secret = {"visibility": visibility, "by": "nurses"}
        story.when("report_progress", id=f"r-{word}", milestone="1.1", status="done", text=word, **secret)
        lesson = {"id": f"l-{word}", "text": word, "rests_on": [f"r-{word}"]}
        story.when("record_lesson", id=f"c-{word}", lesson=lesson, **secret)
        change = {"item": "2.1", "field": "proof", "from": "Minutes", "to": word}
        story.when(
            "propose_correction",
            id=f"p-{word}",
            trigger="roadblock",
            rests_on=[f"l-{word}"],
            rationale=word,
            changes=[change],
            **secret,
        )
        story.when("endorse_correction", id=f"e-{word}", by="doctors", correction=f"p-{word}", reason=word)
    hidden = HIDDEN["restricted"]
    story.when("observe_power", id=f"w-{hidden}", by="nurses", stakeholder="purchasing", ability="low", text=hidden)
    story.when(
        "record_lesson",
        id="c-open",
        by="doctors",
        visibility="public",
        lesson={
            "id": "l-open",
            "text": "Basins come late",
            "therefore": "Order them early",
            "rests_on": ["r-open", *_rests_on_hidden()],
        },
    )
    story.when(
        "propose_correction",
        id="later",
        by="nurses",
        trigger="roadblock",
        rests_on=["l-open", *_rests_on_hidden()],
        rationale="The basins have not come",
        changes=[{"item": "1.1", "field": "due", "from": "2027-03-31", "to": "2027-05-31"}],
    )
    story.when("endorse_correction", id="e1", by="auditors", correction="later", reason="Agreed")
    story.when(
        "decide_correction",
        id="d1",
        by="doctors",
        correction="later",
        decision="adopted",
        response="So be it",
        authority={"document": "Minutes", "number": "4"},
    )
    story.when("report_progress", id="r-last", by="nurses", milestone="1.2", status="done", text="=1+1")
    assert story.refused is None
    assert story.plan.revision == 2
    return story


def _rests_on_hidden() -> list[str]:
    return [f"r-{word}" for word in HIDDEN.values()]

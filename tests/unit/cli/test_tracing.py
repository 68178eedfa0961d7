"""`rumbo history replay` and `trace` in words: what changed, and the entries that led to it."""

from typing import Any
from zoneinfo import ZoneInfo

import pytest

from domain.views.models.history import StepView, TraceView
from domain.views.plan import plan_view
from language import speaking
from telling.history import step, traced
from tests.unit.audit.telling import MADE, WARD, steps_of, told
from tests.unit.audit.test_trace import ALL, PUBLIC

ZONE = ZoneInfo("America/Mexico_City")
VIEW = plan_view(told(WARD).now, MADE)


def _effect(may_see: Any) -> StepView:
    (found,) = [view for view in steps_of(may_see) if view.kind == "correction_took_effect"]
    return found


def test_a_step_says_what_it_changed_and_the_chain_that_led_to_it() -> None:
    with speaking("en"):
        lines = [" ".join(line.split()) for line in step(_effect(PUBLIC), VIEW, ZONE)]
    text = " ".join(lines)
    assert "→ 1.1 rescheduled: deadline: 2027-03-31 → 2027-05-31" in text
    chain = text.partition("Why: ")[2]
    assert [chain.index(kind) for kind in ("progress report", "lesson", "course correction proposed")] == sorted(
        chain.index(kind) for kind in ("progress report", "lesson", "course correction proposed")
    )
    assert chain.endswith("→ 2 withheld")


def test_an_entry_that_changes_nothing_is_told_as_it_is() -> None:
    with speaking("en"):
        opened = next(view for view in steps_of(ALL) if view.kind == "phase_opened")
        assert "Why" not in " ".join(step(opened, VIEW, ZONE))


@pytest.mark.parametrize(
    ("spoken", "titles"), [("en", ("Led to it:", "Followed from it:")), ("es", ("Llevó a ello:",))]
)
def test_a_trace_is_told_in_three_parts(spoken: str, titles: tuple[str, ...]) -> None:
    views = tuple(steps_of(PUBLIC))
    found = TraceView.model_construct(
        name="later", because=views[2:3], entries=views[-5:-4], came_of_it=views[-3:], withheld=2
    )
    with speaking(spoken):
        lines = list(traced(found, VIEW, ZONE))
    assert [title for title in titles if title in lines] == list(titles)
    assert "later" in lines
    assert "2 " in lines[-1]

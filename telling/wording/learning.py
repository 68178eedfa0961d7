"""Wording of learning: reflections, lessons, tests of assumptions and observations of power."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from language import N_, _
from telling.plan_words import PlanWords
from telling.registry import Data, Term, commands, event, refusals, terms
from telling.values import also, localized

if TYPE_CHECKING:
    from domain.views.models.plan import PowerView

OUTCOMES: Final = {
    "holding": N_("The assumption {assumption} holds"),
    "weakening": N_("The assumption {assumption} is weakening"),
    "failed": N_("The assumption {assumption} has failed"),
}
LEVELS: Final = {
    "high": N_("high"),
    "medium": N_("medium"),
    "low": N_("low"),
    "none": N_("none"),
    "unknown": N_("unknown"),
}

commands(
    {
        "submit_reflection": N_("a reflection"),
        "record_lesson": N_("a lesson"),
        "test_assumption": N_("the test of an assumption"),
        "observe_power": N_("a power observation"),
    }
)
refusals(
    {
        "unknown_question": N_("the plan asks no such question"),
        "no_such_cycle": N_("there is no such cycle to look back on"),
        "already_reflected": N_("the body had answered for that cycle"),
        "lesson_exists": N_("a lesson of that id exists already"),
        "unknown_ground": N_("nothing is recorded under an id that it rests on"),
        "ground_contested": N_("an entry that it rests on was contested"),
        "unknown_stakeholder": N_("there is no such stakeholder or partner"),
        "unknown_assumption": N_("the plan has no such assumption"),
    }
)
terms(
    Term(
        30,
        N_("keep what was learned"),
        N_("lesson"),
        N_("what it rests on, and whether it is for this plan or for the next one"),
        N_("leaves the plan as it is"),
        "rumbo lesson record",
    ),
    Term(
        40,
        N_("note who holds power, and how that shifts"),
        N_("power observation"),
        N_("the stakeholder; very few may ever read it"),
        N_("leaves the plan as it is"),
        "rumbo power observe",
    ),
)


@event("reflection_submitted", N_("reflection"), shows_id=True)
def _reflection(data: Data, words: PlanWords) -> str:
    late = _(" (late)") if data.get("late") else ""
    answers = " ".join(f"{question}: {localized(answer)}" for question, answer in data["answers"].items())
    sentence = _("Reflection on cycle {cycle}{late}.").format(cycle=data["cycle"], late=late)
    return f"{sentence} {answers}{words.in_meeting(data)}"


@event("lesson_recorded", N_("lesson"), mark="lesson")
def _lesson(data: Data, words: PlanWords) -> str:
    successor = _(" (for the successor)") if "successor" in data.get("for", ()) else ""
    return _("Lesson {id}{successor}: {text}").format(id=data["id"], successor=successor, text=localized(data["text"]))


@event("assumption_tested", N_("assumption tested"), shows_id=True)
def _tested(data: Data, words: PlanWords) -> str:
    return _(OUTCOMES[data["outcome"]]).format(assumption=data["assumption"]) + "." + also(data.get("text"))


@event("power_observed", N_("power observation"), shows_id=True)
def _power(data: Data, words: PlanWords) -> str:
    from domain.views.models.plan import PowerView  # noqa: PLC0415  (loaded, since there is a view)

    return _("Power of {stakeholder}: {levels}.").format(
        stakeholder=data["stakeholder"], levels=levels(PowerView.read(data)) or "-"
    ) + also(data.get("text"))


def levels(observation: PowerView) -> str:
    """The levels of power that were observed: ``authority high, ability low``."""
    seen = (
        (_("authority"), observation.authority),
        (_("acceptance"), observation.acceptance),
        (_("ability"), observation.ability),
    )
    return ", ".join(f"{name} {level(value)}" for name, value in seen if value)


def level(value: Any) -> str:
    """A level of power; a sealed one shows its seal unless the reader may read it."""
    word = getattr(value, "opened", value)
    return _(LEVELS[word]) if isinstance(word, str) and word in LEVELS else localized(value)

"""Learning: reflections, lessons, tests of assumptions, and observations of power."""

from typing import Annotated, Literal

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from domain.kernel.command import Command
from domain.kernel.event import Event, about
from domain.kernel.meeting import Meeting
from domain.kernel.refused import refusals
from domain.kernel.statement import Statement
from domain.kernel.text import CommandId, Count, Id, SealableText, Sealed
from domain.kernel.visibility import ByPolicy, Fixed


class Lesson(Statement):
    """A lesson: its text, its grounds, and the plans that it is for."""

    id: Id
    text: SealableText
    therefore: SealableText | None = None
    """The consequence, if the lesson states one."""
    rests_on: tuple[CommandId, ...] = ()
    meant_for: Annotated[tuple[Literal["this_plan", "successor"], ...], Field(alias="for", min_length=1)] = (
        "this_plan",
    )


class Reflection(Statement):
    """A body's answers to the plan's questions for one cycle."""

    cycle: Annotated[int, Field(ge=1)] | None = None
    """The cycle it is about; ``None``: the present one."""
    answers: Annotated[dict[Id, SealableText], Field(min_length=1)]
    members: Count | None = None
    """Of a group: how many of its members gave these answers."""
    session: Meeting | None = None
    """The meeting that answered for all bodies present."""


class AssumptionTest(Statement):
    assumption: Id
    outcome: Literal["holding", "weakening", "failed"]
    text: SealableText | None = None
    rests_on: tuple[CommandId, ...] = ()


Level = Literal["high", "medium", "low", "none", "unknown"]


class PowerObservation(Statement):
    """The power of a stakeholder: authority, acceptance and ability, as in problem-driven iterative adaptation.

    Always restricted. Everything but the stakeholder can be erased.
    """

    stakeholder: Id
    authority: Level | Sealed | None = None
    acceptance: Level | Sealed | None = None
    ability: Level | Sealed | None = None
    text: SealableText | None = None

    @model_validator(mode="after")
    def _says_something(self) -> "PowerObservation":
        if not (self.authority or self.acceptance or self.ability or self.text):
            raise PydanticCustomError("one_of", "{names}", {"names": "authority, acceptance, ability, text"})
        return self


class SubmitReflection(Command, Reflection):
    command: Literal["submit_reflection"] = "submit_reflection"
    VISIBILITY = ByPolicy("reflections")
    lessons: tuple[Lesson, ...] = ()
    WORDS = ("answers.*", "lessons.*.text", "lessons.*.therefore", "session.minutes")


class RecordLesson(Command):
    command: Literal["record_lesson"] = "record_lesson"
    VISIBILITY = ByPolicy("reflections")
    MAY_BE_EARLIER = True
    lesson: Lesson
    WORDS = ("lesson.text", "lesson.therefore")


class TestAssumption(Command, AssumptionTest):
    __test__ = False
    command: Literal["test_assumption"] = "test_assumption"
    VISIBILITY = ByPolicy("reflections")
    MAY_BE_EARLIER = True
    WORDS = ("text",)


class ObservePower(Command, PowerObservation):
    command: Literal["observe_power"] = "observe_power"
    VISIBILITY = Fixed("restricted")
    MAY_BE_EARLIER = True
    WORDS = ("authority", "acceptance", "ability", "text")


class ReflectionSubmitted(Event, Reflection):
    kind: Literal["reflection_submitted"] = "reflection_submitted"
    IS_ANSWER = True
    SUBJECT = about("cycle", "cycle")
    IS_STATEMENT = True
    IS_GROUND = True
    CORRECTABLE = ("answers",)
    cycle: int
    late: bool = False
    """Whether its round had closed."""


class LessonRecorded(Event, Lesson):
    kind: Literal["lesson_recorded"] = "lesson_recorded"
    SUBJECT = about("lesson", "id")
    IS_STATEMENT = True
    IS_GROUND = True
    NAMED_BY_SUBJECT = True
    STAYS_IF_CONTESTED = True
    CORRECTABLE = ("text", "therefore")


class AssumptionTested(Event, AssumptionTest):
    kind: Literal["assumption_tested"] = "assumption_tested"
    SUBJECT = about("item", "assumption")
    IS_STATEMENT = True
    IS_GROUND = True
    CORRECTABLE = ("text",)


class PowerObserved(Event, PowerObservation):
    kind: Literal["power_observed"] = "power_observed"
    SUBJECT = about("stakeholder", "stakeholder")
    IS_STATEMENT = True
    IS_GROUND = True


refusals(
    {
        "unknown_question": "One answer is for a question that this plan does not ask. Its questions are: {known}.",
        "no_such_cycle": "There is no such cycle to look back on. The plan is in cycle {now}.",
        "already_reflected": "{body} has already answered for cycle {cycle}. Record a lesson, or wait for the next reflection.",
        "lesson_exists": "A lesson with this id exists already. Choose another id.",
        "unknown_stakeholder": "There is no such stakeholder or partner in this plan. `rumbo plan show` lists both.",
        "unknown_assumption": "The plan has no such assumption. `rumbo plan show` lists its assumptions.",
        "members_needed": "{body} is a group: give in `members` how many of them answered.",
    }
)

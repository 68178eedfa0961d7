"""What is to be rehearsed: the plan, who does what, from when, and for how long."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

Habit = Literal["on-time", "late", "silent"]


class ScriptStep(BaseModel):
    """One line of a script: a command and the moment at which it is sent."""

    model_config = ConfigDict(frozen=True)

    at: datetime
    command: dict[str, Any]
    line: int
    by: Literal["operator"] | None = None
    """Who sends it, where that is not the body it speaks for."""


class Job(BaseModel):
    """One rehearsal, as it comes in: a line of JSON."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    plan_file: str
    is_json: bool = False
    language: str = "en"
    begins: str | None = None
    """When the plan starts, a day or a moment; the script's first moment or now, where nothing is said."""
    script: tuple[ScriptStep, ...] = ()
    habit: Habit = "silent"
    habits: Mapping[str, Habit] = {}
    """The bodies that have another."""
    cycles: int | None = None
    """How many; as many as its deadlines and the script take where nothing is said, and at most `MOST_CYCLES`."""

    def habit_of(self, body: str) -> Habit:
        return self.habits.get(body, self.habit)

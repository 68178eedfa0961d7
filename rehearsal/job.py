"""The job of a rehearsal: the plan, its script, the habits of its bodies, its start and its length."""

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
    """The sender, if not the body in ``on_behalf_of``."""


class Job(BaseModel):
    """One rehearsal, read from a line of JSON."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    plan_file: str
    is_json: bool = False
    language: str = "en"
    begins: str | None = None
    """When the plan starts, a day or a moment; by default the script's first moment, or now."""
    script: tuple[ScriptStep, ...] = ()
    habit: Habit = "silent"
    habits: Mapping[str, Habit] = {}
    """The bodies that have another habit."""
    cycles: int | None = None
    """How many cycles; by default until all deadlines and the script are past, and at most `MAX_CYCLES`."""

    def habit_of(self, body: str) -> Habit:
        return self.habits.get(body, self.habit)

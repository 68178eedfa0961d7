"""The words that pass between a plan's workflow and its activities: small, serialisable, without a word of a plan.

Workflows import this module and nothing else of ours but ``domain``; activities are called by name.
"""

from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Final, Literal

from pydantic import BaseModel, ConfigDict

from domain.kernel.event import Phase

PLAN_WORKFLOW: Final = "Plan"
"""The workflow type under which a plan's loop is started."""

HANDLE: Final = "handle"
"""The activity that drains a plan's journal, decides, and appends."""

WAKE: Final = "wake"
"""The signal that says only: look at the journal."""

CANCEL: Final = "cancel"
"""The name under which Temporal's cancel button arrives; a plan is closed by its people, not by a button."""

SEARCH_ATTRIBUTES: Final = MappingProxyType(
    {"status": "PlanStatus", "phase": "PlanPhase", "cycle": "PlanCycle", "deadline": "NextDeadline"}
)
"""Under which of Temporal's search attributes a run shows each field of its agenda."""

SIGNALS_PER_CALL: Final = 100
"""The most arrivals one call of ``handle`` takes."""

GRACE: Final = timedelta(seconds=5)
"""How long after its moment a deadline closes: what was accepted just before it is on its way.

More than the three seconds for which the journal takes what was accepted (``ledger.accept``), and the rest for a clock
of Postgres' that is set back: see `ledger.journal.journal_time`.
"""


def workflow_id(plan: str) -> str:
    """The one workflow of a plan. Plan ids are never reused, so neither is this."""
    return f"plan-{plan}"


def plan_of_workflow(workflow: str) -> str:
    """The plan whose workflow has this id; raises ValueError for any other workflow's id."""
    if not workflow.startswith("plan-"):
        raise ValueError("not a plan's workflow: its id does not begin with plan-")
    return workflow.removeprefix("plan-")


class CommandSignal(BaseModel):
    """The one argument of a signal: which journalled command it announces. ``wake`` carries none."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    command: str
    number: int
    """The command's number in the journal."""


class ReceivedSignal(BaseModel):
    """A signal as the mailbox keeps it: its outline, never its content.

    ``number`` is what a well-formed knock claims. Only the journal can say whether it is true, so ``handle`` checks it
    and records as refused what names no journalled command.
    """

    model_config = ConfigDict(frozen=True)

    name: str
    """The signal's name, escaped, at most 100 characters."""
    size: int
    """Bytes of all arguments."""
    sha256: str
    number: int | None = None


class PlanRun(BaseModel):
    """All that continue-as-new carries; a first start needs no argument. Which plan it is, the workflow's id says."""

    model_config = ConfigDict(frozen=True)

    arrivals: tuple[ReceivedSignal, ...] = ()


class HandleInput(BaseModel):
    """A call of ``handle``."""

    model_config = ConfigDict(frozen=True)

    plan: str
    arrivals: tuple[ReceivedSignal, ...] = ()


class Agenda(BaseModel):
    """What ``handle`` answers: what the loop waits for next. Never events, never a plan's text."""

    model_config = ConfigDict(frozen=True)

    status: Literal["unknown", "open", "paused", "closed"]
    cycle: int = 0
    phase: Phase | None = None
    deadline: datetime | None = None
    """When the clock next has something to do; UTC, absolute."""
    more: bool = False
    """The journal holds commands that this call did not reach: call again at once."""

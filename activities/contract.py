"""The messages between a plan's workflow and its activities: small, serialisable, and without text of a plan.

Workflows import this module, ``domain`` and nothing else of ours; activities are called by name. Temporal stores these
models: their field names and the names in constants must not change.
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
"""The signal, without argument, that asks a plan to look at its journal."""

CANCEL: Final = "cancel"
"""The name under which a cancel request is recorded: a plan is closed by a command, not by Temporal's cancel button."""

SEARCH_ATTRIBUTES: Final = MappingProxyType(
    {"status": "PlanStatus", "phase": "PlanPhase", "cycle": "PlanCycle", "deadline": "NextDeadline"}
)
"""For each field of the agenda, the Temporal search attribute that shows it."""

SIGNALS_PER_CALL: Final = 100
"""The most received signals that one call of ``handle`` takes."""

GRACE: Final = timedelta(seconds=5)
"""How long after its moment a deadline is handled, so that commands accepted just before it are in the journal.

Longer than the three seconds that accepting a command may take (``ledger.accept``); the rest allows for a clock of
Postgres that is set back: see `ledger.journal.journal_time`.
"""


def workflow_id(plan: str) -> str:
    """The id of a plan's only workflow. Plan ids are never reused, so neither is this."""
    return f"plan-{plan}"


def plan_of_workflow(workflow: str) -> str:
    """The plan whose workflow has this id; raises ValueError for the id of any other workflow."""
    if not workflow.startswith("plan-"):
        raise ValueError("not a plan's workflow: its id does not begin with plan-")
    return workflow.removeprefix("plan-")


class CommandSignal(BaseModel):
    """The only argument of a signal: the journalled command that it announces. ``wake`` carries none."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    command: str
    number: int
    """The command's number in the journal."""


class ReceivedSignal(BaseModel):
    """A signal as the mailbox keeps it: name, size and digest, never its content.

    ``number`` is what a well-formed `CommandSignal` claims. ``handle`` looks it up in the journal, and records a signal
    that names no journalled command as refused.
    """

    model_config = ConfigDict(frozen=True)

    name: str
    """The signal's name, escaped, at most 100 characters."""
    size: int
    """Bytes of all arguments."""
    sha256: str
    number: int | None = None


class PlanRun(BaseModel):
    """The argument that continue-as-new carries; a first run needs none. The plan is named by the workflow's id."""

    model_config = ConfigDict(frozen=True)

    arrivals: tuple[ReceivedSignal, ...] = ()


class HandleInput(BaseModel):
    """The argument of ``handle``."""

    model_config = ConfigDict(frozen=True)

    plan: str
    arrivals: tuple[ReceivedSignal, ...] = ()


class Agenda(BaseModel):
    """What ``handle`` returns: what the loop waits for next. Never events, never text of a plan."""

    model_config = ConfigDict(frozen=True)

    status: Literal["unknown", "open", "paused", "closed"]
    cycle: int = 0
    phase: Phase | None = None
    deadline: datetime | None = None
    """The next moment at which the plan changes by the clock; UTC."""
    more: bool = False
    """The journal holds commands that this call did not reach: call again at once."""

"""A plan as one row of a list."""

from datetime import datetime

from domain.kernel.event import Phase
from domain.views.models.plan import PlanStatus
from domain.views.models.view import PlanText, View


class SummaryView(View):
    """What is kept of every plan for lists: short, and nothing that anybody may not see."""

    title: PlanText | None
    """At most 200 characters, in at most ten languages; null for a plan that was not started."""
    status: PlanStatus
    phase: Phase | None
    cycle: int
    """The present cycle, from 1; 0 before the first."""
    next_deadline: datetime | None
    """When the clock next has something to do."""
    revision: int
    """How often the plan's shape was set."""
    updated_at: datetime | None
    """When its last entry was recorded."""
    illustrative: bool
    """Whether it is an example."""
    entered_afterwards: bool
    """Whether the whole history was entered afterwards, from sources."""


class PlanRowView(SummaryView):
    """One row of the list of plans."""

    id: str
    version: int
    """The number of the plan's last entry."""


class PlansView(View):
    """A page of the list of plans, by name."""

    plans: tuple[PlanRowView, ...]
    next: str | None
    """Given as ``after``, the list goes on; null at its end."""

"""What is asked of whom, and by when: one page a body."""

from domain.views.models.annotations import ErratumView
from domain.views.models.correction import ChangeView
from domain.views.models.plan import AwaitedView, FindingView, MilestoneView, PlanHeadView, SilenceView
from domain.views.models.view import PlanText, StatedTextOrAbsent, View


class ReflectionAskedView(View):
    """A reflection that is asked of a body."""

    cycle: int
    """The cycle that it looks back on."""
    questions: dict[str, PlanText]
    """The plan's questions, by id."""


class DraftView(View):
    """The draft of a course correction that an answer is owed to."""

    id: str
    """The course correction's id."""
    draft: int
    """The draft's number, from 1; a position names it."""
    proposed_by: str | None
    rationale: StatedTextOrAbsent
    changes: tuple[ChangeView, ...]


class PendingBodyView(View):
    """What one body still owes."""

    body: str
    name: PlanText
    reports: tuple[MilestoneView, ...]
    """The milestones on which a report is asked for."""
    reflection: ReflectionAskedView | None
    positions: tuple[DraftView, ...]
    """The drafts on which its position is missing."""
    returned: tuple[DraftView, ...]
    """Its own drafts that were given back."""
    findings: tuple[FindingView, ...]
    """The findings that it is to answer."""
    errata: tuple[ErratumView, ...]
    """The errata that wait for the word of a body other than their writer."""
    overdue: tuple[MilestoneView, ...]
    """The milestones it leads whose day has ended."""
    awaited: tuple[AwaitedView, ...]
    """The events that it may declare."""
    unanswered: tuple[SilenceView, ...]
    """The silences that it can still end by answering late."""


class PendingView(PlanHeadView):
    """What every body of a plan still owes."""

    bodies: tuple[PendingBodyView, ...]
    """In the order of the plan's partners; empty while the plan is paused or closed."""

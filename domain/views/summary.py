"""A plan as one row of a list."""

from domain.kernel.text import Text
from domain.loop.clock import next_deadline
from domain.plan import Plan
from domain.views.models.summary import SummaryView


def summary_view(plan: Plan) -> SummaryView:
    """What is kept of every plan for lists: short, and nothing that anybody may not see."""
    return SummaryView(
        title=_short(plan.definition.title) if plan.definition else None,
        status=plan.status,
        phase=plan.phase,
        cycle=plan.cycle,
        next_deadline=next_deadline(plan),
        revision=plan.revision,
        updated_at=plan.recorded_at,
        illustrative=plan.definition.illustrative if plan.definition else False,
        entered_afterwards=plan.definition is not None and plan.live_from is None,
    )


def _short(title: Text) -> Text:
    """A title for a list: at most 200 characters, in at most ten languages."""
    if isinstance(title, str):
        return title[:200]
    return {language: text[:200] for language, text in list(title.items())[:10]}

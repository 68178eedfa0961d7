"""Answers that come after a silence was recorded: they stand beside it as *answered late*."""

from collections.abc import Iterable
from typing import Literal

from domain.kernel.entry import Entry
from domain.kernel.record import replace
from domain.loop.messages import Silence
from domain.plan import Plan


def answered(
    plan: Plan,
    entry: Entry,
    bodies: Iterable[str | None],
    asked_for: Literal["report", "reflection", "position"],
    *,
    cycle: int | None = None,
    about: str | None = None,
) -> Plan:
    """The plan, with an entry set beside every silence of these bodies that it answers.

    ``cycle``: only silences of that cycle, or of the present period of the reports' own rhythm. ``about``: only those
    about this course correction.
    """
    if not plan.recorded_silences:
        return plan
    holders = {plan.heir(body) or body for body in bodies if body is not None}
    period = plan.reporting.period if plan.reporting else None

    def answers(silence: Silence) -> bool:
        return (
            (plan.heir(silence.body) or silence.body) in holders
            and silence.asked_for == asked_for
            and (cycle is None or (silence.cycle == cycle if silence.period is None else silence.period == period))
            and (about is None or about in silence.about)
        )

    silences = tuple(
        replace(one, answers=(*one.answers, entry.stamp)) if answers(one) else one for one in plan.recorded_silences
    )
    return replace(plan, recorded_silences=silences)

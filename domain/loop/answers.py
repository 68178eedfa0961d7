"""Late answers: an answer after a silence was recorded is added to that silence, which stays."""

from collections.abc import Iterable
from typing import Literal

from domain.kernel.entry import Entry
from domain.kernel.record import replace
from domain.loop.messages import Silence
from domain.plan import Plan


def with_late_answer(
    plan: Plan,
    entry: Entry,
    bodies: Iterable[str | None],
    asked_for: Literal["report", "reflection", "position"],
    *,
    cycle: int | None = None,
    about: str | None = None,
) -> Plan:
    """The plan, with an entry added as a late answer to every silence of these bodies that it answers.

    ``cycle``: only silences of that cycle, or of the present period of the reporting rhythm. ``about``: only silences
    about this course correction.
    """
    if not plan.recorded_silences:
        return plan
    holders = {plan.current_holder(body) or body for body in bodies if body is not None}
    period = plan.reporting.period if plan.reporting else None

    def answers(silence: Silence) -> bool:
        return (
            (plan.current_holder(silence.body) or silence.body) in holders
            and silence.asked_for == asked_for
            and (cycle is None or (silence.cycle == cycle if silence.period is None else silence.period == period))
            and (about is None or about in silence.about)
        )

    silences = tuple(
        replace(one, answers=(*one.answers, entry.stamp)) if answers(one) else one for one in plan.recorded_silences
    )
    return replace(plan, recorded_silences=silences)

"""Evolve a plan by one entry. Never refuses a known kind, takes no decision, reads no clock.

The engine, the auditor's replay and the verifier all use this one function, so that they cannot disagree. A statement
is only added to its subject; facts are derived from it on reading. A concept registers a rule (``EVOLVE``) for entries
that change the plan's definition, course or rounds.
"""

from datetime import datetime

from domain.kernel.entry import Entry
from domain.kernel.record import replace
from domain.kernel.registry import EVOLVE
from domain.plan import Plan


def evolve(plan: Plan, entry: Entry) -> Plan:
    """The plan after an entry."""
    kind, moment = entry.kind_of_event, entry.effective_at
    subjects = entry.find_subjects()
    after = replace(  # in one call: copying the plan is a quarter of the cost
        plan,
        version=entry.version,
        recorded_at=entry.recorded_at,
        latest=plan.latest if kind.ABOUT_THE_RECORD else _later(plan.latest, moment),
        heard_at=_later(plan.heard_at, moment) if kind.IS_ANSWER else plan.heard_at,
        shaped_at=moment if kind.SHAPES_THE_PLAN else plan.shaped_at,
        history=plan.history.plus(entry, subjects) if subjects else plan.history,
    )
    rule = EVOLVE.get(kind)
    if rule is None:
        return after
    evolved: Plan = rule(after, entry)
    return evolved


def _later(one: datetime | None, other: datetime) -> datetime:
    return other if one is None or one < other else one

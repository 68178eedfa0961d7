"""The plan after an entry. Never refuses a kind that it knows, takes no decision, looks at no clock.

The engine, the auditor's replay and the verifier all use this one function, so that they cannot disagree. A statement
is only filed by its subject; facts are derived from it when they are read. The rules of a concept add what an entry
changes in the plan's shape, course or rounds.
"""

from domain.kernel.entry import Entry
from domain.kernel.record import replace
from domain.kernel.registry import EVOLVE
from domain.plan import Plan


def evolve(plan: Plan, entry: Entry) -> Plan:
    """The plan after an entry."""
    kind = entry.kind_of_event
    after = replace(
        plan,
        version=entry.version,
        recorded_at=entry.recorded_at,
        latest=plan.latest if kind.ABOUT_THE_RECORD else max(plan.latest or entry.effective_at, entry.effective_at),
        shaped_at=entry.effective_at if kind.SHAPES_THE_PLAN else plan.shaped_at,
    )
    if subjects := entry.subjects():
        name = (subjects[0][1] if kind.NAMED_BY_SUBJECT else entry.cause) if kind.IS_GROUND else None
        after = replace(after, history=plan.history.plus(entry, subjects, name))
    rule = EVOLVE.get(kind)
    if rule is None:
        return after
    evolved: Plan = rule(after, entry)
    return evolved

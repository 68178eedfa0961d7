"""A history told again: every entry with the plan before it and after it."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from domain import PLAN
from domain.entry import Entry
from domain.plan import Plan


@dataclass(frozen=True, slots=True)
class Step:
    """An entry, its leaf hash in hex, and what it made of the plan."""

    entry: Entry
    hash: str
    before: Plan
    after: Plan


def replay(entries: Iterable[tuple[Entry, str]]) -> Iterator[Step]:
    """The steps of a history from its first entry on; each entry comes with its leaf hash in hex."""
    plan = PLAN.empty
    for entry, hash_ in entries:
        step = Step(entry, hash_, plan, PLAN.evolve(plan, entry))
        yield step
        plan = step.after

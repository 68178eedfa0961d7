"""A history told again: every entry with the plan before it and after it, what it changed, and what led to it."""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from audit.history import entry_view
from audit.trace import Threads
from domain import PLAN
from domain.views.diff import diff_view
from domain.kernel.entry import Entry
from domain.kernel.event import Visibility
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


def step_view(step: Step, threads: Threads, may_see: Collection[Visibility]) -> dict[str, Any]:
    """A step as JSON: the entry, and with it

    ``changed``   what it made of the plan, as `domain.diff.diff` has it; null for nothing
    ``because``   the entries that led to it, ``version`` and ``kind`` of each; of others the reader hears how many

    ``threads`` holds the history up to the entry, itself included.
    """
    led = [entry for entry, _ in threads.because(step.entry)]
    open_ = [entry for entry in led if entry.visibility in may_see]
    told = step.entry.visibility in may_see  # how many led to what is withheld says something of it
    return entry_view(step.entry, step.hash, may_see, step.after) | {
        "entered_afterwards": step.after.entered_afterwards(step.entry.effective_at),
        "changed": _changed(step, may_see),
        "because": [{"version": entry.version, "kind": entry.kind} for entry in open_] if told else [],
        "because_withheld": len(led) - len(open_) if told else 0,
    }


def _changed(step: Step, may_see: Collection[Visibility]) -> dict[str, Any] | None:
    before, after = step.before, step.after
    # Comparing costs as much as the whole plan is large, and most entries leave all of this as it is.
    same = all(getattr(before, part) is getattr(after, part) for part in ("definition", "dropped", "standings"))
    if same or before.definition is None:
        return None
    found = diff_view(before, after, may_see)
    changed = {part: said for part, said in found.items() if part not in ("from", "to", "corrections")}
    return changed if any(changed.values()) else None

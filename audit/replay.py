"""Replays a history: each entry with the plan's state before and after it, what it changed, and what led to it."""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from audit.history import entry_view
from audit.trace import Threads
from domain import PLAN
from domain.diff import diff
from domain.kernel.entry import Entry
from domain.kernel.event import Visibility
from domain.plan import Plan


@dataclass(frozen=True, slots=True)
class ReplayStep:
    """An entry, its leaf hash in hex, and the plan's state before and after it."""

    entry: Entry
    hash: str
    before: Plan
    after: Plan


def replay(entries: Iterable[tuple[Entry, str]]) -> Iterator[ReplayStep]:
    """The steps of a history, from its first entry. ``entries`` are pairs of entry and leaf hash in hex."""
    plan = PLAN.empty
    for entry, hash_ in entries:
        step = ReplayStep(entry, hash_, plan, PLAN.evolve(plan, entry))
        yield step
        plan = step.after


def step_view(step: ReplayStep, threads: Threads, may_see: Collection[Visibility]) -> dict[str, Any]:
    """A step as JSON: the entry, and with it

    ``changed``            the changes to the plan in the form of `domain.diff.diff`; null without any
    ``because``            the entries that led to it, ``version`` and ``kind`` of each
    ``because_withheld``   the number of such entries that the reader may not see

    ``threads`` must contain the history up to and including the entry.
    """
    led = [entry for entry, _ in threads.because(step.entry)]
    shown = [entry for entry in led if entry.visibility in may_see]
    visible = step.entry.visibility in may_see  # the number of its causes would reveal something of a withheld entry
    return entry_view(step.entry, step.hash, may_see, step.after) | {
        "entered_afterwards": step.after.entered_afterwards(step.entry.effective_at),
        "changed": _changed(step, may_see),
        "because": [{"version": entry.version, "kind": entry.kind} for entry in shown] if visible else [],
        "because_withheld": len(led) - len(shown) if visible else 0,
    }


def _changed(step: ReplayStep, may_see: Collection[Visibility]) -> dict[str, Any] | None:
    before, after = step.before, step.after
    # A diff costs time in proportion to the plan, and most entries change none of these parts.
    same = before.definition is after.definition and before.dropped is after.dropped
    if (same and not after.may_change_statuses(step.entry)) or before.definition is None:
        return None
    found = diff(before, after, may_see)
    changed = {part: changes for part, changes in found.items() if part not in ("from", "to", "corrections")}
    return changed if any(changed.values()) else None

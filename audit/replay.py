"""A history told again: every entry with the plan before it and after it, what it changed, and what led to it."""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass

from audit.history import entry_view
from audit.trace import Threads
from domain import PLAN
from domain.kernel.entry import Entry
from domain.kernel.event import Visibility
from domain.plan import Plan
from domain.views.construct import fields_of, unchecked
from domain.views.diff import diff_view
from domain.views.models.diff import ChangedView
from domain.views.models.history import EntryNameView, StepView


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


def step_view(step: Step, threads: Threads, may_see: Collection[Visibility]) -> StepView:
    """A step for one reader. ``threads`` holds the history up to the entry, itself included."""
    led = [entry for entry, _ in threads.because(step.entry)]
    open_ = [entry for entry in led if entry.visibility in may_see]
    visible = step.entry.visibility in may_see  # how many led to what is withheld says something of it
    entry = entry_view(step.entry, step.hash, may_see, step.after)
    fields = {
        "entered_afterwards": step.after.entered_afterwards(step.entry.effective_at),
        "changed": _changed(step, may_see),
        "because": tuple(EntryNameView(version=one.version, kind=one.kind) for one in open_) if visible else (),
        "because_withheld": len(led) - len(open_) if visible else 0,
    }
    return unchecked(StepView, fields_of(entry) | fields)


def _changed(step: Step, may_see: Collection[Visibility]) -> ChangedView | None:
    before, after = step.before, step.after
    # Comparing costs as much as the whole plan is large, and most entries leave all of this as it is.
    same = all(getattr(before, part) is getattr(after, part) for part in ("definition", "dropped", "standings"))
    if same or before.definition is None:
        return None
    found = diff_view(before, after, may_see)
    changed = {name: getattr(found, name) for name in ChangedView.model_fields}
    return ChangedView(**changed) if any(changed.values()) else None

"""The content of an export: a plan's whole history, as far as one reader may see it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal, get_args

from audit.history import entry_view
from audit.replay import ReplayStep, replay
from domain.kernel.entry import Entry
from domain.kernel.event import Visibility
from domain.plan import Plan
from domain.views.models.plan import PlanView
from domain.views.plan import plan_view

Reach = Literal["public", "partners", "restricted"]
"""The most restricted visibility class that an export contains; classes open to more readers are included."""

REACHES: Final[dict[Reach, frozenset[Visibility]]] = {
    reach: frozenset(get_args(Visibility)[: nth + 1]) for nth, reach in enumerate(get_args(Reach))
}


@dataclass(frozen=True, slots=True)
class Coverage:
    """The newest checkpoint: its signed note, and how many of the plan's entries it covers."""

    note: str
    entries: int


@dataclass(frozen=True, slots=True)
class ExportContent:
    """One plan, from its first entry to its last. Entries beyond the reach are present, with their data withheld."""

    origin: str
    """The ledger's origin. With the plan id it identifies this history."""
    entries: Sequence[tuple[Entry, str]]
    """Each entry with its leaf hash in hex; never empty."""
    now: Plan
    """The plan's state after the last entry."""
    reach: Reach
    made_at: datetime
    sealed: Coverage | None = None
    """``None`` while no checkpoint covers any of the entries."""

    @property
    def name(self) -> str:
        """The identifier of this history in every format."""
        return f"{self.origin}/{self.now.id}"

    @property
    def may_see(self) -> frozenset[Visibility]:
        """The visibility classes within the reach."""
        return REACHES[self.reach]

    def steps(self) -> Iterator[ReplayStep]:
        """Each entry with the plan's state before and after it. Folds the history on each call."""
        return replay(self.entries)

    def view(self, entry: Entry, hash_: str) -> dict[str, Any]:
        """An entry as the reader may see it. The actor's opaque id is included only in the restricted reach."""
        view = entry_view(entry, hash_, self.may_see, self.now).as_json()
        if self.reach != "restricted":
            del view["actor"]
        return view | {"entered_afterwards": self.now.entered_afterwards(entry.effective_at)}

    def views(self) -> Iterator[dict[str, Any]]:
        """The view of each entry, in order."""
        return (self.view(entry, hash_) for entry, hash_ in self.entries)

    def plan_now(self) -> PlanView:
        """The view of the plan's present state."""
        return plan_view(self.now, self.made_at, self.may_see)

    def plan_at(self, step: ReplayStep) -> PlanView:
        """The view of the plan's state after a step."""
        return plan_view(step.after, step.entry.recorded_at, self.may_see)


def contested_by(view: Mapping[str, Any]) -> str:
    """The numbers of the entries by which bodies contested this one. For those bodies it does not count."""
    return ", ".join(str(mark["by"]) for mark in view.get("contested", ()))


def text_of(value: Any) -> str:
    """A value as text: a text in all its languages, or the reason for its absence in brackets."""
    match value:
        case None:
            return ""
        case {"absent": str() as why} | {"withheld": str() as why}:
            return f"({why})"
        case {"sealed": _}:
            return "(sealed)"
        case dict() if all(isinstance(text, str) for text in value.values()):
            return " | ".join(f"{language}: {text}" for language, text in value.items())
        case list():
            return ", ".join(map(text_of, value))
        case _:
            return str(value)

"""What every export is made of: a plan's whole history, as far as one reader may know it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal, get_args

from audit.history import entry_view
from audit.replay import Step, replay
from domain.kernel.entry import Entry
from domain.kernel.event import Visibility
from domain.plan import Plan
from domain.views.plan import plan_view

Reach = Literal["public", "partners", "restricted"]
"""How far an export goes: what it says is of this class, or of one open to more."""

REACHES: Final[dict[Reach, frozenset[Visibility]]] = {
    reach: frozenset(get_args(Visibility)[: nth + 1]) for nth, reach in enumerate(get_args(Reach))
}


@dataclass(frozen=True, slots=True)
class Sealed:
    """The newest checkpoint: the signed note, and how many of the entries it covers."""

    note: str
    entries: int


@dataclass(frozen=True, slots=True)
class Told:
    """One plan, from its first entry to its last. Of what lies beyond the reach it says only that it is there."""

    origin: str
    """The ledger's; with the plan's name it names this history and no other."""
    entries: Sequence[tuple[Entry, str]]
    """Each with its leaf hash in hex; at least the first of a plan."""
    now: Plan
    """The plan after the last of them."""
    reach: Reach
    made_at: datetime
    sealed: Sealed | None = None
    """``None`` while no checkpoint covers any of it."""

    @property
    def name(self) -> str:
        """What this history is called everywhere."""
        return f"{self.origin}/{self.now.id}"

    @property
    def may_see(self) -> frozenset[Visibility]:
        return REACHES[self.reach]

    def steps(self) -> Iterator[Step]:
        """Every entry with the plan before and after it. Folds anew each time."""
        return replay(self.entries)

    def view(self, entry: Entry, hash_: str) -> dict[str, Any]:
        """An entry as its reader may know it. Even the opaque id of who acted stays within the restricted reach."""
        view = entry_view(entry, hash_, self.may_see, self.now).as_json()
        if self.reach != "restricted":
            del view["actor"]
        return view | {"entered_afterwards": self.now.entered_afterwards(entry.effective_at)}

    def views(self) -> Iterator[dict[str, Any]]:
        return (self.view(entry, hash_) for entry, hash_ in self.entries)

    def plan_now(self) -> dict[str, Any]:
        """The plan as it stands."""
        return plan_view(self.now, self.made_at, self.may_see).as_json()

    def plan_at(self, step: Step) -> dict[str, Any]:
        """The plan as it stood after a step."""
        return plan_view(step.after, step.entry.recorded_at, self.may_see).as_json()


def contested_by(view: Mapping[str, Any]) -> str:
    """The numbers of the entries in which bodies contested one: for those bodies it does not count."""
    return ", ".join(str(mark["by"]) for mark in view.get("contested", ()))


def text_of(value: Any) -> str:
    """A text in every language it has; or why there is none."""
    match value:
        case None:
            return ""
        case {"absent": str() as why} | {"withheld": str() as why}:
            return f"({why})"
        case {"sealed": _}:
            return "(sealed)"
        case dict() if all(isinstance(said, str) for said in value.values()):
            return " | ".join(f"{language}: {said}" for language, said in value.items())
        case list():
            return ", ".join(map(text_of, value))
        case _:
            return str(value)

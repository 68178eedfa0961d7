"""Which rule answers each command and each event, and which facts are derived from entries. Concepts are discovered.

A concept is a folder of ``domain`` with ``messages.py`` (what is sent and recorded) and ``rules.py`` (what follows).
Rules register themselves with the decorators below; `discover` imports them all and checks that nothing is missing.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any, Final, TypeVar

from domain.kernel.command import COMMANDS, Command
from domain.kernel.event import EVENTS, Event, NewEvent

Decided = Iterable[Event | NewEvent]
"""What a rule decides. A bare event takes effect at the command's moment, for those who may see the command."""

DecideRule = TypeVar("DecideRule", bound=Callable[..., Decided])
"""``rule(plan, sent, command, moment)``: raises ``Refused``, or returns the events."""
EvolveRule = TypeVar("EvolveRule", bound=Callable[..., Any])
"""``rule(plan, entry)``: the plan after the entry. It never refuses."""
Step = TypeVar("Step", bound=Callable[..., Any])
"""``step(plan, so_far, entry)``: the value after one more entry; ``so_far`` is ``None`` at first."""
R = TypeVar("R")
Find = TypeVar("Find", bound=Callable[..., Any])
"""``find(plan, entry)``: the value that an entry states; ``None`` if it states none."""

DECIDE: Final[dict[type[Command], Callable[..., Decided]]] = {}
"""The rule that decides each command."""
EVOLVE: Final[dict[type[Event], Callable[..., Any]]] = {}
"""The rule by which an event changes the plan's shape, course or rounds. Most events only add to facts."""


@dataclass(frozen=True, slots=True)
class Fact:
    """What follows for one subject from its entries that count, in stream order.

    ``step``: from the value so far and the next entry to the value. ``find``: from one entry to a value; the entry with
    the greatest stamp that has one holds. Exactly one of the two is given.
    """

    name: str
    subject: str
    kinds: frozenset[str]
    step: Callable[..., Any] | None = None
    find: Callable[..., Any] | None = None
    finish: Callable[..., Any] | None = None


FACTS: Final[dict[str, Fact]] = {}
"""Every fact by its name."""


def decides(*kinds: type[Command]) -> Callable[[DecideRule], DecideRule]:
    """Register the rule that decides commands of these kinds. A second rule for one command raises ``TypeError``."""
    return lambda rule: _each(DECIDE, kinds, rule)


def evolves(*kinds: type[Event]) -> Callable[[EvolveRule], EvolveRule]:
    """Register the rule by which entries of these kinds change a plan. A second one raises ``TypeError``."""
    return lambda rule: _each(EVOLVE, kinds, rule)


def fact(
    name: str, subject: str, of: Iterable[type[Event]], finish: Callable[..., Any] | None = None
) -> Callable[[Step], Step]:
    """Register a fact that entries add up to. ``finish(plan, value, entries)`` adjusts the value when it is read."""

    def register(step: Step) -> Step:
        _once(FACTS, name, Fact(name, subject, _kinds(of), step=step, finish=finish), name)
        return step

    return register


def latest(name: str, subject: str, of: Iterable[type[Event]]) -> Callable[[Find], Find]:
    """Register a single-valued fact: of the entries that state a value, the one with the greatest stamp holds."""

    def register(find: Find) -> Find:
        _once(FACTS, name, Fact(name, subject, _kinds(of), find=find), name)
        return find

    return register


def discover() -> None:
    """Import every concept. Raises ``TypeError`` if a command or an event has no rule, or has two."""
    for folder in sorted(Path(str(import_module("domain").__file__)).parent.iterdir()):
        if (folder / "messages.py").exists():
            for module in sorted(folder.glob("[a-z]*.py")):
                import_module(f"domain.{folder.name}.{module.stem}")
    derived = {kind for fact in FACTS.values() for kind in fact.kinds}
    missing = [name for name, kind in COMMANDS.items() if kind not in DECIDE]
    missing += [kind for kind, event in EVENTS.items() if event not in EVOLVE and kind not in derived]
    if missing:
        raise TypeError(f"no rule for: {', '.join(missing)}")


def _each(table: dict[Any, Any], kinds: Iterable[type], rule: R) -> R:
    for kind in kinds:
        _once(table, kind, rule, kind.__name__)
    return rule


def _kinds(of: Iterable[type[Event]]) -> frozenset[str]:
    return frozenset(kind.KIND for kind in of)


def _once(table: dict[Any, Any], key: Any, value: Any, name: str) -> None:
    if key in table:
        raise TypeError(f"two rules for {name}: {table[key]} and {value}")
    table[key] = value

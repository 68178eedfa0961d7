"""The registry: the rule for each command and each event, and the facts that are derived from entries.

A concept is a folder of ``domain`` with ``messages.py`` (its commands, events and refusals) and ``rules.py``. Rules
register themselves with the decorators below; `discover` imports all concepts and checks that no rule is missing.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any, Final, TypeVar

from domain.kernel.command import COMMANDS, Command
from domain.kernel.event import EVENTS, Event, NewEvent

Decided = Iterable[Event | NewEvent]
"""The result of a rule. A bare event gets the command's effective time and visibility."""

DecideRule = TypeVar("DecideRule", bound=Callable[..., Decided])
"""``rule(plan, sent, command, moment)``: raises ``Refused``, or returns the events."""
EvolveRule = TypeVar("EvolveRule", bound=Callable[..., Any])
"""``rule(plan, entry)``: the plan after the entry. Never raises ``Refused``."""
Step = TypeVar("Step", bound=Callable[..., Any])
"""``step(plan, so_far, entry)``: the value after one more entry; ``so_far`` is ``None`` at first."""
R = TypeVar("R")
M = TypeVar("M")
Find = TypeVar("Find", bound=Callable[..., Any])
"""``find(plan, entry)``: the value that an entry states, or ``None``."""

DECIDE: Final[dict[type[Command], Callable[..., Decided]]] = {}
"""The rule that decides each command."""
EVOLVE: Final[dict[type[Event], Callable[..., Any]]] = {}
"""The rule by which an event changes the plan's definition, course or rounds. Most events only add to facts."""


@dataclass(frozen=True, slots=True)
class Fact:
    """How a value follows for one subject from its entries that count. Has either ``step`` or ``find``.

    ``step`` folds the entries in stream order. ``find`` reads a value from one entry; the entry with the greatest stamp
    that has a value decides.
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
    """Register a fact that is folded from entries. ``finish(plan, value, entries)`` adjusts the folded value."""

    def register(step: Step) -> Step:
        _once(FACTS, name, Fact(name, subject, _kinds(of), step=step, finish=finish), name)
        return step

    return register


def latest(name: str, subject: str, of: Iterable[type[Event]]) -> Callable[[Find], Find]:
    """Register a single-valued fact: of the entries that state a value, the one with the greatest stamp applies."""

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
    commands, events = commands_and_events()
    missing = [name for name, kind in commands.items() if kind not in DECIDE]
    missing += [kind for kind, event in events.items() if event not in EVOLVE and kind not in derived]
    if missing:
        raise TypeError(f"no rule for: {', '.join(missing)}")


def _of_the_domain(table: dict[str, type[M]]) -> dict[str, type[M]]:
    """The messages of concepts. Another program, such as a test, may define messages of its own."""
    return {name: kind for name, kind in table.items() if kind.__module__.startswith("domain.")}


def commands_and_events() -> tuple[dict[str, type[Command]], dict[str, type[Event]]]:
    """Every command by its spoken name, and every event by its kind."""
    return _of_the_domain(COMMANDS), _of_the_domain(EVENTS)


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

"""The registry of wording: sentences by kind of event, reasons by refusal code, names by command kind, help terms.

Each module of `telling.wording` registers the wording of one concept here. A second wording for one kind, code or
command is a ValueError when the package is imported; `tests/unit/cli/test_sentences.py` names what has none.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal, TypeVar

from language import _
from telling.plan_words import PlanWords

Data = Mapping[str, Any]
"""The event as the history shows it: its ``data``."""
Sentence = Callable[[Data, PlanWords], str]
Parameter = Callable[[str], str]
"""Puts one parameter of a message into the reader's language."""
Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class EventWording:
    """How one kind of event is shown to people."""

    name: str
    """A few words, such as "progress report"; English, translated where it is shown."""
    sentence: Sentence
    actor: Literal["body", "role", "calendar"]
    """Who is shown as its author where no body is named: an unnamed body, the role that acted, or the calendar."""
    shows_id: bool
    """Whether the id of its command is shown: others may rest on it, and its sentence does not contain an id."""
    is_warning: bool
    """Marked with "!" in a rehearsal: the plan's author may want to prevent it."""
    mark: str | None
    """Its mark in the picture of the report's timeline, a name in ``report.html.jinja``; most kinds have none."""


@dataclass(frozen=True, slots=True)
class Term:
    """One row of ``rumbo help words``: an intention, its term, what it needs and what it does to the plan."""

    order: int
    want: str
    say: str
    needs: str
    does: str
    command: str
    """The command that records it; empty if no command does."""


EVENTS: Final[dict[str, EventWording]] = {}
COMMANDS: Final[dict[str, str]] = {}
"""Command kind -> what was asked for, with its article: "a progress report"."""
REFUSAL_REASONS: Final[dict[str, str]] = {}
"""Refusal code -> the reason as the history gives it. The record keeps the code; the sender gets the full sentence."""
PARAMETERS: Final[dict[str, dict[str, Parameter]]] = {}
"""Message code -> its parameters that are codes themselves (a phase, a status, a role), and how to word each."""
TERMS: Final[list[Term]] = []


def event(
    kind: str,
    name: str,
    *,
    actor: Literal["body", "role", "calendar"] = "body",
    shows_id: bool = False,
    is_warning: bool = False,
    mark: str | None = None,
) -> Callable[[Sentence], Sentence]:
    """Register the decorated function as the sentence of a kind of event."""

    def register(sentence: Sentence) -> Sentence:
        _add(EVENTS, kind, EventWording(name, sentence, actor, shows_id, is_warning, mark))
        return sentence

    return register


def commands(names: Mapping[str, str]) -> None:
    """Register what commands ask for, by command kind."""
    for kind, name in names.items():
        _add(COMMANDS, kind, name)


def refusals(reasons: Mapping[str, str]) -> None:
    """Register reasons, by refusal code."""
    for code, reason in reasons.items():
        _add(REFUSAL_REASONS, code, reason)


def parameters(code: str, **worded: Parameter) -> None:
    """Register the parameters of a message that have to be worded."""
    _add(PARAMETERS, code, worded)


def terms(*rows: Term) -> None:
    """Register rows of ``rumbo help words``; ``order`` sorts them among those of other concepts."""
    TERMS.extend(rows)
    TERMS.sort(key=lambda term: term.order)


def one_of(words: Mapping[str, str]) -> Parameter:
    """A parameter that is one code of a table, or several separated by commas; an unknown code stays as it is."""
    return lambda given: ", ".join(_(words[code]) if code in words else code for code in given.split(", "))


def _add(table: dict[str, Value], key: str, value: Value) -> None:
    if key in table:
        raise ValueError(f"Two wordings for {key}.")
    table[key] = value

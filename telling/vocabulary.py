"""The words of a plan: what somebody wants to do, what that is called in each language, what it needs and does."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from language import LANGUAGES, N_, _, speaking
from telling.values import wrapped


@dataclass(frozen=True, slots=True)
class Term:
    want: str
    say: str
    needs: str
    does: str
    """What it does to the plan."""
    command: str
    """How it is said here; empty where nobody says it."""


TERMS: Final = (
    Term(
        N_("tell how far something is"),
        N_("progress report"),
        N_("a status in the plan's own words, or that there is nothing to report, and why"),
        N_("leaves the plan as it is"),
        "rumbo progress report",
    ),
    Term(
        N_("tell that something outside the plan has happened"),
        N_("occurrence"),
        N_("a body that may declare it, and a source"),
        N_("leaves the plan as it is; deadlines that waited for it begin to run"),
        "rumbo plan happened",
    ),
    Term(
        N_("keep what was learned"),
        N_("lesson"),
        N_("what it rests on, and whether it is for this plan or for the next one"),
        N_("leaves the plan as it is"),
        "rumbo lesson record",
    ),
    Term(
        N_("note who holds power, and how that shifts"),
        N_("power observation"),
        N_("whose power it is; only few ever see it"),
        N_("leaves the plan as it is"),
        "rumbo power observe",
    ),
    Term(
        N_("mend what was typed wrongly"),
        N_("erratum"),
        N_("the entry, what it says, what it should say, and the source that said so all along"),
        N_("mends that one entry"),
        "rumbo erratum record",
    ),
    Term(
        N_("change what was promised, by when or by whom"),
        N_("course correction"),
        N_("what set it off, what it rests on, the reason, and a decision of the bodies"),
        N_("makes a new version of the plan"),
        "rumbo correction propose",
    ),
    Term(
        N_("judge a plan from outside"),
        N_("assessment"),
        N_("a body other than the one that is judged, and a scale of its own"),
        N_("leaves the plan as it is, and stands beside what bodies say of themselves"),
        "rumbo assessment record",
    ),
    Term(
        N_("demand an answer, as auditor"),
        N_("audit finding"),
        N_("an audit body, which also says how it was followed up"),
        N_("leaves the plan as it is"),
        "rumbo finding raise",
    ),
    Term(
        N_("say that a body joins, leaves or takes over from another"),
        N_("change of partners"),
        N_("a source"),
        N_("changes who takes part, not what was promised"),
        "rumbo partner join",
    ),
    Term(
        N_("object to what somebody else entered for your body"),
        N_("contest"),
        N_("the body itself, and a reason"),
        N_("the entry stays and no longer counts"),
        "rumbo history contest",
    ),
    Term(
        N_("(nobody says this; the clock does)"),
        N_("silence"),
        N_("a body that was asked and did not answer by the last day"),
        N_("leaves the plan as it is; a later answer stands beside it"),
        "",
    ),
)


def rows() -> list[dict[str, Any]]:
    """The table, every text in each language."""
    return [
        {name: _each(getattr(word, name)) for name in ("want", "say", "needs", "does")} | {"command": word.command}
        for word in TERMS
    ]


def lines(_rows: object = None) -> Iterator[str]:
    """The table in the reader's language, each word in the others too."""
    for word in TERMS:
        others = ", ".join(said for said in _each(word.say).values() if said != _(word.say))
        yield ""
        yield from wrapped(f"{_(word.say).upper()} ({others})", 0)
        yield from wrapped(_(word.want), 2, _("to: "))
        yield from wrapped(_(word.needs), 2, _("needs: "))
        yield from wrapped(_(word.does), 2, _("does: "))
        if word.command:
            yield from wrapped(word.command, 2, _("with: "))
    yield ""
    yield from wrapped(
        _("Entry 214 is a line of a plan's history. Plan version 4 is the plan after three course corrections."), 0
    )


def _each(text: str) -> dict[str, str]:
    said: dict[str, str] = {}
    for language in LANGUAGES:
        with speaking(language):
            said[language] = _(text)
    return said

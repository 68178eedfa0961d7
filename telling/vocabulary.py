"""The terms of a plan, for ``rumbo help words``: an intention, its term in each language, what it needs and does."""

from collections.abc import Iterator
from typing import Any

from language import LANGUAGES, _, speaking
from telling.values import wrapped
from telling.wording import TERMS


def rows() -> list[dict[str, Any]]:
    """The table, every text in each language."""
    return [
        {name: _each(getattr(term, name)) for name in ("want", "say", "needs", "does")} | {"command": term.command}
        for term in TERMS
    ]


def lines(_rows: object = None) -> Iterator[str]:
    """The table in the reader's language; each term also in the others."""
    for term in TERMS:
        others = ", ".join(one for one in _each(term.say).values() if one != _(term.say))
        yield ""
        yield from wrapped(f"{_(term.say).upper()} ({others})", 0)
        yield from wrapped(_(term.want), 2, _("to: "))
        yield from wrapped(_(term.needs), 2, _("needs: "))
        yield from wrapped(_(term.does), 2, _("does: "))
        if term.command:
            yield from wrapped(term.command, 2, _("with: "))
    yield ""
    yield from wrapped(
        _("Entry 214 is an entry of a plan's history. Plan version 4 is the plan after three course corrections."),
        0,
    )


def _each(text: str) -> dict[str, str]:
    texts: dict[str, str] = {}
    for language in LANGUAGES:
        with speaking(language):
            texts[language] = _(text)
    return texts

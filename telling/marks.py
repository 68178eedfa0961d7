"""What became of an entry afterwards, in words: nobody reads one as if nothing had happened."""

from collections.abc import Iterator, Mapping
from typing import Any

from language import _
from telling.sentences import kind_name
from telling.wording import names_of, wrapped

View = Mapping[str, Any]


def beside(entry: View, plan: View) -> Iterator[str]:
    """What stands beside an entry of the history."""
    for mark in entry.get("contested", ()):
        yield _("CONTESTED by {body} in entry {by}: it does not count for it.").format(
            body=_name(mark, plan), by=mark["by"]
        )


def lines(contested: list[View], plan: View) -> Iterator[str]:
    """Contested entries, each in a few words."""
    for one in contested:
        told = _("{kind}, {subject}: contested by {body} in entry {by}, and counts for it no more").format(
            kind=kind_name(one["kind"]), subject=one["subject"], body=_name(one, plan), by=one["by"]
        )
        yield from wrapped(told, first=_("entry {entry}  ").format(entry=one["entry"]))


def _name(mark: View, plan: View) -> str:
    return names_of(plan).get(mark["body"]) or str(mark["body"])

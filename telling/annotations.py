"""What became of an entry afterwards, in words: nobody reads one as if nothing had happened."""

from collections.abc import Iterator, Mapping
from typing import Any

from language import _
from telling.changes import field, value
from telling.sentences import kind_name
from telling.values import names_of, wrapped

View = Mapping[str, Any]


def annotations(entry: View, plan: View) -> Iterator[str]:
    """What stands beside an entry of the history."""
    for mark in entry.get("contested", ()):
        yield _("CONTESTED by {body} in entry {by}: it does not count for it.").format(
            body=_name(mark, plan), by=mark["by"]
        )

    for mark in entry.get("mended", ()):
        yield _("MENDED by entry {by} (erratum {erratum}): {what}").format(
            by=mark["by"], erratum=mark["erratum"], what=field_fix(mark)
        )


def field_fix(one: View) -> str:
    """What an erratum mends, in a few words."""
    where = f"{one['item']} " if one.get("item") else ""
    return _("{field} says {says}, should say {should_say}").format(
        field=f"{where}{field(one['field'])}", says=value(one["says"]), should_say=value(one["should_say"])
    )


def errata(listed: list[View], plan: View) -> Iterator[str]:
    """Errata with what became of each."""
    for one in listed:
        told = _("on entry {entry}: {what}").format(entry=one["entry"], what=field_fix(one))
        yield from wrapped(f"{told} · {_standing(one, plan)}", first=f"{one['erratum']}  ")


def _standing(one: View, plan: View) -> str:
    names = names_of(plan)
    match one["status"]:
        case "contested":
            return _("contested by {body}, no effect").format(body=names.get(one["contested_by"], one["contested_by"]))
        case "waiting":
            return _("waits until a body other than {body} confirms it").format(
                body=names.get(one["written_by"], one["written_by"]) or "-"
            )
        case _ if one["confirmed_by"]:
            return _("in effect, confirmed by {body}").format(body=names.get(one["confirmed_by"], one["confirmed_by"]))
        case _:
            return _("in effect")


def contested_entries(contested: list[View], plan: View) -> Iterator[str]:
    """Contested entries, each in a few words."""
    for one in contested:
        told = _("{kind}, {subject}: contested by {body} in entry {by}, and counts for it no more").format(
            kind=kind_name(one["kind"]), subject=one["subject"], body=_name(one, plan), by=one["by"]
        )
        yield from wrapped(told, first=_("entry {entry}  ").format(entry=one["entry"]))


def _name(mark: View, plan: View) -> str:
    """The body that contests, or its successor in its place."""
    names = names_of(plan)
    body = names.get(mark["body"], str(mark["body"]))
    if successor := mark.get("successor"):
        return _("{successor} for {body}").format(successor=names.get(successor, successor), body=body)
    return body

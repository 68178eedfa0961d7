"""Contests and errata in words, shown beside the entries that they are about."""

from collections.abc import Iterator, Mapping
from typing import Any

from language import _
from telling.changes import field, value
from telling.sentences import kind_name
from telling.values import names_of, wrapped

View = Mapping[str, Any]


def annotations(entry: View, plan: View) -> Iterator[str]:
    """The lines beside an entry: by which entries it was contested or corrected."""
    for mark in entry.get("contested", ()):
        yield _("CONTESTED by {body} in entry {by}: it no longer counts for that body.").format(
            body=_name(mark, plan), by=mark["by"]
        )
    for mark in entry.get("mended", ()):
        yield _("CORRECTED by entry {by} (erratum {erratum}): {what}").format(
            by=mark["by"], erratum=mark["erratum"], what=field_fix(mark)
        )


def field_fix(one: View) -> str:
    """The field that an erratum corrects, with its wrong and its right value."""
    where = f"{one['item']} " if one.get("item") else ""
    return _("{field} says {says}, should say {should_say}").format(
        field=f"{where}{field(one['field'])}", says=value(one["says"]), should_say=value(one["should_say"])
    )


def errata(listed: list[View], plan: View) -> Iterator[str]:
    """Errata, each with its status."""
    for one in listed:
        what = _("on entry {entry}: {what}").format(entry=one["entry"], what=field_fix(one))
        yield from wrapped(f"{what} · {_status(one, plan)}", first=f"{one['erratum']}  ")


def _status(one: View, plan: View) -> str:
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
    """Contested entries, one paragraph each."""
    for one in contested:
        line = _("{kind}, {subject}: contested by {body} in entry {by}; it no longer counts for that body").format(
            kind=kind_name(one["kind"]), subject=one["subject"], body=_name(one, plan), by=one["by"]
        )
        yield from wrapped(line, first=_("entry {entry}  ").format(entry=one["entry"]))


def _name(mark: View, plan: View) -> str:
    """The body that contested; if a successor did it, both."""
    names = names_of(plan)
    body = names.get(mark["body"], str(mark["body"]))
    if successor := mark.get("successor"):
        return _("{successor}, successor of {body},").format(successor=names.get(successor, successor), body=body)
    return body

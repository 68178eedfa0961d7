"""Contests and errata in words, shown beside the entries that they are about."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from language import _
from telling.changes import field, value
from telling.sentences import kind_name
from telling.values import names_of, wrapped

if TYPE_CHECKING:
    from domain.views.models.annotations import ContestedEntryView, ContestView, ErratumView, MendingView
    from domain.views.models.history import EntryView
    from domain.views.models.plan import PlanView


def annotation_lines(entry: EntryView, plan: PlanView) -> Iterator[str]:
    """The lines beside an entry: by which entries it was contested or corrected."""
    for mark in entry.contested:
        yield _("CONTESTED by {body} in entry {by}: it no longer counts for that body.").format(
            body=_name(mark, plan), by=mark.by
        )
    for mending in entry.mended:
        yield _("CORRECTED by entry {by} (erratum {erratum}): {what}").format(
            by=mending.by, erratum=mending.erratum, what=field_fix(mending)
        )


def field_fix(one: MendingView) -> str:
    """The field that an erratum corrects, with its wrong and its right value."""
    where = f"{one.item} " if one.item else ""
    return _("{field} says {says}, should say {should_say}").format(
        field=f"{where}{field(one.field)}", says=value(one.says), should_say=value(one.should_say)
    )


def errata(listed: Sequence[ErratumView], plan: PlanView) -> Iterator[str]:
    """Errata, each with its status."""
    for one in listed:
        what = _("on entry {entry}: {what}").format(entry=one.entry, what=field_fix(one))
        yield from wrapped(f"{what} · {_status(one, plan)}", first=f"{one.erratum}  ")


def _status(one: ErratumView, plan: PlanView) -> str:
    names = names_of(plan)
    match one.status:
        case "contested":
            return _("contested by {body}, no effect").format(body=_body(one.contested_by, names))
        case "waiting":
            return _("waits until a body other than {body} confirms it").format(body=_body(one.written_by, names))
        case _ if one.confirmed_by:
            return _("in effect, confirmed by {body}").format(body=_body(one.confirmed_by, names))
        case _:
            return _("in effect")


def _body(id_: str | None, names: Mapping[str, str]) -> str:
    return names.get(id_, id_) if id_ else "-"


def contested_entries(contested: Sequence[ContestedEntryView], plan: PlanView) -> Iterator[str]:
    """Contested entries, one paragraph each."""
    for one in contested:
        line = _("{kind}, {subject}: contested by {body} in entry {by}; it no longer counts for that body").format(
            kind=kind_name(one.kind), subject=one.subject, body=_name(one, plan), by=one.by
        )
        yield from wrapped(line, first=_("entry {entry}  ").format(entry=one.entry))


def _name(mark: ContestView, plan: PlanView) -> str:
    """The body that contested; if a successor did it, both."""
    names = names_of(plan)
    body = _body(mark.body, names)
    if mark.successor:
        return _("{successor}, successor of {body},").format(successor=_body(mark.successor, names), body=body)
    return body

"""A course correction in words: what it changes, who asked for it and why, who decided, and who owes an answer."""

from collections.abc import Iterator, Mapping
from datetime import tzinfo
from typing import Any, Final

from language import N_, _, ngettext
from telling.annotations import contested_entries as contested
from telling.changes import change
from telling.meetings import meeting
from telling.values import day, localized, names_of, trigger, wrapped

View = Mapping[str, Any]

STATUSES: Final = {
    "open": N_("still open"),
    "returned": N_("returned to its author"),
    "adopted": N_("adopted, not yet in effect"),
    "in_effect": N_("in effect"),
    "declined": N_("declined"),
    "withdrawn": N_("withdrawn"),
    "lapsed": N_("lapsed, unanswered"),
    "contested": N_("contested by the body it was proposed for"),
    "stale": N_("stale: nothing of it fitted the plan any more when it was to take effect"),
}
STANDS: Final = {"endorse": N_("endorses"), "oppose": N_("opposes"), "abstain": N_("abstains")}


def brief(one: View, plan: View, zone: tzinfo) -> Iterator[str]:
    """What it asks for, where it stands and who owes an answer."""
    yield from head(one, plan, zone)
    for each in one["changes"]:
        yield from wrapped(change(each), 6)
    yield from _answers(one, plan, 4)
    for told in contested(one["contested"], plan):
        yield from wrapped(told, 4)
    if one["status"] in ("open", "returned"):
        owing = [body(who, plan) for who in one["owed_by"]]
        yield from wrapped(", ".join(owing) or _("nobody"), 4, first=_("Still owe an answer: "))
    if one.get("carried"):
        yield from wrapped(
            ngettext("carried over {count} time", "carried over {count} times", one["carried"]).format(
                count=one["carried"]
            ),
            4,
        )


def head(one: View, plan: View, zone: tzinfo) -> Iterator[str]:
    """Where it stands, who asked for it and why."""
    yield from wrapped(
        _("{status}, draft {draft}, proposed by {body} on {day}").format(
            status=status(one),
            draft=one["draft"],
            body=body(one["proposed_by"], plan),
            day=day(one["proposed_at"], zone),
        ),
        first=f"{one['id']}  ",
    )
    yield from wrapped(
        _("Because of {trigger}: {rationale}").format(
            trigger=trigger(one["trigger"], plan), rationale=localized(one["rationale"])
        ),
        4,
    )


def full(one: View, plan: View, zone: tzinfo) -> Iterator[str]:
    """All that the record says about it."""
    yield from brief(one, plan, zone)
    rests = ", ".join(one["rests_on"])
    if rests:
        yield from wrapped(rests, 4, first=_("Rests on: "))
    if hidden := one.get("rests_on_restricted"):
        yield from wrapped(
            ngettext(
                "It rests on {count} restricted observation.", "It rests on {count} restricted observations.", hidden
            ).format(count=hidden),
            4,
        )
    if resting := ", ".join(one["rests_on_contested"]):
        yield from wrapped(resting, 4, first=_("Contested of what it rests on: "))
    for draft in one.get("earlier_drafts", ()):
        yield from _earlier(draft, plan, zone)
    if one.get("decision"):
        yield from wrapped(decided(one, plan, zone), 4)
        if one["contested"] or resting:
            yield from wrapped(_("It was decided on what has been contested since. The decision stands."), 4)
    for explanation in one["explained"]:
        yield from wrapped(localized(explanation["rationale"]), 4, first=_("Reason published later: "))
    if hidden := one.get("explained_withheld"):
        restricted = ngettext(
            "{count} reason published later is restricted.", "{count} reasons published later are restricted.", hidden
        )
        yield from wrapped(restricted.format(count=hidden), 4)
    if one.get("effective_at"):
        yield from wrapped(_("In effect since {day}.").format(day=day(one["effective_at"], zone)), 4)
    if one.get("stale"):
        yield from wrapped(", ".join(one["stale"]), 4, first=_("Left out, as the plan had moved on: "))


def _answers(one: View, plan: View, indent: int) -> Iterator[str]:
    """The positions on a draft, and why it was given back to its author."""
    for who, held in one["positions"].items():
        reason = f": {said(held['reason'])}" if held.get("reason") else ""
        yield from wrapped(f"{body(who, plan)} {_(STANDS[held['position']])}{reason}", indent)
    if hidden := one.get("positions_withheld"):
        restricted = ngettext("{count} position is restricted.", "{count} positions are restricted.", hidden)
        yield from wrapped(restricted.format(count=hidden), indent)
    match one.get("returned"):
        case {"reason": reason, "body": by}:
            told = _("given back to its author by {body}: {reason}").format(
                body=body(by, plan), reason=localized(reason)
            )
            yield from wrapped(told, indent)
        case {"withheld": _class}:
            yield from wrapped(_("given back to its author; why is restricted"), indent)
        case _:
            pass


def _earlier(draft: View, plan: View, zone: tzinfo) -> Iterator[str]:
    """A draft before the present one, and what was said of it."""
    if "withheld" in draft:
        yield from wrapped(_("Draft {draft} before it is restricted.").format(draft=draft["draft"]), 4)
        return
    told = _("Draft {draft} before it, of {day}: {rationale}").format(
        draft=draft["draft"], day=day(draft["drafted_at"], zone), rationale=localized(draft["rationale"])
    )
    yield from wrapped(told, 4)
    for each in draft["changes"]:
        yield from wrapped(change(each), 6)
    yield from _answers(draft, plan, 6)


def decided(one: View, plan: View, zone: tzinfo) -> str:
    """Who decided, how, by what authority, and the reasoned response."""
    authority = one.get("authority") or {}
    document = (
        localized(authority) if authority.keys() & {"absent", "withheld"} else localized(authority.get("document"))
    )
    number = " ".join(localized(authority[key]) for key in ("number", "date") if authority.get(key))
    verdict = _("adopted") if one["decision"] == "adopted" else _("declined")
    return _("{verdict} by {body} on {day}, by authority of {document}. Response: {response}").format(
        verdict=verdict.capitalize(),
        body=meeting(one.get("session"), plan) or body(one["decided_by"], plan),
        day=day(one["decided_at"], zone),
        document=f"{document} {number}".strip() or "-",
        response=localized(one["response"]),
    )


def status(one: View) -> str:
    """Where it stands, in a word or two."""
    return _(STATUSES[one["status"]])


def body(name: str | None, plan: View) -> str:
    """A body's name; course corrections entered from old sources may not have one."""
    return names_of(plan).get(name, name) if name else _("a body that the source does not name")

"""Changes of a plan in words: what was rescheduled, retargeted, reassigned, refined, added or dropped."""

import json
from collections.abc import Mapping
from typing import Any, Final

from language import N_, _, ngettext
from telling.values import ABSENT, localized, span

NAMES: Final = {
    "add": N_("added"),
    "drop": N_("dropped"),
    "reschedule": N_("rescheduled"),
    "retarget": N_("retargeted"),
    "reassign": N_("reassigned"),
    "refine": N_("refined"),
    "reframe": N_("reframed"),
    "change_the_policy": N_("policy changed"),
}
FIELDS: Final = {
    "due": N_("deadline"),
    "stated": N_("deadline in the plan's own words"),
    "deliverable": N_("deliverable"),
    "proof": N_("means of verification"),
    "measure": N_("measure"),
    "lead": N_("lead"),
    "with": N_("with"),
    "title": N_("title"),
    "note": N_("note"),
    "target": N_("target"),
    "baseline": N_("baseline"),
    "statement": N_("statement"),
    "causes": N_("causes"),
    "addresses": N_("causes it addresses"),
    "text": N_("text"),
}


RULES: Final = {"majority": N_("majority"), "consensus": N_("consensus")}
POLICY: Final = RULES | {
    "convened": N_("convened by the operator"),
    "answered": N_("until all have answered"),
    "evidence": N_("evidence"),
    "nothing": N_("nothing"),
    "public": N_("public"),
    "partners": N_("for partners"),
    "restricted": N_("restricted"),
}
"""The words that a plan file writes its policy with."""


def change(one: Mapping[str, Any]) -> str:
    """One change, as a proposal or a difference has it, in a line."""
    name = _(NAMES.get(one.get("name", ""), one.get("name", "")))
    if one.get("add"):
        return f"{name}: {added(one['add'])}"
    if one.get("drop"):
        return f"{one['drop']} {name}"
    before, after = (
        _policy(one.get(side)) if one.get("item") == "policy" else value(one.get(side)) for side in ("from", "to")
    )
    return f"{one.get('item')} {name}: {field(one.get('field'))}: {before} → {after}"


def change_name(one: Mapping[str, Any]) -> str:
    """What the field calls a change, read off what it touches; views say it themselves, the record does not."""
    match one:
        case {"add": _part}:
            return "add"
        case {"drop": _item}:
            return "drop"
        case {"item": "problem"}:
            return "reframe"
        case {"item": "policy"}:
            return "change_the_policy"
        case {"field": "due" | "stated"}:
            return "reschedule"
        case {"field": "target"}:
            return "retarget"
        case {"field": "lead" | "with"}:
            return "reassign"
        case _:
            return "refine"


def field(name: str | None) -> str:
    """A field in the reader's language, where we know it."""
    return _(FIELDS[name]) if name in FIELDS else str(name)


def _policy(given: Any) -> str:
    """A value of the policy: a word of ours, or what any value is."""
    return _(POLICY[given]) if isinstance(given, str) and given in POLICY else value(given)


def added(addition: Mapping[str, Any]) -> str:
    """What an addition adds."""
    for kind in ("milestone", "indicator", "assumption", "awaited", "cause", "commitment"):
        part = addition.get(kind)
        if isinstance(part, dict):
            if kind == "milestone":
                return _("milestone {id} of {commitment}: {what}").format(
                    id=part["id"], commitment=addition.get("commitment"), what=part_text(part)
                )
            return f"{part['id']}: {part_text(part)}"
    return localized(addition)


def part_text(part: Mapping[str, Any]) -> str:
    """What a part of a plan says of itself."""
    return next((localized(part[key]) for key in ("deliverable", "title", "name", "text", "what") if part.get(key)), "")


def value(given: Any) -> str:
    """A value on either side of a change."""
    match given:
        case None:
            return _("(nothing)")
        case {"absent": why}:
            return _(ABSENT.get(why, str(why)))
        case {"after": after, "days": int(days)}:
            words = ngettext("{days} day after {after}", "{days} days after {after}", days)
            return words.format(days=days, after=after)
        case {"after": after, "working_days": int(days)}:
            words = ngettext("{days} working day after {after}", "{days} working days after {after}", days)
            return words.format(days=days, after=after)
        case {"every": every}:
            return _("every {span}").format(span=span(every))
        case {"value": amount, **rest} if not set(rest) - {"date"}:
            return f"{amount} ({rest['date']})" if rest.get("date") else str(amount)
        case dict() if all(isinstance(text, str) and len(language) <= 3 for language, text in given.items()):
            return f"«{said(given)}»"
        case list():
            return ", ".join(part_text(one) if isinstance(one, dict) else localized(one) for one in given) or _(
                "(nothing)"
            )
        case dict():
            return json.dumps(given, ensure_ascii=False)
        case _:
            return localized(given)

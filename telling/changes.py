"""Changes of a plan in words: rescheduled, retargeted, reassigned, refined, reframed, added, dropped."""

import json
from collections.abc import Mapping
from typing import Any, Final

from language import N_, _
from telling.values import ABSENT, VISIBILITIES, days_after, every, localized

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
POLICY: Final = (
    RULES
    | VISIBILITIES
    | {
        "convened": N_("convened by the operator"),
        "answered": N_("until all have answered"),
        "evidence": N_("evidence"),
        "nothing": N_("nothing"),
    }
)
"""The words of the policy in a plan file."""


def change(one: Mapping[str, Any]) -> str:
    """One change of a proposal or a difference, in one line."""
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
    """The name of a change, derived from what it touches. Views contain it; entries do not."""
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
    """The name of a field in the reader's language; an unknown field keeps its own."""
    return _(FIELDS[name]) if name in FIELDS else str(name)


def _policy(given: Any) -> str:
    """A value of the policy: one of its words, or any other value."""
    return _(POLICY[given]) if isinstance(given, str) and given in POLICY else value(given)


def added(addition: Mapping[str, Any]) -> str:
    """The part that an addition adds, with its id."""
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
    """The text of a part of a plan: its deliverable, title, name or text."""
    return next((localized(part[key]) for key in ("deliverable", "title", "name", "text", "what") if part.get(key)), "")


def value(given: Any) -> str:
    """A value before or after a change."""
    match given:
        case None:
            return _("(nothing)")
        case {"absent": why}:
            return _(ABSENT.get(why, str(why)))
        case {"after": _after, "days": int()} | {"after": _after, "working_days": int()}:
            return days_after(given)
        case {"every": often}:
            return every(often)
        case {"value": amount, **rest} if not set(rest) - {"date"}:
            return f"{amount} ({rest['date']})" if rest.get("date") else str(amount)
        case dict() if all(isinstance(text, str) and len(language) <= 3 for language, text in given.items()):
            return f"«{localized(given)}»"
        case list():
            return ", ".join(part_text(one) if isinstance(one, dict) else localized(one) for one in given) or _(
                "(nothing)"
            )
        case dict():
            return json.dumps(given, ensure_ascii=False)
        case _:
            return localized(given)

"""Changes of a plan in words: rescheduled, retargeted, reassigned, refined, reframed, added, dropped."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from language import N_, _
from telling.values import ABSENT, VISIBILITIES, days_after, every, localized

if TYPE_CHECKING:
    from domain.views.models.diff import FieldChangeView
    from domain.views.models.parts import AdditionPart, ChangePart
    from domain.views.models.view import View

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


def change(one: ChangePart) -> str:
    """One change of a course correction, in one line."""
    if one.add:
        return f"{_(NAMES[one.kind])}: {added(one.add)}"
    if one.drop:
        return f"{one.drop} {_(NAMES[one.kind])}"
    return _set(one.item, one.kind, one.field, one.was, one.shall_be)


def field_change(one: FieldChangeView) -> str:
    """A field of which two states of a plan have different values, in one line."""
    return _set(one.item, one.name, one.field, one.was, one.shall_be)


def _set(item: str | None, kind: str, name: str | None, *values: Any) -> str:
    before, after = map(_policy if item == "policy" else value, values)
    return f"{item} {_(NAMES[kind])}: {field(name)}: {before} → {after}"


def field(name: str | None) -> str:
    """The name of a field in the reader's language; an unknown field keeps its own."""
    return _(FIELDS[name]) if name in FIELDS else str(name)


def _policy(given: Any) -> str:
    """A value of the policy: one of its words, or any other value."""
    return _(POLICY[given]) if isinstance(given, str) and given in POLICY else value(given)


def added(addition: AdditionPart) -> str:
    """The part that an addition adds, with its id."""
    if addition.milestone:
        return _("milestone {id} of {commitment}: {what}").format(
            id=addition.milestone.id, commitment=addition.commitment, what=part_text(addition.milestone)
        )
    parts = addition.indicator, addition.assumption, addition.awaited, addition.cause, addition.commitment
    return next((f"{part.id}: {part_text(part)}" for part in parts if part and not isinstance(part, str)), "")


def part_text(part: View) -> str:
    """The text of a part of a plan: its deliverable, title, name or text."""
    return _first_text(part.__dict__)


def _first_text(fields: Mapping[str, Any]) -> str:
    return next(
        (localized(fields[key]) for key in ("deliverable", "title", "name", "text", "what") if fields.get(key)), ""
    )


def value(given: Any) -> str:
    """A value before or after a change, as JSON."""
    match given:
        case None:
            return _("(nothing)")
        case {"absent": why}:
            return _(ABSENT.get(why, str(why)))
        case {"after": str(after), "days": int(days)}:
            return days_after(after, days, None)
        case {"after": str(after), "working_days": int(days)}:
            return days_after(after, None, days)
        case {"every": often}:
            return every(often)
        case {"value": amount, **rest} if not set(rest) - {"date"}:
            return f"{amount} ({rest['date']})" if rest.get("date") else str(amount)
        case dict() if all(isinstance(text, str) and len(language) <= 3 for language, text in given.items()):
            return f"«{localized(given)}»"
        case list():
            return ", ".join(_first_text(one) if isinstance(one, dict) else localized(one) for one in given) or _(
                "(nothing)"
            )
        case dict():
            return json.dumps(given, ensure_ascii=False)
        case _:
            return localized(given)

"""An entry of the history as a sentence, and its author. The wording of each kind is in `telling.wording`."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import tzinfo
from typing import TYPE_CHECKING, Final

from language import N_, _
from telling.plan_words import PlanWords
from telling.values import ROLES, VISIBILITIES
from telling.wording import EVENTS

if TYPE_CHECKING:
    from domain.views.models.history import EntryView
    from domain.views.models.plan import PlanView

THE_ROLES: Final = {
    "operator": N_("the operator"),
    "partner": N_("a partner"),
    "reviewer": N_("a reviewer"),
    "auditor": N_("an auditor"),
    "admin": N_("an administrator"),
    "mailbox": N_("the mailbox"),
}
"""Roles with their article, for an entry that a role made for no body."""


def sentence(entry: EntryView, plan: PlanView, zone: tzinfo) -> str:
    """What happened in one entry. ``plan`` is a view of the plan, for its own words."""
    if not isinstance(entry.data, dict):
        return _("{kind}: content withheld ({visibility}).").format(
            kind=kind_name(entry.kind), visibility=_(VISIBILITIES[entry.data.withheld])
        )
    wording = EVENTS.get(entry.kind)
    return wording.sentence(entry.data, PlanWords(plan, zone)) if wording else f"{entry.kind}."


def kind_name(kind: str) -> str:
    """A kind of event in a few words. A kind of a newer engine, which has no wording here, keeps its stored name."""
    wording = EVENTS.get(kind)
    return _(wording.name) if wording else kind


def by_whom(entry: EntryView, names: Mapping[str, str]) -> str:
    """The author of an entry: the body, the role that acted, or the calendar. ``names`` are those of the bodies."""
    wording = EVENTS.get(entry.kind)
    actor = wording.actor if wording else "body"
    if entry.role == "clock" or actor == "calendar":
        return _("the calendar")
    if isinstance(entry.data, dict) and entry.data.get("session"):
        return _("a session, entered by the operator")
    body, role = entry.on_behalf_of, entry.role
    if body is None and actor == "role":
        return _(THE_ROLES.get(role, role))
    if body is None:
        return _("an unnamed body, entered by the {role}").format(role=_(ROLES.get(role, role)))
    if role == "operator":
        return _("{body}, entered by the operator").format(body=names.get(body, body))
    return names.get(body, body)

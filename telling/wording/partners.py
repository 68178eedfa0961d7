"""Wording of partners: bodies that join, leave, or take over from another."""

from collections.abc import Mapping
from typing import Any

from language import N_, _
from telling.plan_words import PlanWords
from telling.registry import Data, Term, commands, event, refusals, terms
from telling.values import also, localized, named

commands(
    {
        "join_partner": N_("a new partner"),
        "leave_partner": N_("the departure of a partner"),
        "succeed_partner": N_("the succession of a partner"),
    }
)
refusals(
    {
        "unknown_partner": N_("there is no such partner"),
        "body_exists": N_("a body of that id exists already"),
        "successor_is_partner": N_("the successor is a partner already"),
        "last_to_decide": N_("no body would be left to decide"),
        "partner_source_needed": N_("the document that names the partners was missing"),
    }
)
terms(
    Term(
        90,
        N_("record that a body joins, leaves or takes over from another"),
        N_("change of partners"),
        N_("a source"),
        N_("changes who takes part, not what was promised"),
        "rumbo partner join",
    ),
)


@event("partner_joined", N_("partner joined"), actor="role")
def _joined(data: Data, words: PlanWords) -> str:
    return _("{body} joined the plan.").format(body=_named(data["partner"]))


@event("partner_left", N_("partner left"), actor="role")
def _left(data: Data, words: PlanWords) -> str:
    sentence = _("{body} left the plan: {reason}").format(
        body=words.body(data["body"]), reason=localized(data["reason"])
    )
    if items := data.get("without_lead"):
        sentence += _(" Without a lead: {items}.").format(items=", ".join(items))
    if data.get("quorum"):
        sentence += _(" The quorum is now {number}.").format(number=data["quorum"])
    if data.get("adopts"):
        sentence += _(" Adoption now takes {number} endorsements.").format(number=data["adopts"])
    return sentence


@event("partner_succeeded", N_("partner succeeded"), actor="role")
def _succeeded(data: Data, words: PlanWords) -> str:
    sentence = _("{successor} replaces {body}: it takes over its leads, its vote and its open proposals.")
    return sentence.format(successor=_named(data["successor"]), body=words.body(data["body"])) + also(
        data.get("reason")
    )


def _named(partner: Mapping[str, Any]) -> str:
    return named(partner["id"], partner.get("name"))

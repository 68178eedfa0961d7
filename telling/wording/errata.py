"""Wording of errata: what was typed wrongly, and who confirmed or contested it."""

from language import N_, _
from telling.changes import field, value
from telling.plan_words import PlanWords
from telling.registry import Data, Term, commands, event, refusals, terms
from telling.values import localized

commands(
    {
        "record_erratum": N_("an erratum"),
        "confirm_erratum": N_("the confirmation of an erratum"),
        "contest_erratum": N_("the contest of an erratum"),
    }
)
refusals(
    {
        "unknown_erratum": N_("there is no such erratum"),
        "erratum_of_erratum": N_("an erratum cannot correct another erratum"),
        "entry_was_contested": N_("the entry had been contested"),
        "erratum_needs_source": N_("the erratum named no source"),
        "cannot_be_mended": N_("an erratum cannot correct that field"),
        "back_as_correction": N_("an erratum on this was contested, so a course correction is needed"),
        "nothing_to_mend": N_("the field is empty or reads that already"),
        "sealed_field": N_("the field is sealed"),
        "says_otherwise": N_("the entry reads otherwise"),
        "nothing_to_confirm": N_("the erratum needed no confirmation"),
        "writer_cannot_confirm": N_("the body that wrote the erratum cannot confirm it"),
        "erratum_was_contested": N_("the erratum had been contested"),
    }
)
terms(
    Term(
        50,
        N_("correct what was typed wrongly"),
        N_("erratum"),
        N_("the entry, what it says, what it should say, and the source that had it right from the start"),
        N_("corrects that one entry"),
        "rumbo erratum record",
    ),
)


@event("erratum_recorded", N_("erratum"))
def _recorded(data: Data, words: PlanWords) -> str:
    where = f"{data['item']} " if data.get("item") else ""
    sentence = _("Erratum {erratum}: in entry {entry}, {field} says {says}, should say {should_say}.").format(
        erratum=data["erratum"],
        entry=data["entry"],
        field=f"{where}{field(data['field'])}",
        says=value(data["says"]),
        should_say=value(data["should_say"]),
    )
    return sentence + (" " + _("It waits until another body confirms it.") if data.get("waits") else "")


@event("erratum_confirmed", N_("erratum confirmed"))
def _confirmed(data: Data, words: PlanWords) -> str:
    return _("The erratum {erratum} was confirmed.").format(erratum=data["erratum"])


@event("erratum_contested", N_("erratum contested"))
def _contested(data: Data, words: PlanWords) -> str:
    return _("The erratum {erratum} was contested and has no effect: {reason}").format(
        erratum=data["erratum"], reason=localized(data["reason"])
    )

"""Wording of contests: a body objects to an entry that was made in its name."""

from language import N_, _
from telling.plan_words import PlanWords
from telling.registry import Data, Term, commands, event, refusals, terms
from telling.values import localized

commands({"contest_entry": N_("the contest of an entry")})
refusals(
    {
        "nothing_said": N_("there is no such entry, or no statement in it"),
        "not_entered_for_you": N_("the entry was not made in the name of that body"),
        "own_entry": N_("the body had sent the entry itself"),
        "already_contested": N_("the body had contested the entry before"),
    }
)
terms(
    Term(
        100,
        N_("object to what others entered in the name of your body"),
        N_("contest"),
        N_("the body itself, and a reason"),
        N_("the entry stays and no longer counts"),
        "rumbo history contest",
    ),
)


@event("entry_contested", N_("contest"))
def _contested(data: Data, words: PlanWords) -> str:
    return _("Entry {entry} is contested and no longer counts for the body: {reason}").format(
        entry=data["entry"], reason=localized(data["reason"])
    )

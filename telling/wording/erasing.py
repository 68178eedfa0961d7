"""Wording of erasure: the sealed content of an entry is destroyed, the record of it stays."""

from language import N_, _
from telling.plan_words import PlanWords
from telling.registry import Data, commands, event, refusals
from telling.values import authority, localized

commands({"redact": N_("an erasure")})
refusals(
    {
        "no_seal": N_("the entry has no sealed content"),
        "already_erased": N_("the content was erased before"),
        "unknown_entry": N_("there is no such entry"),
    }
)


@event("erased", N_("erasure"), actor="role")
def _erased(data: Data, words: PlanWords) -> str:
    return _("The sealed content of entry {entry} was erased, by authority of {document}: {reason}").format(
        entry=data["entry"], document=authority(data["authority"]), reason=localized(data["reason"])
    )

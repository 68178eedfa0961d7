"""The words that stand in for a phase, a status, a rule or a role in a sentence, in the reader's language.

A code and its parameters are the same for every reader, because programs read them too; they become words here.
"""

from collections.abc import Callable, Mapping
from typing import Final

from language import N_, _
from telling.changes import RULES
from telling.corrections import STATUSES
from telling.values import PHASES, PLAN_STATUSES, ROLES, span

PARTS: Final = {
    "milestone": N_("milestone"),
    "commitment": N_("commitment"),
    "indicator": N_("indicator"),
}


def _of(words: Mapping[str, str]) -> Callable[[str], str]:
    """Each word of a list with commas, where the table has it; what it has not stays."""
    return lambda given: ", ".join(_(words[one]) if one in words else one for one in given.split(", "))


PARAMETERS: Final[dict[str, dict[str, Callable[[str], str]]]] = {
    "not_next_phase": {"phase": _of(PHASES), "next": _of(PHASES)},
    "not_open": {"status": _of(STATUSES)},
    "not_adopted_by_count": {"rule": _of(RULES)},
    "adopted_by_count": {"rule": _of(RULES)},
    "wrong_kind_of_item": {"wanted": _of(PARTS)},
    "role_needed": {"needed": _of(ROLES), "roles": _of(ROLES)},
    "no_body": {"role": _of(ROLES)},
    "not_running": {"status": _of(PLAN_STATUSES)},
    "windows_do_not_fit": {"every": span},
    "reports_overlap": {"every": span, "within": span},
}
"""By the code of a sentence, the parameters in it that are words of ours, and how each is said."""


def parameters_in_words(code: str, params: Mapping[str, str]) -> dict[str, str]:
    """The parameters of a sentence as its reader hears them."""
    said = dict(params)
    for name, tell in PARAMETERS.get(code, {}).items():
        if name in said:
            said[name] = tell(said[name])
    return said

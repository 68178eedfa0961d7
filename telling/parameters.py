"""The parameters of a message in the reader's language: a phase, a status, a rule or a role.

Codes and parameters are the same in every language, because programs read them; people get words.
"""

from collections.abc import Mapping

from telling.wording import PARAMETERS


def parameters_in_words(code: str, params: Mapping[str, str]) -> dict[str, str]:
    """The parameters that fill the sentence of a code."""
    worded = dict(params)
    for name, word in PARAMETERS.get(code, {}).items():
        if name in worded:
            worded[name] = word(worded[name])
    return worded

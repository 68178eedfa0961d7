"""Sentences name phases, statuses, rules and roles in the reader's language."""

import re

import pytest

from domain.corrections.correction import Correction
from domain.kernel.refused import REFUSALS
from gateway.access.callers import NotAllowed, require_access
from gateway.errors import as_problem, sentence
from language import LANGUAGES, speaking
from telling.wording import PARAMETERS
from tests.unit.domain.test_refusals import SITUATIONS
from tests.unit.gateway.test_access import caller

OURS = re.compile(
    r"\b(action|reflection|adaptation|majority|consensus|milestone|commitment|indicator|operator|reviewer|"
    r"open|returned|adopted|in_effect|declined|withdrawn|lapsed|contested|paused|closed|months|weeks)\b"
)


@pytest.mark.parametrize("code", SITUATIONS)
def test_a_refusal_in_spanish_has_no_english_code_in_it(code: str) -> None:
    refused = SITUATIONS[code]().refused
    assert refused is not None
    with speaking("es"):
        told = sentence(code, refused.params)
    commands = re.sub(r"`[^`]*`|«[^»]*»", "", told)
    assert not OURS.search(commands), told


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_status_of_a_course_correction_has_a_translation(language: str) -> None:
    statuses = Correction.__annotations__["status"]
    for status in statuses.__args__:
        with speaking(language):
            told = sentence("not_open", {"correction": "cc", "status": status})
        assert "_" not in told
        assert told.endswith(".")


def test_the_required_roles_are_translated() -> None:
    with pytest.raises(NotAllowed) as refused:
        require_access(caller("partner", "auditor"), "convene")
    with speaking("es"):
        told = as_problem(refused.value).body()["message"]
    assert "uno de los papeles operador;" in told
    assert not re.search("operator|partner", told)


def test_only_the_parameters_of_a_sentence_are_translated() -> None:
    for code, params in PARAMETERS.items():
        template = REFUSALS.get(code, "")
        assert not template or all(f"{{{name}}}" in template for name in params), code

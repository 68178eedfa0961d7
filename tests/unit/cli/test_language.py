"""Which language is spoken: by the environment, by a request, and English where nothing fits."""

import pytest

import language
from language import environment_language, preferred


@pytest.mark.parametrize(
    ("environment", "spoken"),
    [
        ({}, "en"),
        ({"LANG": "es_MX.UTF-8"}, "es"),
        ({"LANG": "C.UTF-8"}, "en"),
        ({"LANG": "de_DE.UTF-8"}, "en"),
        ({"LANG": "en_US.UTF-8", "LC_ALL": "es_ES.UTF-8"}, "es"),
        ({"LANG": "es_MX.UTF-8", "LC_MESSAGES": "C"}, "en"),
        ({"LANG": "en_US.UTF-8", "LANGUAGE": "fr:es:en"}, "es"),
        ({"LANG": "es_MX.UTF-8", "LANGUAGE": ""}, "es"),
    ],
)
def test_the_first_environment_variable_that_is_set_gives_the_language(
    environment: dict[str, str], spoken: str
) -> None:
    assert environment_language(environment) == spoken


@pytest.mark.parametrize(
    ("header", "spoken"),
    [
        (None, "en"),
        ("", "en"),
        ("es-MX,es;q=0.9,en;q=0.8", "es"),
        ("en-GB, es;q=0.9", "en"),
        ("fr, es;q=0.5", "es"),
        ("es;q=0.1, en;q=0.2", "en"),
        ("es;q=0", "en"),
        ("*", "en"),
        ("es;q=lots, \x00;;;q", "en"),
        ("zh-Hant-TW", "en"),
    ],
)
def test_a_request_is_answered_in_the_language_it_prefers(header: str | None, spoken: str) -> None:
    assert preferred(header) == spoken


def test_a_temporary_language_ends() -> None:
    before = language.current_language()
    with language.speaking("es"):
        assert language.current_language() == "es"
    assert language.current_language() == before


def test_a_language_without_a_catalogue_leaves_the_sentence_in_english() -> None:
    assert language.translations("xx").gettext("No faults.") == "No faults."

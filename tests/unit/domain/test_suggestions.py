"""Suggestions for usual mistakes in a plan file; an ambiguous text gives none."""

import pytest

from domain.plan_file.suggestions import meant_date, meant_key, meant_month, meant_number


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        ("30/06/2027", "2027-06-30"),
        ("03/04/2027", "2027-04-03"),
        ("3.4.2027", "2027-04-03"),
        ("2027/6/3", "2027-06-03"),
        ("30 de junio de 2027", "2027-06-30"),
        ("1o. de enero del 2028", "2028-01-01"),
        ("June 30, 2027", "2027-06-30"),
        ("30-jun-2027", "2027-06-30"),
        ("31/02/2027", None),
        ("06/30/2027", None),
        ("30/06/27", None),
        ("12 dic", None),
        ("junio de 2027", None),
        ("mayo o junio de 2027", None),
        ("pronto", None),
    ],
)
def test_a_date_in_another_form_is_suggested_in_iso_8601(given: str, meant: str | None) -> None:
    assert meant_date(given) == meant


@pytest.mark.parametrize(("given", "meant"), [("junio de 2027", "2027-06"), ("06/2027", "2027-06"), ("13/2027", None)])
def test_a_month_in_another_form_is_suggested_in_iso_8601(given: str, meant: str | None) -> None:
    assert meant_month(given) == meant


@pytest.mark.parametrize(("given", "meant"), [("12,5", "12.5"), ("-3,25", "-3.25"), ("1,234", None), ("many", None)])
def test_a_decimal_comma_is_understood_where_it_cannot_be_thousands(given: str, meant: str | None) -> None:
    assert meant_number(given) == meant


@pytest.mark.parametrize(
    ("given", "known", "meant"),
    [
        ("titel", ["title", "plan"], "title"),
        ("Compromisos", ["commitments", "plan"], "commitments"),
        ("líder", ["lead", "with"], "lead"),
        ("quién sufre", ["who_suffers"], "who_suffers"),
        ("hitos", ["plan", "title"], None),
    ],
)
def test_a_misspelt_or_spanish_key_gives_a_suggestion(given: str, known: list[str], meant: str) -> None:
    assert meant_key(given, known) == meant

"""Whatever a person may see is there in Spanish, with the same places to fill."""

import re
import string
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po

from language import FOLDER, LANGUAGES, SOURCE
from tests.unit.cli.messages import all_messages, ours

OTHERS = [one for one in LANGUAGES if one != SOURCE]

_CORRECTION_ALONE = re.compile(r"(?<!ourse )\bcorrections?\b(?!\})", re.IGNORECASE)


def _catalogue(language: str) -> Catalog:
    with (Path(FOLDER) / language / "LC_MESSAGES" / "rumbo.po").open("rb") as file:
        return read_po(file)


def _forms(message: str | tuple[str, ...] | list[str] | None) -> tuple[str, ...]:
    return (message,) if isinstance(message, str) else tuple(message or ("",))


def _places(text: str) -> set[str]:
    return {name for _literal, name, _spec, _conversion in string.Formatter().parse(text) if name is not None}


@pytest.mark.parametrize("language", OTHERS)
def test_every_message_is_translated(language: str) -> None:
    catalogue = _catalogue(language)
    missing = []
    for message in all_messages():
        found = catalogue.get(_forms(message)[0])
        if found is None or not all(_forms(found.string)) or found.fuzzy:
            missing.append(message)
    assert not missing


@pytest.mark.parametrize("language", OTHERS)
def test_every_translation_belongs_to_a_message(language: str) -> None:
    known = {_forms(message)[0] for message in all_messages()}
    assert [one.id for one in _catalogue(language) if one.id and _forms(one.id)[0] not in known] == []


@pytest.mark.parametrize("language", OTHERS)
def test_a_translation_has_the_placeholders_of_its_message(language: str) -> None:
    for one in _catalogue(language):
        if not one.id or "%(" in _forms(one.id)[0]:
            continue
        wanted = set[str]().union(*map(_places, _forms(one.id)))
        for form in _forms(one.string):
            # A form for one thing may say "one" in words.
            assert _places(form) <= wanted, one.id
        assert set[str]().union(*map(_places, _forms(one.string))) == wanted, one.id


def test_a_course_correction_is_named_in_full() -> None:
    short = [message for message in ours() for form in _forms(message) if _CORRECTION_ALONE.search(_without_code(form))]
    assert not short


def test_it_is_named_in_full_in_spanish_too() -> None:
    own = {_forms(message)[0] for message in ours()}
    for one in _catalogue("es"):
        if one.id and _forms(one.id)[0] in own:
            for form in _forms(one.string):
                assert not re.search(r"correcci(ón|ones)(?! de rumbo)", form, re.IGNORECASE), form


def _without_code(text: str) -> str:
    """A message without what is typed: commands, options, names of fields."""
    text = re.sub(r"`[^`]*`|\{[^}]*\}|^  rumbo .*$", "", text, flags=re.MULTILINE)
    return re.sub(r"[a-z_]*_correction|--\S+", "", text)

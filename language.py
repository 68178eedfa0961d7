"""The languages that Rumbo speaks: English is the source, the others are catalogues in ``locale/``.

A sentence is written in English inside `_` and translated where it is said. The command line speaks as its
environment asks (``LANGUAGE``, ``LC_ALL``, ``LC_MESSAGES``, ``LANG``: the first that is set, as gettext has it); the
gateway answers each request in the language that its ``Accept-Language`` prefers (RFC 9110, section 12.5.4). Where no
catalogue fits, or none was compiled, the sentence stays English: nothing here fails. Standard library only, and quick
to import.
"""

import gettext
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from pathlib import Path
from typing import Final

DOMAIN: Final = "rumbo"
SOURCE: Final = "en"
LANGUAGES: Final = (SOURCE, "es")
FOLDER: Final = Path(__file__).resolve().parent / "locale"

Translations = gettext.NullTranslations

_VARIABLES = ("LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG")

_spoken: ContextVar[str | None] = ContextVar("language", default=None)


def _(message: str) -> str:
    """A message in the language that is spoken here."""
    return translations(current_language()).gettext(message) if message else ""


def ngettext(one: str, many: str, count: int) -> str:
    """The form of a message that goes with a count."""
    return translations(current_language()).ngettext(one, many, count)


def N_(message: str) -> str:
    """Mark a message that is translated later, where it is said."""
    return message


def current_language() -> str:
    """The language spoken here: what `use` or `speaking` chose, else what the environment asks for."""
    return _spoken.get() or environment_language()


def of(accept_language: str | None) -> Translations:
    """The catalogue that a request prefers; English where the header is absent or asks for what we do not speak."""
    return translations(preferred(accept_language))


def preferred(accept_language: str | None) -> str:
    """The language of ours that an ``Accept-Language`` header prefers."""
    wishes: list[tuple[float, str]] = []
    for wish in (accept_language or "").split(","):
        name, _semicolon, weight = wish.partition(";")
        found = SOURCE if name.strip() == "*" else _ours(name)
        if found and (quality := _quality(weight)) > 0:
            wishes.append((quality, found))
    # max() keeps the first of equals, which is the order that the person wrote.
    return max(wishes, key=lambda wish: wish[0])[1] if wishes else SOURCE


def environment_language(environment: Mapping[str, str] | None = None) -> str:
    """The language of ours that the environment asks for."""
    environment = os.environ if environment is None else environment
    asked = next((environment[name] for name in _VARIABLES if environment.get(name)), "")
    return next((found for name in asked.split(":") if (found := _ours(name))), SOURCE)


def use(language: str) -> None:
    """Speak one language in the whole process from here on: our own messages and those of click.

    click asks the standard library's gettext, which knows only the environment and its text domain.
    """
    _spoken.set(language)
    os.environ["LANGUAGE"] = language
    gettext.bindtextdomain(DOMAIN, FOLDER)
    gettext.textdomain(DOMAIN)


@contextmanager
def speaking(language: str) -> Iterator[None]:
    """Speak one language for a while, in this task or thread only."""
    token = _spoken.set(language)
    try:
        yield
    finally:
        _spoken.reset(token)


@cache
def translations(language: str) -> Translations:
    """The compiled catalogue of a language; one that leaves everything in English where there is none."""
    return gettext.translation(DOMAIN, FOLDER, [language], fallback=True)


def _ours(name: str) -> str | None:
    """The language of ours behind ``es_MX.UTF-8`` or ``es-419``, if there is one; ``C`` and ``POSIX`` are English."""
    primary = name.strip().replace("-", "_").partition(".")[0].partition("_")[0].lower()
    if primary in ("c", "posix"):
        return SOURCE
    return primary if primary in LANGUAGES else None


def _quality(weight: str) -> float:
    """The weight in ``;q=0.8``; 1 where there is none, 0 where it makes no sense."""
    name, _equals, value = weight.partition("=")
    if not name.strip():
        return 1.0
    try:
        return float(value) if name.strip().lower() == "q" else 0.0
    except ValueError:
        return 0.0

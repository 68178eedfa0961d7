"""Translation of messages: English is the source, the other languages are catalogues in ``locale/``.

A message is written in English inside `_`, which translates it when it is shown. The command line uses the language of
its environment (``LANGUAGE``, ``LC_ALL``, ``LC_MESSAGES``, ``LANG``: the first that is set, as in gettext); the gateway
answers each request in the language that its ``Accept-Language`` prefers (RFC 9110, section 12.5.4). Without a matching
or compiled catalogue the message stays English: nothing here fails. Standard library only, and quick to import.
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

_current: ContextVar[str | None] = ContextVar("language", default=None)


def _(message: str) -> str:
    """A message in the current language."""
    return translations(current_language()).gettext(message) if message else ""


def ngettext(one: str, many: str, count: int) -> str:
    """The form of a message that goes with a count."""
    return translations(current_language()).ngettext(one, many, count)


def N_(message: str) -> str:
    """Marks a message for translation; it is translated when it is shown."""
    return message


def current_language() -> str:
    """The language that `use` or `speaking` set, else the language of the environment."""
    return _current.get() or environment_language()


def preferred(accept_language: str | None) -> str:
    """The supported language that an ``Accept-Language`` header prefers."""
    wishes: list[tuple[float, str]] = []
    for wish in (accept_language or "").split(","):
        name, _semicolon, weight = wish.partition(";")
        found = SOURCE if name.strip() == "*" else _supported(name)
        if found and (quality := _quality(weight)) > 0:
            wishes.append((quality, found))
    # max() keeps the first of equals: the order of the header.
    return max(wishes, key=lambda wish: wish[0])[1] if wishes else SOURCE


def environment_language(environment: Mapping[str, str] | None = None) -> str:
    """The supported language that the environment asks for."""
    environment = os.environ if environment is None else environment
    asked = next((environment[name] for name in _VARIABLES if environment.get(name)), "")
    return next((found for name in asked.split(":") if (found := _supported(name))), SOURCE)


def use(language: str) -> None:
    """Sets the language of the whole process, for our messages and those of click.

    click uses the standard library's gettext, which reads only the environment and its text domain.
    """
    _current.set(language)
    os.environ["LANGUAGE"] = language
    gettext.bindtextdomain(DOMAIN, FOLDER)
    gettext.textdomain(DOMAIN)


@contextmanager
def speaking(language: str) -> Iterator[None]:
    """Sets the language of this task or thread while the block runs."""
    token = _current.set(language)
    try:
        yield
    finally:
        _current.reset(token)


@cache
def translations(language: str) -> Translations:
    """The compiled catalogue of a language; without one, a catalogue that leaves everything in English."""
    return gettext.translation(DOMAIN, FOLDER, [language], fallback=True)


def _supported(name: str) -> str | None:
    """The supported language of ``es_MX.UTF-8`` or ``es-419``, if there is one; ``C`` and ``POSIX`` are English."""
    primary = name.strip().replace("-", "_").partition(".")[0].partition("_")[0].lower()
    if primary in ("c", "posix"):
        return SOURCE
    return primary if primary in LANGUAGES else None


def _quality(weight: str) -> float:
    """The weight in ``;q=0.8``; 1 without one, 0 if it is malformed."""
    name, _equals, value = weight.partition("=")
    if not name.strip():
        return 1.0
    try:
        return float(value) if name.strip().lower() == "q" else 0.0
    except ValueError:
        return 0.0

"""Suggestions for usual mistakes in a plan file: dates and numbers in other forms, misspelt or Spanish keys."""

import re
import unicodedata
from datetime import date
from difflib import get_close_matches
from typing import Final

_MONTHS: Final = {
    name: number
    for number, names in enumerate(
        (
            "enero january jan ene",
            "febrero february feb",
            "marzo march mar",
            "abril april abr apr",
            "mayo may",
            "junio june jun",
            "julio july jul",
            "agosto august ago aug",
            "septiembre setiembre september sep sept set",
            "octubre october oct",
            "noviembre november nov",
            "diciembre december dic dec",
        ),
        1,
    )
    for name in names.split()
}

_IN_SPANISH: Final = {
    "acciones": "commitments",
    "acepta": "adopts",
    "aborda": "addresses",
    "apoyan": "with",
    "atiende": "addresses",
    "causas": "causes",
    "ciclo": "cycle",
    "compromisos": "commitments",
    "con": "with",
    "decide": "decides",
    "decisiones": "decisions",
    "dias_inhabiles": "closed_days",
    "entregable": "deliverable",
    "enunciado": "statement",
    "esperados": "awaited",
    "fecha": "due",
    "fecha_limite": "due",
    "grupo": "group",
    "hitos": "milestones",
    "ilustrativo": "illustrative",
    "indicadores": "indicators",
    "lider": "lead",
    "linea_base": "baseline",
    "meta": "target",
    "nombre": "name",
    "nota": "note",
    "organismos": "partners",
    "palabras": "words",
    "participantes": "partners",
    "politica": "policy",
    "porque": "because",
    "preguntas": "questions",
    "problema": "problem",
    "prueba": "proof",
    "que": "what",
    "quien_padece": "who_suffers",
    "quien_sufre": "who_suffers",
    "quorum": "quorum",
    "reglas": "policy",
    "resuelto_cuando": "solved_when",
    "responsable": "lead",
    "socios": "partners",
    "supuestos": "assumptions",
    "texto": "text",
    "titulo": "title",
    "unidad": "unit",
    "valor": "value",
    "vence": "due",
    "zona_horaria": "timezone",
}
"""Keys are English, but authors of plans in Spanish often write them in Spanish."""


def meant_key(given: str, known: list[str]) -> str | None:
    """The key that was probably meant: one with a similar spelling, or the one with this Spanish name."""
    translated = _IN_SPANISH.get(_plain(given[:64]).replace(" ", "_"))
    if translated in known:
        return translated
    close = get_close_matches(given[:64], known[:200], n=1, cutoff=0.6)
    return close[0] if close else None


def meant_date(given: str) -> str | None:
    """The date that was probably meant, in the form that a plan file takes.

    ``30/06/2027`` is read as day, month, year. The month may be a name in Spanish or English. ``None`` if the date is
    ambiguous.
    """
    text = _plain(given[:60])
    if found := re.fullmatch(r"(\d{1,2})\s*[/.-]\s*(\d{1,2})\s*[/.-]\s*(\d{4})", text):
        return _day(found[3], found[2], found[1])
    if found := re.fullmatch(r"(\d{4})\s*[/.-]\s*(\d{1,2})\s*[/.-]\s*(\d{1,2})", text):
        return _day(found[1], found[2], found[3])
    month, numbers = _with_month(text)
    match sorted(numbers, key=len):
        case [day, year] if month and len(day) < 3 and len(year) == 4:
            return _day(year, month, day)
        case _:
            return None


def meant_month(given: str) -> str | None:
    """The month that was probably meant: ``junio de 2027``, ``06/2027``."""
    text = _plain(given[:60])
    if found := re.fullmatch(r"(\d{1,2})\s*[/.-]\s*(\d{4})", text):
        return (_day(found[2], found[1], "1") or "")[:7] or None
    match _with_month(text):
        case str() as month, [year] if len(year) == 4:
            return f"{year}-{int(month):02}"
        case _:
            return None


def _with_month(text: str) -> tuple[str | None, list[str]]:
    """(number of the month, other numbers) of a text with one month's name and numbers; else ``(None, [])``."""
    words = [word for word in re.split(r"[\s/.,-]+", text) if word not in ("", "de", "del", "of", "el", "the")]
    months = [_MONTHS[word] for word in words if word in _MONTHS]
    numbers = [re.sub(r"(st|nd|rd|th|o)$", "", word) for word in words if word not in _MONTHS]
    if len(months) != 1 or not all(re.fullmatch("[0-9]{1,4}", number) for number in numbers):
        return None, []
    return str(months[0]), numbers


def meant_number(given: str) -> str | None:
    """The number that was probably meant by one with a decimal comma. ``1,234`` is ambiguous, so it gives ``None``."""
    found = re.fullmatch(r"(-?\d{1,30}),(\d{1,2}|\d{4,30})", given.strip())
    return f"{found[1]}.{found[2]}" if found else None


def _day(year: str, month: str, day: str) -> str | None:
    try:
        return date(int(year), int(month), int(day)).isoformat()
    except ValueError:
        return None


def _plain(text: str) -> str:
    """Lower case, without accents."""
    apart = unicodedata.normalize("NFD", text.strip().casefold())
    return "".join(letter for letter in apart if not unicodedata.combining(letter))

"""Converts cells to numbers, counts and dates. An ambiguous cell is refused; its meaning is never guessed."""

import re
from datetime import date
from decimal import Decimal
from typing import Final

from language import _

_THOUSANDS: Final = re.compile(
    r"(-?)([1-9][0-9]{0,2})((?:([ \u00a0\u202f.,])[0-9]{3})(?:\4[0-9]{3})*)(?:([.,])([0-9]+))?"
)
_PLAIN: Final = re.compile(r"-?[0-9]{1,30}(?:[.,][0-9]{1,30})?")
_DAY_FIRST: Final = re.compile(r"([0-9]{1,2})([/.-])([0-9]{1,2})\2([0-9]{4})")
_ISO: Final = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})")


class UnreadableCell(ValueError):
    """A cell cannot be read. ``sentence``, already translated, says why and what to do."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


def number(cell: str) -> str:
    """A number in the engine's form: digits and a decimal point. Raises `UnreadableCell`.

    It reads ``12,5`` and ``12.5``, and thousands separators where they are unambiguous: ``1 234,5``, ``1.234,50``,
    ``1,234,567``. ``1,234`` alone could be two numbers and is refused.
    """
    given = cell.strip().replace("\u2212", "-")
    if grouped := _THOUSANDS.fullmatch(given):
        sign, first, rest, separator, point, decimals = grouped.groups()
        whole = sign + first + re.sub("[^0-9]", "", rest)
        if separator in ".," and point is None and rest.count(separator) == 1:
            raise UnreadableCell(
                _("{given} could be {one} or {other}. Write {one}, or {clear}.").format(
                    given=given,
                    one=whole,
                    other=f"{sign}{first}.{rest[1:]}",
                    clear=f"{sign}{first}{separator}{rest[1:]}0",
                )
            )
        if point != separator:
            return _exact(f"{whole}.{decimals}" if decimals else whole)
    if _PLAIN.fullmatch(given):
        return _exact(given.replace(",", "."))
    raise UnreadableCell(_("{given} is not a number. Write only digits, as in 12,5 or 12.5.").format(given=given[:40]))


def count(cell: str) -> int:
    """A whole number, not negative. Raises `UnreadableCell`."""
    read = Decimal(number(cell))
    if read != read.to_integral_value() or read < 0 or read >= 2**53:
        raise UnreadableCell(
            _("{given} is not a whole number, which is expected here.").format(given=cell.strip()[:40])
        )
    return int(read)


def day(cell: str) -> str:
    """A date in the engine's form, ``2027-06-30``. In ``30/06/2027`` the day is first. Raises `UnreadableCell`."""
    given = cell.strip()
    if found := _ISO.fullmatch(given):
        year, month, of_month = found.groups()
    elif found := _DAY_FIRST.fullmatch(given):
        of_month, month, year = found[1], found[3], found[4]
    else:
        raise UnreadableCell(
            _("{given} is not a date. Write 30/06/2027 (day, month, year of four digits) or 2027-06-30.").format(
                given=given[:40]
            )
        )
    try:
        return date(int(year), int(month), int(of_month)).isoformat()
    except ValueError:
        raise UnreadableCell(
            _("{given} does not exist: it is read as day {day}, month {month}, year {year}.").format(
                given=given, day=int(of_month), month=int(month), year=year
            )
        ) from None


def _exact(text: str) -> str:
    """The number without leading zeros; the decimals stay as written."""
    return format(Decimal(text), "f")

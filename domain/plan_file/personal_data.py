"""Warnings about personal data in a plan file: partners are bodies, and data of persons do not belong in a plan.

It finds data that can be recognised by their form: e-mail addresses, telephone numbers, and the CURP, Mexico's key of a
person (Instructivo normativo para la asignación de la CURP, DOF 18-10-2021). Other text can have the same form, so
these are only warnings.
"""

import re
from collections.abc import Iterator
from typing import Any, Final

from domain.kernel.faults import Fault, Path

_FORMS: Final = {
    "looks_like_email": re.compile(r"[\w.+%-]{1,64}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63}){1,8}"),
    "looks_like_curp": re.compile(r"\b[A-Z][AEIOUX][A-Z]{2}\d{6}[HMX][A-Z]{5}[A-Z\d]\d\b"),
    "looks_like_phone": re.compile(r"(?<![\w./-])\+?\(?\d(?:[ ().-]{0,2}\d){9,13}(?![\w/-])"),
}
_NO_PHONE: Final = re.compile(r"\d{4}-\d{2}-\d{2}|\d{1,3}(?:\.\d{3})+")
"""Dates, and numbers with separators."""


def personal_data_warnings(tree: Any, path: Path = ()) -> Iterator[Fault]:
    """A warning for each text in a plan file that looks like an e-mail address, a telephone number or a CURP."""
    match tree:
        case str():
            for code, form in _FORMS.items():
                text = _NO_PHONE.sub("·", tree) if code == "looks_like_phone" else tree
                if found := form.search(text):
                    yield Fault(code, path, {"given": found[0].strip()})
        case dict():
            for key, value in tree.items():
                yield from personal_data_warnings(value, (*path, key))
        case list():
            for index, value in enumerate(tree):
                yield from personal_data_warnings(value, (*path, index))
        case _:
            return

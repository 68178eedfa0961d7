"""The scalars of a plan: ids, text in one or more languages, numbers, and values that are absent for a reason."""

import re
from decimal import Decimal, InvalidOperation
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, PlainSerializer, StringConstraints
from pydantic_core import PydanticCustomError

LONGEST_TEXT = 20_000
"""Characters of one text. A longer text belongs in a document, attached as evidence."""

_LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*")


def _text(value: Any) -> Any:
    match value:
        case str() if value.strip():
            return value
        case dict() if value:
            for language, wording in value.items():
                if not isinstance(language, str) or not _LANGUAGE.fullmatch(language):
                    raise PydanticCustomError("not_a_language", "{given}", {"given": str(language)})
                if not isinstance(wording, str) or not wording.strip():
                    raise PydanticCustomError("text_expected", "text expected")
            return value
        case _:
            raise PydanticCustomError("text_expected", "text expected")


def _number(value: Any) -> Decimal:
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        number = Decimal("NaN")
    if isinstance(value, bool) or not number.is_finite() or abs(number.adjusted()) > 30:
        raise PydanticCustomError("not_a_number", "{given}", {"given": str(value)[:40]})
    return number


Text = Annotated[
    Annotated[str, Field(max_length=LONGEST_TEXT)] | dict[str, Annotated[str, Field(max_length=LONGEST_TEXT)]],
    BeforeValidator(_text),
]
"""Text of a person: a string, or one string per language (``{es: …, en: …}``, BCP 47 tags)."""

Id = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")]
"""An id within a plan, unique for ever: a dropped item keeps its id."""

PlanId = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]{0,62}$")]
"""A plan's short name. It is never given to another plan."""

CommandId = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._:-]{0,99}$")]
"""Chosen by the sender. A command sent twice with the same id is executed once."""

Number = Annotated[
    Decimal,
    BeforeValidator(_number),
    PlainSerializer(lambda number: format(number, "f"), return_type=str),
]
"""An exact decimal; stored as text, so that no reader rounds it."""

Count = Annotated[int, Field(ge=0, le=2**53 - 1)]


class Absent(BaseModel):
    """A value that is missing, with the reason. A missing value is better than an invented one."""

    model_config = ConfigDict(defer_build=True, frozen=True, extra="forbid")

    absent: Literal[
        "not_stated", "not_published", "not_due", "not_reported", "not_reviewed", "not_collected", "not_applicable"
    ]


class Sealed(BaseModel):
    """A value that could harm a person, recorded only as a salted digest; the value itself can be erased."""

    model_config = ConfigDict(defer_build=True, frozen=True, extra="forbid")

    sealed: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]


def _sealable(value: Any) -> Any:
    if isinstance(value, Sealed) or (isinstance(value, dict) and set(value) == {"sealed"}):
        return Sealed.model_validate(value)
    return _text(value)


SealableText = Annotated[
    Annotated[str, Field(max_length=LONGEST_TEXT)] | Sealed | dict[str, Annotated[str, Field(max_length=LONGEST_TEXT)]],
    BeforeValidator(_sealable),
]
"""Text in a statement; sealed if the statement is restricted."""


def _sealable_or_absent(value: Any) -> Any:
    if isinstance(value, Absent) or (isinstance(value, dict) and set(value) == {"absent"}):
        return Absent.model_validate(value)
    return _sealable(value)


SealableTextOrAbsent = Annotated[
    Annotated[str, Field(max_length=LONGEST_TEXT)]
    | Sealed
    | Absent
    | dict[str, Annotated[str, Field(max_length=LONGEST_TEXT)]],
    BeforeValidator(_sealable_or_absent),
]
"""Text, or the reason why it is not known."""


def same_text(one: object, other: object) -> bool:
    """Whether two texts are equal, or one is the wording of the other in one language."""
    if one == other:
        return True
    if isinstance(one, str) and isinstance(other, dict):
        return one in other.values()
    return isinstance(one, dict) and isinstance(other, str) and other in one.values()

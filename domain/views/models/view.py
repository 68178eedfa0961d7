"""What all views share: their base class, and the values that stand for texts, days, moments and gaps."""

import ast
import inspect
import sys
from datetime import UTC, datetime
from functools import cache
from itertools import pairwise
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, GetJsonSchemaHandler, JsonValue, PlainSerializer, WithJsonSchema
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema
from typing_extensions import TypeAliasType

from domain.kernel.event import Visibility

ALL: frozenset[Visibility] = frozenset({"public", "partners", "restricted"})
"""What a reader may see from whom nothing is withheld."""


class View(BaseModel):
    """A typed answer. Every field is documented where it is declared; a field with a default may be missing in JSON.

    All moments are UTC. They are written in ISO 8601, and a day as YYYY-MM-DD.
    """

    model_config = ConfigDict(defer_build=True, frozen=True, extra="forbid", populate_by_name=True)

    def as_json(self) -> dict[str, Any]:
        """The answer as JSON: the fields that were given, by their JSON names."""
        return self.model_dump(mode="json", by_alias=True, exclude_unset=True)

    @classmethod
    def read(cls, answer: Any) -> Self:
        """The view in a JSON answer of a server, or in stored data. Fields that only a newer version has are ignored.

        Raises ``ValidationError`` where a field is missing or has a value that this version does not know.
        """
        return cls.model_validate(answer, extra="ignore")

    @classmethod
    def __get_pydantic_json_schema__(cls, core: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        """The schema, with the text beneath each field as its description.

        Read from the source only here: reading it whenever a class is made (``use_attribute_docstrings``) would cost
        every start of a client a tenth of a second.
        """
        schema = handler.resolve_ref_schema(handler(core))
        for name, text in _descriptions(cls).items():
            field = cls.model_fields[name]
            schema["properties"][field.alias or name].setdefault("description", text)
        return schema


def _descriptions(cls: type[View]) -> dict[str, str]:
    """By field, the string that stands beneath its declaration in the class or one of its bases."""
    found: dict[str, str] = {}
    for base in reversed(cls.__mro__):
        if issubclass(base, View):
            found |= {name: text for name, text in _described_in(base.__module__).get(base.__name__, {}).items()}
    return {name: text for name, text in found.items() if name in cls.model_fields}


@cache
def _described_in(module: str) -> dict[str, dict[str, str]]:
    """By class and field, the strings beneath the declarations of a module."""
    found: dict[str, dict[str, str]] = {}
    for node in ast.parse(inspect.getsource(sys.modules[module])).body:
        if isinstance(node, ast.ClassDef):
            for field, below in pairwise(node.body):
                match field, below:
                    case (
                        ast.AnnAssign(target=ast.Name(id=name)),
                        ast.Expr(value=ast.Constant(value=str() as text)),
                    ):
                        found.setdefault(node.name, {})[name] = inspect.cleandoc(text)
                    case _:
                        pass
    return found


class SealedView(View):
    """A text that stands in the record as a salted digest only, because it can hurt somebody."""

    sealed: str
    """The digest, SHA-256 in hex."""
    opened: str | dict[str, str] | None = None
    """The text itself; only for readers who may see what is restricted."""
    erased: Literal[True] | None = None
    """The text was erased, and nothing can open it again."""


class AbsentView(View):
    """A value that is not known, and why."""

    absent: Literal[
        "not_stated", "not_published", "not_due", "not_reported", "not_reviewed", "not_collected", "not_applicable"
    ]
    """The reason why there is no value."""


class WithheldView(View):
    """A value that the reader may not see."""

    withheld: Visibility
    """The visibility of the value."""


PlanText = TypeAliasType("PlanText", str | dict[str, str])
"""What a person wrote: a string, or one string per language, by BCP 47 tag."""

PlanTextOrAbsent = TypeAliasType(
    "PlanTextOrAbsent", Annotated[str | AbsentView | dict[str, str], Field(union_mode="left_to_right")]
)
"""A text, or the reason why none is known."""

StatedText = TypeAliasType(
    "StatedText", Annotated[str | SealedView | dict[str, str], Field(union_mode="left_to_right")]
)
"""A text in a statement; sealed where the statement is restricted."""

StatedTextOrAbsent = TypeAliasType(
    "StatedTextOrAbsent",
    Annotated[str | SealedView | AbsentView | dict[str, str], Field(union_mode="left_to_right")],
)
"""A text in a statement, or the reason why none is known."""

SealableString = TypeAliasType("SealableString", str | SealedView)
"""A string of a statement, such as an address; sealed where the statement is restricted."""

NumberText = Annotated[str, Field(examples=["77.7"])]
"""An exact decimal, written as text so that no reader rounds it."""

SpanText = Annotated[str, Field(examples=["3 months", "10 working_days", "PT90S"])]
"""A length of time: an amount and a unit, or ISO 8601 for seconds."""

DayText = Annotated[str, Field(examples=["2027-06-30"])]
"""A day as the source writes it (ISO 8601 where known)."""


def _to_the_microsecond(when: datetime) -> str:
    return when.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"


Moment = Annotated[
    datetime,
    PlainSerializer(_to_the_microsecond, return_type=str, when_used="json"),
    WithJsonSchema({"type": "string", "format": "date-time"}),
]
"""A moment of the record: RFC 3339, UTC, always written to the microsecond."""

__all__ = [
    "ALL",
    "AbsentView",
    "DayText",
    "JsonValue",
    "Moment",
    "NumberText",
    "PlanText",
    "PlanTextOrAbsent",
    "SealableString",
    "SealedView",
    "SpanText",
    "StatedText",
    "StatedTextOrAbsent",
    "View",
    "WithheldView",
]

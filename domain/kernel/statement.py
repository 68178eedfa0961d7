"""The base of every statement: the fields that a command and its event share."""

from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, ConfigDict, Field
from pydantic_core import PydanticCustomError

from domain.kernel.text import Sealed
from domain.plan_file.calendar import Day

S = TypeVar("S", bound=BaseModel)


Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class Statement(BaseModel):
    model_config = ConfigDict(defer_build=True, frozen=True, extra="forbid", populate_by_name=True)


def statement_fields(kind: type[BaseModel], command: BaseModel) -> dict[str, Any]:
    """The values of the fields of a statement in a command, without the fields of the envelope."""
    return {name: getattr(command, name) for name in kind.model_fields}


def as_statement(kind: type[S], message: BaseModel) -> S:
    """The statement in a command or an event. Not validated again: its fields were validated with the message.

    It shares the fields of the message, which is immutable. Other fields of the message are no fields of the statement,
    so they are neither compared nor written.
    """
    made = kind.__new__(kind)
    put = object.__setattr__
    put(made, "__dict__", message.__dict__)
    put(made, "__pydantic_fields_set__", message.__pydantic_fields_set__)
    put(made, "__pydantic_extra__", None)
    put(made, "__pydantic_private__", None)
    return made


def one_of(model: BaseModel, *names: str) -> None:
    """Require exactly one of these fields."""
    values = model.__dict__
    if [values[name] for name in names].count(None) != len(names) - 1:
        raise PydanticCustomError("one_of", "{names}", {"names": ", ".join(names)})


class Authority(Statement):
    """The legal basis of a decision: a document with its number and date."""

    document: str | Sealed
    number: str | Sealed | None = None
    date: Day | None = None

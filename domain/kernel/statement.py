"""The base of every statement: a command asks for it to be recorded, an event records it, in the same fields."""

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
    """What a command says, without who asks and when: the fields of one kind of statement."""
    return {name: getattr(command, name) for name in kind.model_fields}


def as_statement(kind: type[S], said: BaseModel) -> S:
    """The statement in a command or an event, whose fields were held valid when that was read; not held again.

    The fields are the event's own, which never change either. What the event says beside them is no field of the
    statement, so it is neither compared nor written.
    """
    made = kind.__new__(kind)
    put = object.__setattr__
    put(made, "__dict__", said.__dict__)
    put(made, "__pydantic_fields_set__", said.__pydantic_fields_set__)
    put(made, "__pydantic_extra__", None)
    put(made, "__pydantic_private__", None)
    return made


def one_of(model: BaseModel, *names: str) -> None:
    """Hold that exactly one of some keys is given."""
    said = model.__dict__
    if [said[name] for name in names].count(None) != len(names) - 1:
        raise PydanticCustomError("one_of", "{names}", {"names": ", ".join(names)})


class Authority(Statement):
    """By what a decision is taken: a document with its number and date."""

    document: str | Sealed
    number: str | Sealed | None = None
    date: Day | None = None

"""Changing what never changes: a copy with some fields otherwise, and a mapping with one key more.

Both cost the same however long a plan has lived; a plan is folded from thousands of entries, each of which does both.
"""

import dataclasses
import types
from collections.abc import Iterator, Mapping
from itertools import islice
from typing import TYPE_CHECKING, Any, TypeVar, cast, get_args

from pydantic import GetCoreSchemaHandler
from pydantic_core import CoreSchema, core_schema

K = TypeVar("K")
V = TypeVar("V")

if TYPE_CHECKING:
    from dataclasses import replace as replace  # noqa: PLC0414  (so that its keywords are checked)
else:

    def replace(whole, /, **changes):
        """``dataclasses.replace``; of a dataclass without slots ten times as fast, since no field is set by itself."""
        if not hasattr(whole, "__dict__"):
            return dataclasses.replace(whole, **changes)
        made = object.__new__(type(whole))
        made.__dict__.update(whole.__dict__, **changes)
        return made


class Growing(Mapping[K, V]):
    """A mapping that never changes. `plus` makes another with one key more, in constant time.

    Both share a dict, of which each sees only its own first entries, since a dict keeps the order of insertion. What is
    added to a mapping that was added to before begins a dict of its own. One history is added to by one thread.
    """

    __slots__ = ("_shared", "_size")

    def __init__(self) -> None:
        self._shared: dict[K, tuple[int, V]] = {}
        self._size = 0

    def plus(self, key: K, value: V) -> "Growing[K, V]":
        """With one key more. Raises ``ValueError`` for a key that is there: nothing in it is ever replaced."""
        if key in self:
            raise ValueError("the key is there already")
        more: Growing[K, V] = Growing()
        more._size = self._size + 1
        is_newest = 0 < self._size == len(self._shared)  # the empty one is where many begin
        more._shared = self._shared if is_newest else {one: self._shared[one] for one in self}
        more._shared[key] = (self._size, value)
        return more

    def __getitem__(self, key: K) -> V:
        number, value = self._shared[key]
        if number >= self._size:
            raise KeyError(key)
        return value

    def __contains__(self, key: object) -> bool:
        found = self._shared.get(cast(K, key))
        return found is not None and found[0] < self._size

    def __iter__(self) -> Iterator[K]:
        return iter(list(islice(self._shared, self._size)))

    def __len__(self) -> int:
        return self._size

    def __repr__(self) -> str:
        return f"Growing({dict(self)!r})"

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        """Written as any mapping."""
        as_dict = handler.generate_schema(types.GenericAlias(dict, get_args(source)))
        written = core_schema.wrap_serializer_function_ser_schema(lambda it, write: write(dict(it)), schema=as_dict)
        return core_schema.is_instance_schema(cls, serialization=written)

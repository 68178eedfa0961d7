"""Changing what never changes: a copy with some fields otherwise, a mapping with one key more, one value more of a key.

All cost the same however long a plan has lived; a plan is folded from thousands of entries, each of which does both.
"""

import dataclasses
import types
from array import array
from bisect import bisect_left
from collections.abc import Iterator, Mapping
from itertools import islice
from typing import TYPE_CHECKING, Any, TypeVar, cast, get_args

from pydantic import GetCoreSchemaHandler
from pydantic_core import CoreSchema, core_schema

__all__ = ["Growing", "Piling", "record", "replace"]

K = TypeVar("K")
V = TypeVar("V")

if TYPE_CHECKING:  # so that their keywords are checked
    from dataclasses import dataclass as record
    from dataclasses import replace
else:

    def record(*, frozen, slots, **options):
        """``dataclasses.dataclass``, frozen for whoever checks types: what is frozen as it runs is three times as dear
        to make, since no field is set but by a call."""
        assert frozen
        return dataclasses.dataclass(unsafe_hash=True, slots=slots, **options)

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
        return _written_as(cls, as_dict)


class Piling(Mapping[K, tuple[V, ...]]):
    """A mapping of piles that never changes. `plus` makes another with one value more on a pile, in constant time.

    As with `Growing`, all that come of one share what they hold, and each sees only what was there when it was made.
    """

    __slots__ = ("_numbers", "_shared", "_size")

    def __init__(self) -> None:
        self._shared: dict[K, tuple[list[V], array[int]]] = {}
        self._numbers = [0]
        """How many values all hold that share: a list of that one number, so that it is shared too."""
        self._size = 0

    def plus(self, key: K, value: V) -> "Piling[K, V]":
        """With one value more, on top of its pile."""
        more: Piling[K, V] = Piling()
        if 0 < self._size == self._numbers[0]:  # the empty one is where many begin
            more._shared, more._numbers = self._shared, self._numbers
        else:
            more._shared, more._numbers = {one: self._seen(one) for one in self}, [self._size]
        pile = more._shared.get(key)
        if pile is None:
            pile = more._shared[key] = ([], array("Q"))
        pile[0].append(value)
        pile[1].append(self._size)
        more._numbers[0] = more._size = self._size + 1
        return more

    def _seen(self, key: K) -> "tuple[list[V], array[int]]":
        values, numbers = self._shared[key]
        seen = bisect_left(numbers, self._size)
        return values[:seen], numbers[:seen]

    def __getitem__(self, key: K) -> tuple[V, ...]:
        if key not in self:
            raise KeyError(key)
        return tuple(self._seen(key)[0])

    def __contains__(self, key: object) -> bool:
        found = self._shared.get(cast(K, key))
        return found is not None and found[1][0] < self._size

    def __iter__(self) -> Iterator[K]:
        return iter([key for key, (_, numbers) in self._shared.items() if numbers[0] < self._size])

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def __repr__(self) -> str:
        return f"Piling({dict(self)!r})"

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        """Written as any mapping of lists."""
        key, value = get_args(source)
        as_dict = handler.generate_schema(types.GenericAlias(dict, (key, types.GenericAlias(tuple, (value, ...)))))
        return _written_as(cls, as_dict)


def _written_as(cls: type[Mapping[Any, Any]], as_dict: CoreSchema) -> CoreSchema:
    written = core_schema.wrap_serializer_function_ser_schema(lambda it, write: write(dict(it)), schema=as_dict)
    return core_schema.is_instance_schema(cls, serialization=written)

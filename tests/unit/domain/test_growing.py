"""A mapping that only grows: whoever holds an older one sees what it held, whatever was added since."""

from dataclasses import dataclass, field

import pytest
from domain.growing import Growing, Piling
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter

from domain.kernel.record import record, replace


@given(st.lists(st.tuples(st.integers(0, 200), st.integers(0, 20))))
def test_each_holds_what_it_was_made_with_and_nothing_that_was_added_to_another(steps: list[tuple[int, int]]) -> None:
    """Each step adds a key to one of those made so far, the newest or an older one."""
    made: list[tuple[Growing[int, str], dict[int, str]]] = [(Growing(), {})]
    for which, key in steps:
        growing, plain = made[which % len(made)]
        if key not in plain:
            made.append((growing.plus(key, f"{key}"), plain | {key: f"{key}"}))
    for growing, plain in made:
        assert dict(growing) == plain
        assert list(growing) == list(plain)
        assert all((key in growing) == (key in plain) and growing.get(key) == plain.get(key) for key in range(21))


@given(st.lists(st.tuples(st.integers(0, 200), st.integers(0, 6))))
def test_piles_too_hold_what_they_were_made_with(steps: list[tuple[int, int]]) -> None:
    """Each step puts a value on a pile of one of those made so far, the newest or an older one."""
    made: list[tuple[Piling[int, int], dict[int, tuple[int, ...]]]] = [(Piling(), {})]
    for value, (which, key) in enumerate(steps):
        piling, plain = made[which % len(made)]
        made.append((piling.plus(key, value), plain | {key: (*plain.get(key, ()), value)}))
    for piling, plain in made:
        assert dict(piling) == plain
        assert list(piling) == list(plain)
        assert len(piling) == len(plain)
        assert all((key in piling) == (key in plain) and piling.get(key) == plain.get(key) for key in range(8))


def test_nothing_in_it_is_replaced() -> None:
    with pytest.raises(ValueError, match="already"):
        Growing[str, int]().plus("a", 1).plus("a", 2)


def test_equal_ones_are_equal_however_they_came_about() -> None:
    root = Growing[str, int]().plus("a", 1)
    assert root.plus("b", 2) == root.plus("b", 2) != root.plus("b", 3)


@dataclass(frozen=True)
class Held:
    name: str
    facts: Growing[str, int] = field(default_factory=Growing)
    piles: Piling[str, int] = field(default_factory=Piling)


def test_a_copy_has_some_fields_otherwise_and_is_written_as_any_mapping() -> None:
    first = Held("first")
    second = replace(first, facts=first.facts.plus("a", 1), piles=first.piles.plus("b", 2).plus("b", 3))
    assert first == Held("first") != second
    assert second.facts == Growing[str, int]().plus("a", 1)
    written = {"name": "first", "facts": {"a": 1}, "piles": {"b": [2, 3]}}
    assert TypeAdapter(Held).dump_python(second, mode="json") == written


@record(frozen=True, slots=True)
class Point:
    x: int
    y: int = 0


def test_a_record_is_compared_hashed_and_copied_by_its_fields() -> None:
    assert Point(1) == Point(1, 0) != replace(Point(1), y=2)
    assert len({Point(1), Point(1, 0), Point(1, 2)}) == 2

"""Temporal search attributes of a plan's run, for filtering plans in Temporal's UI. They hold no text of a plan."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any, Final, TypeVar

from temporalio import workflow
from temporalio.common import SearchAttributeKey, SearchAttributeUpdate

from activities.contract import SEARCH_ATTRIBUTES, Agenda

Value = TypeVar("Value", str, int, datetime)

STATUS: Final = SearchAttributeKey.for_keyword(SEARCH_ATTRIBUTES["status"])
PHASE: Final = SearchAttributeKey.for_keyword(SEARCH_ATTRIBUTES["phase"])
CYCLE: Final = SearchAttributeKey.for_int(SEARCH_ATTRIBUTES["cycle"])
DEADLINE: Final = SearchAttributeKey.for_datetime(SEARCH_ATTRIBUTES["deadline"])

KEYS: Final = (STATUS, PHASE, CYCLE, DEADLINE)
"""The server must know all of these: a workflow that sets an unknown search attribute fails its task."""


def show(agenda: Agenda) -> None:
    """Sets the run's search attributes to the agenda, if they differ: each upsert adds an event to the history."""
    changes: list[SearchAttributeUpdate[Any]] = [
        *_change(STATUS, agenda.status),
        *_change(PHASE, agenda.phase),
        *_change(CYCLE, agenda.cycle),
        *_change(DEADLINE, agenda.deadline),
    ]
    if changes:
        workflow.upsert_search_attributes(changes)


def _change(key: SearchAttributeKey[Value], value: Value | None) -> Iterator[SearchAttributeUpdate[Value]]:
    if workflow.info().typed_search_attributes.get(key) != value:
        yield key.value_unset() if value is None else key.value_set(value)

"""The whole state of a plan as JSON. Equal states give equal dumps in every process: sets are written in order."""

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import date, datetime
from typing import Any

from pydantic import BaseModel

from domain.kernel.registry import FACTS
from domain.plan import Plan


def dump(plan: Plan) -> dict[str, Any]:
    """The plan's fields, its contests, and every fact of every subject by the name of the fact."""
    state = {field.name: _plain(getattr(plan, field.name)) for field in fields(plan) if field.name != "history"}
    facts = {name: {id_: _plain(value) for id_, value in plan.facts(name).items()} for name in FACTS}
    contests = {str(version): _plain(plan.contests_of(version)) for version in plan.contested_entries()}
    return state | facts | {"contests": contests}


def _plain(value: Any) -> Any:
    match value:
        case BaseModel():
            return value.model_dump(mode="json", by_alias=True, exclude_none=False)
        case datetime() | date():
            return value.isoformat()
        case frozenset():
            return sorted(value)
        case tuple() | list():
            return [_plain(one) for one in value]
        case Mapping():
            return {str(key): _plain(one) for key, one in value.items()}
        case _ if is_dataclass(value) and not isinstance(value, type):
            return {field.name: _plain(getattr(value, field.name)) for field in fields(value)}
        case _:
            return value

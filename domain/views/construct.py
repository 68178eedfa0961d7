"""How views are made from parts of the state: read once from what a part writes, and not validated again after that."""

import weakref
from collections.abc import Mapping
from functools import cache
from typing import Any, Final, TypeVar, cast

from pydantic import BaseModel

from domain.views.models.view import View

V = TypeVar("V", bound=View)


def written(part: BaseModel) -> dict[str, Any]:
    """A part as JSON, as a plan file or an event has it: what is not given is left out."""
    return part.model_dump(mode="json", by_alias=True, exclude_none=True)


def text_of(text: Any) -> Any:
    """A text, or what stands in its place, as JSON."""
    return written(text) if isinstance(text, BaseModel) else text


_views: Final[dict[tuple[int, type[View]], tuple[View, weakref.ref[BaseModel]]]] = {}
"""The views of parts that live, by the part's address; each goes when its part does."""


def part_view(model: type[V], part: BaseModel) -> V:
    """A part of a plan as a view, which has the same fields as the part writes.

    Parts are frozen, and all states in which one stands share it. So it is read once, and kept while the part lives:
    a view of a plan with 66 milestones then takes half the time.
    """
    key = id(part), model
    if (known := _views.get(key)) is not None:
        return cast(V, known[0])
    view = model.model_validate(written(part))
    _views[key] = view, weakref.ref(part, lambda _: _views.pop(key, None))
    return view


def fields_of(view: View) -> dict[str, Any]:
    """The fields that were given to a view, to make another that has them too."""
    return {name: view.__dict__[name] for name in view.model_fields_set}


def unchecked(model: type[V], fields: Mapping[str, Any]) -> V:
    """A view of values that are known to fit its fields, which are not validated.

    The fields are given by their Python names. A required field must be there; a test reads every view again.
    """
    view = model.__new__(model)
    put = object.__setattr__
    put(view, "__dict__", {**_defaults(model), **fields})
    put(view, "__pydantic_fields_set__", set(fields))
    put(view, "__pydantic_extra__", None)
    put(view, "__pydantic_private__", None)
    return view


@cache
def _defaults(model: type[View]) -> Mapping[str, Any]:
    """The fields that may be missing, and what each is then."""
    return {name: field.default for name, field in model.model_fields.items() if not field.is_required()}

"""Copies of a plan that people edit."""

from pydantic import JsonValue

from domain.views.models.parts import ChangePart
from domain.views.models.view import PlanText, View


class CopyView(View):
    """A plan as a copy to be edited."""

    plan: str
    made_from: int
    """The number of the entry at which the plan stands so."""
    revision: int
    """How often the plan's shape was set by then."""
    definition: dict[str, JsonValue]
    """The plan file as it stands, without what was dropped."""


class EditedCopyView(View):
    """The changes that an edited copy asks for, and what its form says besides."""

    made_from: int
    """The number of the entry that the copy was made from."""
    changes: tuple[ChangePart, ...]
    proposed_by: str | None = None
    trigger: str | None = None
    rationale: PlanText | None = None
    rests_on: tuple[str, ...] = ()
    takes_effect: str | None = None

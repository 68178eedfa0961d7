"""Rules for the visibility of a command's events. ``domain.visibility`` applies them to a plan."""

from dataclasses import dataclass
from typing import Literal

Visibility = Literal["public", "partners", "restricted"]
"""From the most open to the least open."""

Default = Literal["reports", "evidence", "reflections", "corrections"]
"""A field of the policy's ``visibility``."""


@dataclass(frozen=True, slots=True)
class Fixed:
    """Always the same visibility; the sender's choice is ignored."""

    visibility: Visibility


@dataclass(frozen=True, slots=True)
class ByPolicy:
    """The sender's choice, or else the plan's default."""

    default: Default


@dataclass(frozen=True, slots=True)
class SameAsEntry:
    """The visibility of the entry that ``field`` names; restricted if there is no such entry."""

    field: str = "entry"


@dataclass(frozen=True, slots=True)
class SameAsFact:
    """The visibility of the fact that ``field`` names; restricted if there is none."""

    fact: str
    field: str


@dataclass(frozen=True, slots=True)
class LikeFact:
    """The sender's choice, or else the visibility of the fact that ``field`` names, or else the plan's default.

    A statement about a fact reveals the fact. So with ``never_more_open`` it is at most as open as the fact.
    """

    fact: str
    field: str
    default: Default
    never_more_open: bool = True


VisibilityRule = Fixed | ByPolicy | SameAsEntry | SameAsFact | LikeFact

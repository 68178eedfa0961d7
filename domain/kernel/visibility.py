"""Rules that say who may see the events of a command. ``domain.visibility`` applies them to a plan."""

from dataclasses import dataclass
from typing import Literal

Visibility = Literal["public", "partners", "restricted"]
"""From the most open class to the least."""

Default = Literal["reports", "evidence", "reflections", "corrections"]
"""A field of the policy's ``visibility``."""


@dataclass(frozen=True, slots=True)
class Fixed:
    """One class always; the sender's own choice is ignored."""

    visibility: Visibility


@dataclass(frozen=True, slots=True)
class ByPolicy:
    """The sender's choice, or else the plan's default."""

    default: Default


@dataclass(frozen=True, slots=True)
class SameAsEntry:
    """The class of the entry that ``field`` names; restricted if there is no such entry."""

    field: str = "entry"


@dataclass(frozen=True, slots=True)
class SameAsFact:
    """The class of the fact that ``field`` names; restricted if there is none."""

    fact: str
    field: str


@dataclass(frozen=True, slots=True)
class LikeFact:
    """The sender's choice, or else the class of the fact that ``field`` names, or else the plan's default.

    Words about a thing name it. So with ``never_more_open`` they are at most as open as the thing itself.
    """

    fact: str
    field: str
    default: Default
    never_more_open: bool = True


VisibilityRule = Fixed | ByPolicy | SameAsEntry | SameAsFact | LikeFact

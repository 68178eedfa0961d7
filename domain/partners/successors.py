"""Successors: which body holds now what another body held.

A body that was succeeded passes its leads, its vote and its open proposals to its successor, and so on to the last one.
A body that left without a successor passes them to no other body.
"""

from collections.abc import Iterable, Mapping
from typing import TypeVar

from domain.partners.messages import FormerPartner

T = TypeVar("T")

FormerPartners = Mapping[str, FormerPartner]
"""The bodies that were succeeded or left, by id."""


def succession(former: FormerPartners, body: str) -> tuple[str, ...]:
    """A body and its successors in order, the present one last; empty if the last of them left without a successor."""
    bodies = [body]
    while (last := former.get(bodies[-1])) is not None:
        if last.successor is None:
            return ()
        bodies.append(last.successor)
    return tuple(bodies)


def current_holder(former: FormerPartners, body: str) -> str | None:
    """The body itself, or its present successor; ``None`` if it left without one."""
    return next(reversed(succession(former, body)), None)


def current_holders(former: FormerPartners, bodies: Iterable[str]) -> frozenset[str]:
    """The current holder of each body, without those that left: a successor counts as having answered."""
    return frozenset(holder for body in bodies if (holder := current_holder(former, body)) is not None)


def by_current_holder(former: FormerPartners, held: Mapping[str, T]) -> dict[str, T]:
    """Values of bodies, by current holder. Of several bodies with one holder, the latest body's value counts."""
    successions = {body: succession(former, body) for body in held}
    oldest_first = sorted(successions, key=lambda body: len(successions[body]), reverse=True)
    return {successions[body][-1]: held[body] for body in oldest_first if successions[body]}

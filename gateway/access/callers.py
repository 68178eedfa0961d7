"""Callers: what a token allows, and for which body its holder sends a command.

A token carries roles and names bodies. Its holder speaks for these bodies only. An operator may speak for any body; the
plan then requires a source. Everybody else sends reports and course corrections on behalf of a body.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from domain.kernel.event import Visibility
from domain.kernel.faults import Fault, Malformed
from gateway.access.permissions import ACCESS, COMMAND_CLASSES, SEE_RESTRICTED, Role
from language import N_


@dataclass(frozen=True, slots=True)
class Caller:
    """The holder of a token: an opaque actor, roles, and the bodies that the token names."""

    actor: str
    roles: frozenset[Role]
    bodies: tuple[str, ...] = ()
    token: str = ""
    """The token's id, never the token."""

    def may_see(self) -> frozenset[Visibility]:
        """The visibilities that the caller may read."""
        open_to_all: frozenset[Visibility] = frozenset({"public", "partners"})
        return open_to_all | {"restricted"} if self.roles & SEE_RESTRICTED else open_to_all


@dataclass(frozen=True, slots=True)
class Sender:
    """The actor, role and body under which a command is journalled."""

    actor: str
    role: str
    body: str | None


NOT_ALLOWED: Final[dict[str, str]] = {
    "beyond_reach": N_("Your token may not see all that the reach {reach} holds. Ask for less, or for another token."),
    "role_needed": N_(
        "This needs one of the roles {needed}; your token has {roles}. Ask an administrator for a token."
    ),
    "not_your_body": N_("Your token does not speak for {body}. It speaks for: {bodies}."),
    "no_body": N_("Your token names no body, so it can send nothing in the role {role}. Ask for one that names yours."),
}


class NotAllowed(Exception):
    """The caller may not do this. ``code`` is one of ``NOT_ALLOWED``."""

    def __init__(self, code: str, **params: str) -> None:
        self.code, self.params = code, params
        super().__init__(NOT_ALLOWED[code].format_map(params))


def require_access(caller: Caller, use_case: str) -> tuple[Role, ...]:
    """The caller's roles that allow a use case, the preferred one first. Raises ``NotAllowed`` if there is none."""
    needed = ACCESS[use_case]
    roles = tuple(role for role in needed if role in caller.roles)
    if not roles:
        raise NotAllowed("role_needed", needed=_list(needed), roles=_list(sorted(caller.roles)))
    return roles


def sender_of(caller: Caller, command: str, body: str | None, *, in_meeting: bool = False) -> Sender:
    """The role and body under which a caller sends a command on behalf of ``body``.

    - The caller's own body comes first: its role is preferred to operator.
    - A token that names exactly one body speaks for it by default.
    - An operator records what a meeting decided for the bodies present, whatever bodies the token names.

    Raises ``NotAllowed``; ``Malformed`` if the caller must say which body is meant.
    """
    roles = require_access(caller, command)
    if in_meeting and "operator" in roles:
        return Sender(caller.actor, "operator", body)
    if COMMAND_CLASSES[command] in ("steering", "administering"):
        if body is not None and body not in caller.bodies and "operator" not in roles:
            raise NotAllowed("not_your_body", body=body, bodies=_list(caller.bodies))
        return Sender(caller.actor, roles[0], body)
    if body is None and len(caller.bodies) == 1:
        body = caller.bodies[0]
    if body in caller.bodies:
        return Sender(caller.actor, roles[0], body)
    if "operator" in roles:
        return Sender(caller.actor, "operator", body)
    if body is not None:
        raise NotAllowed("not_your_body", body=body, bodies=_list(caller.bodies))
    if not caller.bodies:
        raise NotAllowed("no_body", role=roles[0])
    raise Malformed([Fault("missing", ("on_behalf_of",), {"key": "on_behalf_of"})])


def _list(names: Iterable[str]) -> str:
    return ", ".join(names) or "-"

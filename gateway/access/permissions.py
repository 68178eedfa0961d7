"""Who may do what: one table, and the rules of speaking for a body.

A token carries roles and names bodies. It speaks for the bodies it names and for no other; an operator may speak for
any, and the plan then wants a source. Whoever sends a report or a course correction otherwise speaks for a body.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final, Literal, get_args

from domain.kernel.event import Visibility
from domain.kernel.faults import Fault, Malformed
from language import N_

Role = Literal["operator", "partner", "reviewer", "auditor", "admin"]
ROLES: Final[tuple[Role, ...]] = get_args(Role)

_STEERING: Final[tuple[Role, ...]] = ("operator",)
_TELLING: Final[tuple[Role, ...]] = ("partner", "reviewer", "operator")
_CORRECTING: Final[tuple[Role, ...]] = ("reviewer", "partner", "operator")
_READING: Final[tuple[Role, ...]] = ROLES
_ADMINISTERING: Final[tuple[Role, ...]] = ("admin",)

ACCESS: Final[Mapping[str, tuple[Role, ...]]] = {
    "redact": _ADMINISTERING,
    "start_plan": _STEERING,
    "convene": _STEERING,
    "reopen_phase": _STEERING,
    "pause_plan": _STEERING,
    "resume_plan": _STEERING,
    "close_plan": _STEERING,
    "join_partner": _STEERING,
    "leave_partner": _STEERING,
    "succeed_partner": _STEERING,
    "report_progress": _TELLING,
    "attach_evidence": _TELLING,
    "measure_indicator": _TELLING,
    "record_occurrence": _TELLING,
    "submit_reflection": _TELLING,
    "record_lesson": _TELLING,
    "test_assumption": _TELLING,
    "observe_power": _TELLING,
    "contest_entry": _TELLING,
    "record_assessment": _TELLING,
    "raise_finding": _TELLING,
    "follow_finding": _TELLING,
    "record_erratum": _TELLING,
    "confirm_erratum": _TELLING,
    "contest_erratum": _TELLING,
    "propose_correction": _CORRECTING,
    "redraft_correction": _CORRECTING,
    "endorse_correction": _CORRECTING,
    "oppose_correction": _CORRECTING,
    "abstain_correction": _CORRECTING,
    "return_correction": _CORRECTING,
    "withdraw_correction": _CORRECTING,
    "decide_correction": _CORRECTING,
    "explain_correction": _CORRECTING,
    "list_plans": _READING,
    "read_plan": _READING,
    "read_history": _READING,
    "read_corrections": _READING,
    "read_lessons": _READING,
    "watch_plan": _READING,
    "export_plan": _READING,
    "read_outcome": _READING,
    "read_others_outcome": ("auditor", "admin"),
    "check_plan_file": _READING,
    "read_schemas": _READING,
    "manage_tokens": _ADMINISTERING,
    "erase_name": _ADMINISTERING,
    "rebuild": _ADMINISTERING,
    "recover": _ADMINISTERING,
    "reconcile": ("auditor", "admin"),
    "doctor": _ADMINISTERING,
    "fork": _ADMINISTERING,
    "manage_log_key": _ADMINISTERING,
    "manage_gateway_keys": _ADMINISTERING,
}
"""Every use case and the roles that may use it; of a caller's roles the first named here is the one recorded."""

_SEES_RESTRICTED: Final[frozenset[Role]] = frozenset({"operator", "auditor", "admin"})


@dataclass(frozen=True, slots=True)
class Caller:
    """Whoever holds a token: an opaque actor, roles, the bodies they speak for."""

    actor: str
    roles: frozenset[Role]
    bodies: tuple[str, ...] = ()
    token: str = ""
    """The token's id, never the token."""

    def may_see(self) -> frozenset[Visibility]:
        """The classes of visibility open to them."""
        open_to_all: frozenset[Visibility] = frozenset({"public", "partners"})
        return open_to_all | {"restricted"} if self.roles & _SEES_RESTRICTED else open_to_all


@dataclass(frozen=True, slots=True)
class Sender:
    """In which role a command is sent, and for which body."""

    role: Role
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
    """The roles in which the caller may use a use case, the fittest first; raises ``NotAllowed`` when there is none."""
    needed = ACCESS[use_case]
    roles = tuple(role for role in needed if role in caller.roles)
    if not roles:
        raise NotAllowed("role_needed", needed=_list(needed), roles=_list(sorted(caller.roles)))
    return roles


def sender_of(caller: Caller, command: str, body: str | None, *, in_session: bool = False) -> Sender:
    """Who speaks when a caller sends a command on behalf of ``body``.

    A role under which the token speaks for its own body goes before operator. A token that names one body speaks for
    it without saying so. What a session says, an operator enters for the bodies that met, whatever body the token
    names. Raises ``NotAllowed``, or ``Malformed`` where the body has to be said.
    """
    roles = require_access(caller, command)
    if in_session and "operator" in roles:
        return Sender("operator", body)
    if ACCESS[command] in (_STEERING, _ADMINISTERING):
        if body is not None and body not in caller.bodies and "operator" not in roles:
            raise NotAllowed("not_your_body", body=body, bodies=_list(caller.bodies))
        return Sender(roles[0], body)
    if body is None and len(caller.bodies) == 1:
        body = caller.bodies[0]
    if body in caller.bodies:
        return Sender(roles[0], body)
    if "operator" in roles:
        return Sender("operator", body)
    if body is not None:
        raise NotAllowed("not_your_body", body=body, bodies=_list(caller.bodies))
    if not caller.bodies:
        raise NotAllowed("no_body", role=roles[0])
    raise Malformed([Fault("missing", ("on_behalf_of",), {"key": "on_behalf_of"})])


def _list(names: Iterable[str]) -> str:
    return ", ".join(names) or "-"

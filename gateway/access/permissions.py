"""Which roles may use which use case.

A command's class decides which roles may send it. Every other use case stands in ``USE_CASES`` with its roles.
"""

from collections.abc import Mapping
from typing import Final, Literal, get_args

from domain import PLAN
from domain.kernel.command import CommandClass

Role = Literal["operator", "partner", "reviewer", "auditor", "admin"]
ROLES: Final[tuple[Role, ...]] = get_args(Role)

CLASS_ROLES: Final[Mapping[CommandClass, tuple[Role, ...]]] = {
    "steering": ("operator",),
    "telling": ("partner", "reviewer", "operator"),
    "correcting": ("reviewer", "partner", "operator"),
    "administering": ("admin",),
}
"""The roles that may send the commands of a class. If a sender has several, the first one listed is recorded."""

COMMAND_CLASSES: Final[Mapping[str, CommandClass]] = {
    name: command.CLASS for name, command in PLAN.command_kinds.items()
}
"""The class of each command, by the command's name."""

_ADMIN: Final[tuple[Role, ...]] = CLASS_ROLES["administering"]

USE_CASES: Final[Mapping[str, tuple[Role, ...]]] = {
    "list_plans": ROLES,
    "read_plan": ROLES,
    "read_history": ROLES,
    "read_corrections": ROLES,
    "read_lessons": ROLES,
    "watch_plan": ROLES,
    "export_plan": ROLES,
    "read_outcome": ROLES,
    "read_others_outcome": ("auditor", "admin"),
    "check_plan_file": ROLES,
    "read_schemas": ROLES,
    "manage_tokens": _ADMIN,
    "erase_name": _ADMIN,
    "rebuild": _ADMIN,
    "recover": _ADMIN,
    "reconcile": ("auditor", "admin"),
    "doctor": _ADMIN,
    "fork": _ADMIN,
    "manage_log_key": _ADMIN,
    "manage_gateway_keys": _ADMIN,
}
"""The roles that may use each use case that is not a command."""

ACCESS: Final[Mapping[str, tuple[Role, ...]]] = {
    **{command: CLASS_ROLES[class_] for command, class_ in COMMAND_CLASSES.items()},
    **USE_CASES,
}
"""Every command and every other use case, with the roles that may use it."""

SEE_RESTRICTED: Final[frozenset[Role]] = frozenset({"operator", "auditor", "admin"})
"""The roles that may read restricted texts."""

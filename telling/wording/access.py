"""Wording of what access rules and the server say with codes as parameters."""

from telling.registry import one_of, parameters
from telling.values import PLAN_STATUSES, ROLES

parameters("role_needed", needed=one_of(ROLES), roles=one_of(ROLES))
parameters("no_body", role=one_of(ROLES))
parameters("not_running", status=one_of(PLAN_STATUSES))

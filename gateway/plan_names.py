"""Which names a plan can have."""

from typing import Final

from pydantic import TypeAdapter, ValidationError

from domain.kernel.text import PlanId

_PLAN_ID: Final[TypeAdapter[str]] = TypeAdapter(PlanId)


class UnknownPlan(Exception):
    """The ledger has no plan of this name."""

    code = "unknown_plan"

    def __init__(self, plan: str) -> None:
        super().__init__(plan)
        self.plan = plan


def is_plan_name(name: str) -> bool:
    """Whether a plan can have this name. The name of the system stream is not a plan's name."""
    try:
        _PLAN_ID.validate_python(name)
    except ValidationError:
        return False
    return True


def require_plan_name(plan: str) -> None:
    """Raises ``UnknownPlan`` if no plan can have this name."""
    if not is_plan_name(plan):
        raise UnknownPlan(plan)

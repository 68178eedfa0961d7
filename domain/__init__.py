"""What a plan is and how it changes. Pure: standard library and pydantic only.

Read it in this order: ``definition`` (the plan file), ``statements`` (what people say), ``commands`` and ``events``,
``plan`` (the state), ``evolve``, ``decide``, and a file for each thing people do: ``starting``, ``loop``,
``reporting``, ``learning``, ``corrections``. The rest of the house knows a plan through ``PLAN`` alone.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from domain.port import PLAN, Port

__all__ = ["PLAN", "Port"]


def __getattr__(name: str) -> Any:
    """Load the port where it is asked for: who wants one number, as the migrations do, need not wait for all of it."""
    if name in __all__:
        from domain import port  # noqa: PLC0415

        return getattr(port, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")

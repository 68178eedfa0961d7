"""What a plan is and how it changes. Pure: standard library and pydantic only.

Read it in this order: ``plan_file.definition``, ``kernel.command``, ``kernel.event``, ``plan`` (the state), ``decide``,
``evolve``, and then a package for each concept (``loop``, ``reporting``, ``learning``, ``corrections``, ...): its
``messages`` are commands and events, its ``rules`` decide and evolve. The engine uses a plan only through ``PLAN``.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from domain.port import PLAN, Port

__all__ = ["PLAN", "Port"]


def __getattr__(name: str) -> Any:
    """Load the port on first use: the migrations need one number of this package and not the time to import it all."""
    if name in __all__:
        from domain import port  # noqa: PLC0415

        return getattr(port, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")

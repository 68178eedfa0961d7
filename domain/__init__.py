"""What a plan is and how it changes. Pure: standard library and pydantic only.

Read it in this order: ``definition`` (the plan file), ``statements`` (what people say), ``commands`` and ``events``,
``plan`` (the state), ``evolve``, ``decide``, and a file for each thing people do: ``starting``, ``loop``,
``reporting``, ``learning``, ``corrections``. The rest of the house knows a plan through ``PLAN`` alone.
"""

from domain.port import PLAN, Port

__all__ = ["PLAN", "Port"]

"""Wording by concept, one module for each folder of ``domain/``. A new module here is found without editing a list."""

from importlib import import_module
from pkgutil import iter_modules

from telling.registry import COMMANDS, EVENTS, PARAMETERS, REFUSAL_REASONS, TERMS

__all__ = ["COMMANDS", "EVENTS", "PARAMETERS", "REFUSAL_REASONS", "TERMS"]

for _module in iter_modules(__path__):
    import_module(f"{__name__}.{_module.name}")

"""Typed answers for people and programs, made from a plan's state. A view decides nothing and hides no gap.

``models`` are the answers as such. A client reads one with ``PlanView.model_validate`` and loads nothing of the engine.
The other modules make them from the state.
"""

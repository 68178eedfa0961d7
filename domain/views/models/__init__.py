"""The models of every answer about a plan. They know pydantic, `domain.entry`, and nothing of the engine.

``PlanView.model_validate(json)`` reads an answer; ``PlanView.as_json()`` writes it. What is read and written again is
the same JSON: a field that may be missing and was not given is not written.
"""

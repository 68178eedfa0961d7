"""Reflections, lessons, assumptions, power."""
